"""Tables that replace a seed: what is accepted, and how a wrong one is named."""

import csv

import pytest

from orchestration.reference_tables import SEEDS, ReferenceTableError, check_reference_tables
from orchestration.settings import Settings

SEED_OF = {
    "city_table": "prefectures.csv",
    "units_table": "province_administered_units.csv",
    "alias_table": "aliases.csv",
    "inventory_table": "ipc_green_inventory.csv",
}


@pytest.fixture
def replaced(tmp_path):
    """Write the first rows of a seed with changes, and return settings that name the file."""

    def make(table, *, changes=(), drop=None, rows=3, encoding="utf-8"):
        with (SEEDS / SEED_OF[table]).open(encoding="utf-8", newline="") as stream:
            lines = list(csv.DictReader(stream))[:rows]
        for row, column, value in changes:
            lines[row - 2][column] = value
        columns = [column for column in next(iter(lines or [{}])) if column != drop]
        path = tmp_path / "own.csv"
        with path.open("w", encoding=encoding, newline="") as stream:
            writer = csv.DictWriter(stream, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(lines)
        return path, Settings(data_dir=tmp_path, **{table: path})

    return make


@pytest.mark.parametrize("table", SEED_OF)
@pytest.mark.parametrize("rows", [3, None])
def test_the_seeds_themselves_can_be_used(replaced, table, rows):
    check_reference_tables(replaced(table, rows=rows)[1])


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("city_table", "adcode", "11000"),
        ("city_table", "latitude", "north"),
        ("city_table", "longitude", "181"),
        ("city_table", "is_current_2024", "yes"),
        ("city_table", "valid_from_year", "198"),
        ("city_table", "level", "village"),
        ("units_table", "name_zh", " "),
        ("units_table", "province_code", ""),
        ("alias_table", "alias_type", "nickname"),
        ("alias_table", "target_adcode", "x"),
        ("alias_table", "valid_years", "since 2001"),
        ("inventory_table", "ipc_from", "H01M10"),
        ("inventory_table", "ipc_to", "H01M 10"),
        ("inventory_table", "paper_category", "green"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(replaced, table, column, value):
    path, current = replaced(table, changes=[(3, column, value)])
    with pytest.raises(ReferenceTableError) as caught:
        check_reference_tables(current)
    said = str(caught.value)
    assert said.startswith(f"GREENTIES_{table.upper()}: ")
    assert f"file {path}, row 3, column {column}, value {value!r}" in said


@pytest.mark.parametrize("table", SEED_OF)
def test_a_missing_column_is_named(replaced, table):
    column = {"alias_table": "alias", "inventory_table": "ipc_from"}.get(table, "adcode")
    with pytest.raises(ReferenceTableError, match=f"missing.*row 1, column {column}"):
        check_reference_tables(replaced(table, drop=column)[1])


def test_a_unit_twice_is_named_with_both_rows(replaced):
    _, current = replaced("units_table", changes=[(4, "adcode", "419001")])
    with pytest.raises(ReferenceTableError, match=r"the same as row 2.*row 4, column adcode"):
        check_reference_tables(current)


def test_no_text_and_no_file_are_named(replaced, tmp_path):
    _, current = replaced("alias_table", encoding="gb18030")
    with pytest.raises(ReferenceTableError, match=r"not UTF-8.*row 2"):
        check_reference_tables(current)
    absent = Settings(data_dir=tmp_path, city_table=tmp_path / "absent.csv")
    with pytest.raises(ReferenceTableError, match="GREENTIES_CITY_TABLE: cannot be read"):
        check_reference_tables(absent)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "column is missing"),
        ("topic,subtopic_path,ipc_from,ipc_to,note,paper_category\n", "no row below"),
        ("topic,subtopic_path,ipc_from,ipc_to,note,paper_category\na,b,H01M\n", "3 cells below 6"),
        ('topic,subtopic_path,ipc_from,ipc_to,note,paper_category\na,"b,H01M\n', "no CSV"),
    ],
)
def test_a_broken_file_is_refused(tmp_path, content, said):
    path = tmp_path / "inventory.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ReferenceTableError, match=said):
        check_reference_tables(Settings(data_dir=tmp_path, inventory_table=path))
