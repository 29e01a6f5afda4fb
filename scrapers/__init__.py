"""Spiders that land published records unchanged, and the parsers they use."""
