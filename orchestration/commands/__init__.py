"""Commands of ``greenties``, one module each; ``orchestration.cli`` adds them."""
