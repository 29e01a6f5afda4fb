"""Pages in, items out: no requests, no clock, no disk."""
