"""The open questions of the paper as settings."""

import pytest
from pydantic import ValidationError

from orchestration.method import MethodSettings
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
