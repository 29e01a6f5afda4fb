"""One module per spider."""
