"""The site to crawl: which country a data folder may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration import site
from orchestration.settings import Settings


def folder(path: Path, dirt: str) -> Settings:
    return Settings(data_dir=path, office_dirt=dirt)


def land(path: Path) -> None:
    month = path / "landing" / "sipo_patents" / "landing_month=2006-01-01"
    month.mkdir(parents=True)
    (month / "current.json").write_text("{}", encoding="utf-8")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    begun: list[Settings] = []

    def popen(*_: object, **__: object) -> None:
        begun.append(Settings())
        raise OSError("no office is started here")

    monkeypatch.setattr(site.subprocess, "Popen", popen)
    return begun


def enter(current: Settings) -> None:
    with pytest.raises(OSError, match="no office"), site.open_site(current):
        raise AssertionError("the site must not open")


def test_two_levels_of_dirt_never_meet_in_one_folder(
    tmp_path: Path, started: list[Settings]
) -> None:
    enter(folder(tmp_path, "heavy"))
    enter(folder(tmp_path, "0"))  # nothing is landed yet
    land(tmp_path)
    enter(folder(tmp_path, "0"))
    with (
        pytest.raises(site.SiteError, match="level of dirt '0', asked for is 'heavy'"),
        site.open_site(folder(tmp_path, "heavy")),
    ):
        raise AssertionError("the site must not open")
    assert len(started) == 3


def test_a_folder_of_before_holds_the_default_level(
    tmp_path: Path, started: list[Settings]
) -> None:
    land(tmp_path)
    with (
        pytest.raises(site.SiteError, match="level of dirt 'default'"),
        site.open_site(folder(tmp_path, "0")),
    ):
        raise AssertionError("the site must not open")
    enter(folder(tmp_path, "default"))
    assert len(started) == 1


def test_another_site_has_no_level(tmp_path: Path) -> None:
    land(tmp_path)
    current = Settings(data_dir=tmp_path, office_dirt="0", site_url="http://127.0.0.1:1/")
    with site.open_site(current) as url:
        assert url == "http://127.0.0.1:1"


def test_the_country_is_named_whole(tmp_path: Path) -> None:
    arguments = site.country_arguments(folder(tmp_path, "heavy"))
    assert arguments[arguments.index("--dirt") + 1] == "heavy"
