"""Importers: files that somebody else saved, into landing, as they are.

A file is read as a whole or not at all; a row is landed or stands in the import rejections with a
reason. ``core`` does what all formats share (archive, months, rejections, report), ``tables`` reads
CSV and workbooks into rows of text, ``columns`` holds the column maps (``maps/*.toml``), and every
format is one entry of ``registry``.
"""
