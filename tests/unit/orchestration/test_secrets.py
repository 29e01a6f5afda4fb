"""The key of persons' names: secret for real data, public for the synthetic country."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from orchestration.secrets import SYNTHETIC_KEY, PersonKeyError, person_key


def test_a_wholly_synthetic_landing_uses_the_public_key(tmp_path: Path) -> None:
    assert person_key(tmp_path, synthetic=[True, True]) == SYNTHETIC_KEY
    assert not (tmp_path / "secret").exists()


@pytest.mark.parametrize("flags", [[False], [True, False], []])
def test_real_mixed_and_empty_landings_use_the_secret_of_the_folder(
    tmp_path: Path, flags: list[bool]
) -> None:
    key = person_key(tmp_path, synthetic=flags)
    assert len(key) == 64
    assert key != SYNTHETIC_KEY
    assert person_key(tmp_path, synthetic=flags) == key


def test_the_secret_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    person_key(tmp_path, synthetic=[False])
    path = tmp_path / "secret" / "person.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["person.key"]


def test_two_folders_have_two_secrets(tmp_path: Path) -> None:
    keys = {person_key(tmp_path / name, synthetic=[False]) for name in "ab"}
    assert len(keys) == 2


def test_an_emptied_secret_is_refused_and_not_replaced(tmp_path: Path) -> None:
    person_key(tmp_path, synthetic=[False])
    path = tmp_path / "secret" / "person.key"
    path.write_text("")
    with pytest.raises(PersonKeyError, match=r"person\.key"):
        person_key(tmp_path, synthetic=[False])
    assert path.read_text() == ""
