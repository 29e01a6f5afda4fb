"""Scrapy commands of this project; found by setting and by entry point."""
