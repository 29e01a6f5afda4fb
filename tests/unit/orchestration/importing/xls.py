"""A writer of small .xls workbooks (BIFF8 in OLE2); no installed package writes them."""

from __future__ import annotations

import struct
from collections.abc import Sequence

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def xls(rows: Sequence[Sequence[str | float | None]]) -> bytes:
    """Return a workbook with one sheet; numbers are stored as the format stores them, as floats."""
    stream = _workbook(rows)
    n_sectors = len(stream) // _SECTOR
    # sector 0: allocation table, sector 1: directory, then the stream
    table = [_FAT, _END, *(n + 3 for n in range(n_sectors - 1)), _END]
    if len(table) > _SECTOR // 4:
        raise ValueError("too many rows for one sector of the allocation table")
    table += [_FREE] * (_SECTOR // 4 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    directory = _entry("Root Entry", 5, child=1, start=_END, size=0)
    directory += _entry("Workbook", 2, child=_FREE, start=2, size=len(stream))
    return header + struct.pack("<128I", *table) + directory.ljust(_SECTOR, b"\0") + stream


def _workbook(rows: Sequence[Sequence[str | float | None]]) -> bytes:
    name = b"Sheet1"
    start = _record(0x0809, struct.pack("<4H2I", 0x0600, 5, 0, 0, 0, 0))
    offset = len(start) + 4 + 8 + len(name) + 4
    sheets = struct.pack("<I4B", offset, 0, 0, len(name), 0) + name
    stream = start + _record(0x0085, sheets) + _record(0x000A)
    stream += _record(0x0809, struct.pack("<4H2I", 0x0600, 0x10, 0, 0, 0, 0))
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            place = struct.pack("<3H", row, column, 0)
            if isinstance(cell, str):
                text = struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le")
                stream += _record(0x0204, place + text)
            elif cell is not None:
                stream += _record(0x0203, place + struct.pack("<d", cell))
    stream += _record(0x000A)
    return stream.ljust(max(4096, -(-len(stream) // _SECTOR) * _SECTOR), b"\0")


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<2H", kind, len(data)) + data


def _entry(name: str, kind: int, *, child: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<H2B3I", len(raw), kind, 1, _FREE, _FREE, child)
    return raw.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)
