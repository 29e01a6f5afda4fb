"""CSV files of a user that a command copies with columns of its own: rows, columns, errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orchestration.importing.nearest import nearest_name
from orchestration.importing.streams import CsvStream
from scrapers.errors import ImportFileError


def whole_rows(
    table: CsvStream, name: str, error: type[ImportFileError] = ImportFileError
) -> Iterator[tuple[int, list[str]]]:
    """Yield the line and the cells of each row; short rows are filled up, blank lines are none.

    Parameters
    ----------
    table : CsvStream
        Read to its end.
    name : str
        Name of the file in errors.
    error : type, optional
        What is raised.

    Raises
    ------
    ImportFileError
        If a row has more cells than the header.
    """
    width = len(table.header)
    for row, cells in table.records:
        if not cells:
            continue
        if len(cells) > width:
            raise error(
                f"the row has {len(cells)} cells, the header {width}",
                file=name,
                row=row,
                value=cells[width],
            )
        yield row, cells + [""] * (width - len(cells))


def column_position(
    header: Sequence[str], column: str, name: str, error: type[ImportFileError] = ImportFileError
) -> int:
    """Return where a column stands; blanks around names do not count.

    Raises
    ------
    ImportFileError
        If the header has no such column (with the nearest name it has), or has it twice.
    """
    names = [cell.strip() for cell in header]
    places = [place for place, cell in enumerate(names) if cell == column.strip()]
    if len(places) == 1:
        return places[0]
    if places:
        problem = f"{len(places)} columns have this name"
    else:
        known = [cell for cell in names if cell]
        problem = "no such column"
        problem += f"; the nearest is {nearest_name(column, known)!r}" if known else ""
        for delimiter in (";", "\t", "|"):
            if len(names) == 1 and column.strip() in map(str.strip, names[0].split(delimiter)):
                problem = f"no such column: cells are separated by {delimiter!r}, not by commas"
    raise error(problem, file=name, row=1, column=column)


def doubled_columns(header: Sequence[str], added: Sequence[str]) -> list[str]:
    """Return the columns that a command adds and the file has already, in the order added."""
    present = {cell.strip() for cell in header}
    return [column for column in added if column in present]
