"""The open questions of the paper as settings."""

import csv
import re
from typing import get_args

import pytest
from pydantic import ValidationError

from orchestration.method import (
    INVENTORY_EDITIONS,
    MethodSettings,
    MethodSettingsError,
    TransferType,
    checked_method_settings,
)
from orchestration.settings import REPO_ROOT


def test_equal_settings_have_equal_hashes_and_another_choice_has_another():
    base = MethodSettings()
    assert base.settings_hash == MethodSettings().settings_hash
    changed = {
        "green_scope": "main",
        "green_mode": "exact",
        "edge_counting": "fractional",
        "min_city_confidence": "0.80",
        "transfer_types": ("sale", "inventor_to_employer"),
    }
    hashes = {MethodSettings(**{name: value}).settings_hash for name, value in changed.items()}
    assert len(hashes | {base.settings_hash}) == len(changed) + 1


def test_an_unsupported_choice_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("GREENTIES_METHOD_GREEN_MODE", "semantic")
    with pytest.raises(ValidationError, match="green_mode"):
        MethodSettings()


def test_every_setting_stands_in_the_documentation():
    text = (REPO_ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    missing = [name for name in MethodSettings.model_fields if f"| `{name}` |" not in text]
    assert missing == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GREENTIES_METHOD_TRANSFER_TYPES", '["sale", "gift"]'),
        ("GREENTIES_METHOD_TRANSFER_TYPES", "[]"),
        ("GREENTIES_METHOD_MIN_CITY_CONFIDENCE", "0.985"),  # the warehouse keeps two places
        ("GREENTIES_METHOD_MIN_CITY_CONFIDENCE", "1.01"),
        ("GREENTIES_METHOD_FIRST_YEAR", "2021"),
        ("GREENTIES_METHOD_OUTSIDE_PARTNERS_IN_NETWORK", "true"),
        ("GREENTIES_METHOD_NETWORK_WINDOW", "monthly"),
    ],
)
def test_what_cannot_be_done_is_refused(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        checked_method_settings(has_own_inventory=False)


@pytest.mark.parametrize(
    ("edition", "own", "refused"),
    [
        ("wipo-2022-frozen+legacy+successors", False, None),
        ("latest", False, "latest"),
        ("wipo-2022-frozen+mine", False, "mine"),
        ("mine+legacy", True, None),  # a list of one's own bears the first name
        ("mine+yours", True, "yours"),
    ],
)
def test_an_edition_that_no_list_carries_is_refused_at_the_start(
    monkeypatch, edition, own, refused
):
    monkeypatch.setenv("GREENTIES_METHOD_INVENTORY_EDITION", edition)
    if refused is None:
        assert checked_method_settings(has_own_inventory=own).inventory_edition == edition
    else:
        with pytest.raises(MethodSettingsError, match=f"no edition '{refused}'"):
            checked_method_settings(has_own_inventory=own)


def test_a_variable_that_names_no_setting_is_refused():
    with pytest.raises(MethodSettingsError, match="GREENTIES_METHOD_EDGE_COUNT names no"):
        checked_method_settings(
            has_own_inventory=False, environment={"GREENTIES_METHOD_EDGE_COUNT": "whole"}
        )


def test_choices_are_those_of_the_warehouse():
    project = REPO_ROOT / "dbt_project"
    model = project / "models/staging/reference_records/stg_reference__green_inventory.sql"
    lists = set(re.findall(r"'([\w-]+)' as edition", model.read_text(encoding="utf-8")))
    assert lists == set(INVENTORY_EDITIONS)
    with (project / "seeds/transfer_type_rules.csv").open(encoding="utf-8") as rules:
        types = {row["transfer_type"] for row in csv.DictReader(rules)}
    # what moves no right is no choice of a network of transfers
    assert types - {"correction", "licence", "pledge"} == set(get_args(TransferType))
