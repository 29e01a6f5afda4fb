"""Tables behind the text of the paper: order, missing values with reasons, both languages."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from analysis.errors import AnalysisError
from analysis.table_cells import BuildFacts
from analysis.table_supplements import (
    audit_table,
    bacon_table,
    city_series_table,
    comparison_table,
    event_studies_table,
    joint_series_table,
    moran_table,
    named_cities,
    network_table,
    partner_lists_table,
    robustness_table,
    spatial_tests_table,
    text_facts_table,
    weights_table_of_kinds,
)
from analysis.tables import Table, Text

FACTS = BuildFacts(
    build_id="b",
    settings_hash="s",
    version="0",
    is_synthetic=True,
    cities={
        "110000": Text("北京", "Beijing"),
        "北京": Text("北京", "Beijing"),
        "上海": Text("上海", "Shanghai"),
    },
    defects={"D-01": Text("计数不符。", "Counts do not add up.")},
    codes={
        "inverse_distance": Text("反距离", "inverse distance"),
        "hsr": Text("高铁", "high-speed rail"),
    },
)


def frame(*rows: dict[str, Any], **common: Any) -> pl.DataFrame:
    return pl.DataFrame([{**common, **row} for row in rows], infer_schema_length=None)


def body(table: Table, language: Any = "en") -> list[tuple[str, ...]]:
    """Rows below the header, without the mark of synthetic data."""
    return list(table.grid(language)[len(table.header) : -1])


def notes(table: Table) -> str:
    return " ".join(note.en for note in table.notes)


def test_spatial_tests_stand_in_families_with_what_they_hold_for() -> None:
    left = (
        "26 of 278 cities left out for missing values (fin 30 city-years), weights standardised "
        "among the others"
    )
    common = {"label_zh": "检验", "stars": "***", "reason": None, "status": "ok", "note": left}
    table = spatial_tests_table(
        frame(
            {"position": 2, "family": "hausman", "test_name": "hausman", "label_en": "Hausman",
             "effects": "twoways", "statistic": None, "df": None, "p_value": None, "stars": "",
             "valid_for": "iid", "status": "unavailable", "reason": "not positive definite"},
            {"position": 1, "family": "lm", "test_name": "lag", "label_en": "LM lag",
             "effects": "individual", "statistic": 12.3456, "df": 1, "p_value": 0.0004,
             "valid_for": "iid", "note": f"times (T-1)/T; {left}"},
            **common,
        ),
        FACTS,
    )  # fmt: skip
    assert body(table) == [
        ("Lagrange multiplier tests", *[""] * 5),
        ("LM lag", "city", "12.346***", "1", "0.0004", "iid errors only"),
        ("Hausman test", *[""] * 5),
        ("Hausman", "two-way", "–", "–", "–", "iid errors only"),
    ]
    assert "Not available: not positive definite." in notes(table)
    assert "hold for iid errors only" in notes(table)
    assert f" {left}." in notes(table)
    assert "(T-1)/T" not in notes(table)


def moran_rows(**common: Any) -> pl.DataFrame:
    values = {
        "weights_kind": "inverse_distance", "n": 278, "statistic": 0.0451, "expectation": -0.0036,
        "sd": 0.01, "z": 4.5, "p_two_sided": 0.00001, "p_permutation": 0.001,
        "n_permutations": 999, "seed": 7, "paper_statistic": None, "status": "ok", "reason": None,
    }  # fmt: skip
    return frame(
        {"year": 2008, "variable": "ln_rsi"},
        {"year": 2007, "variable": "ln_rsi", "paper_statistic": 0.0451},
        {"year": 2007, "variable": "rsi", "paper_statistic": None},
        **{**values, **common},
    )


def test_moran_puts_the_variable_of_the_settings_first() -> None:
    table = moran_table(moran_rows(), FACTS, paper=True)
    rows = body(table)
    assert [row[0] for row in rows] == [
        "ln(1 + rsi), weights: inverse distance", "2007", "2008",
        "rsi, weights: inverse distance", "2007",
    ]  # fmt: skip
    assert rows[1] == (
        "2007", "0.0451", "−0.0036", "0.0100", "4.500", "<0.0001", "0.0010", "278", "0.0451"
    )  # fmt: skip
    assert "999 random ones (seed 7)" in notes(table)
    one = moran_table(moran_rows().filter(pl.col("variable") == "rsi"), FACTS)
    assert [row[0] for row in body(one)] == ["2007"]
    assert "rsi, weights: inverse distance." in notes(one)


SERIES = frame(
    {"level": "national", "year": 2007, "n_applications": 121, "n_grants": 3},
    {"level": "national", "year": 2006, "n_applications": 100, "n_grants": 0},
    {"level": "city", "adcode": "110000", "city_name": "北京市", "year": 2006,
     "n_applications": 5, "n_grants": 0},
    {"level": "city", "adcode": "110000", "city_name": "北京市", "year": 2007,
     "n_applications": 7, "n_grants": 1},
    {"level": "city", "adcode": "310000", "city_name": "上海市", "year": 2007,
     "n_applications": 20, "n_grants": 0},
    {"level": "city", "adcode": "540100", "city_name": "拉萨市", "year": 2006,
     "n_applications": 0, "n_grants": 0},
    adcode=None, city_name=None,
)  # fmt: skip


def test_national_series_has_growth_where_it_can_be() -> None:
    table = joint_series_table(SERIES, FACTS)
    assert body(table) == [
        ("2006", "100", "–", "0", "–"),
        ("2007", "121", "21.0%", "3", "–"),
    ]
    assert "grew by 21.0% a year from 2006 to 2007" in notes(table)


def test_city_series_counts_the_cities_that_it_does_not_list() -> None:
    table = city_series_table(SERIES, FACTS)
    assert table.grid("zh")[0] == ("城市", "2006", "2007", "合计")
    assert body(table) == [
        ("Joint applications", "", "", ""),
        ("上海市", "–", "20", "20"),
        ("Beijing", "5", "7", "12"),
        ("Joint grants", "", "", ""),
        ("Beijing", "0", "1", "1"),
    ]
    assert "1 more cities have no joint invention" in notes(table)
    with pytest.raises(AnalysisError, match="a city has a year twice"):
        city_series_table(pl.concat([SERIES, SERIES]), FACTS)


def test_partner_lists_name_cities_in_both_languages() -> None:
    common = {"adcode": "110000", "city_name": "北京市", "basis": "application", "year": 2007}
    table = partner_lists_table(
        frame(
            {"state": "lost", "n": 1, "partners": "某县"},
            {"state": "continuing", "n": 2, "partners": "上海、北京"},
            **common,
        ),
        FACTS,
    )
    assert body(table) == [
        ("2007", "continuing", "2", "Shanghai, Beijing"),
        ("2007", "lost", "1", "某县"),
    ]
    assert body(table, "zh")[0] == ("2007", "保留", "2", "上海、北京")
    assert table.heading("zh") == "附表5 北京（联合申请）的合作城市名单（合成数据）"
    assert "against the year before" in notes(table)


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ("北京 12.0、上海 3", "Beijing 12.0, Shanghai 3"),
        ("上海、某地 等 15 个", "Shanghai, 某地 (15 in all)"),
        ("566 → 46108（年均 36.9 %）", "566 → 46108 (36.9 % a year)"),
        ("208（共 278）", "208 (of 278)"),
        ("北京 155.4（19.3 %，合计 806.9）", "Beijing 155.4 (19.3 %, total 806.9)"),
        ("上海／北京", "Shanghai / Beijing"),
        ("", ""),
        (None, ""),
    ],
)
def test_lists_of_cities_are_named_in_english_where_names_are_known(
    zh: str | None, en: str
) -> None:
    assert named_cities(zh, FACTS) == Text(zh or "", en)


def test_facts_of_the_text_stand_beside_the_papers() -> None:
    table = text_facts_table(
        frame(
            {"position": 2, "fact_zh": "乙", "fact_en": "b", "ours_text": None,
             "paper_text": "北京", "status": "unavailable", "reason": "no year 2006"},
            {"position": 1, "fact_zh": "甲", "fact_en": "a", "ours_text": "上海",
             "paper_text": "208 / 278", "status": "ok", "reason": None},
        ),
        FACTS,
    )  # fmt: skip
    assert body(table) == [("a", "Shanghai", "208 / 278"), ("b", "–", "Beijing")]
    assert "Not available: no year 2006." in notes(table)


def test_robustness_groups_variants_and_keeps_their_order() -> None:
    values = {
        "family": "errors", "outcome": "ln_rsi", "term": "copatent_degree", "symbol": "DC",
        "coef": -1.23456, "std_error": 0.5, "p_value": 0.02, "stars": "**", "n_obs": 3892,
        "n_clusters": 31, "se_kind": "wild_bootstrap", "cluster_by": "province", "status": "ok",
        "reason": None,
    }  # fmt: skip
    table = robustness_table(
        frame(
            {"position": 2, "specification": "z", "label_zh": "乙", "label_en": "b",
             "n_clusters": None},
            {"position": 1, "specification": "a", "label_zh": "甲", "label_en": "a"},
            **values,
        ),
        FACTS,
    )  # fmt: skip
    assert body(table) == [
        ("a", *[""] * 7),
        ("DC", "ln rsi", "−1.235**", "（0.500）", "0.0200", "3892", "31", "wild bootstrap"),
        ("b", *[""] * 7),
        ("DC", "ln rsi", "−1.235**", "（0.500）", "0.0200", "3892", "–", "wild bootstrap"),
    ]
    terms = frame(
        *(
            {"position": 1, "specification": "a", "label_zh": "甲", "label_en": "a", "term": term,
             "symbol": term}
            for term in ("er", "zts", "ln_gpatent", "W_er")
        ),
        **{name: value for name, value in values.items() if name not in {"term", "symbol"}},
    )  # fmt: skip
    assert [row[0] for row in body(robustness_table(terms, FACTS))[1:]] == [
        "ln gpatent", "er", "zts", "W_er"
    ]  # fmt: skip


def test_event_studies_stand_by_policy_with_pretrends_and_the_base_year() -> None:
    values = {
        "policy": "hsr", "outcome": "ln_rsi", "n_cells": 40, "is_base": False, "pretrend_p": 0.2,
        "overall": 0.1, "overall_se": 0.05, "twoways_coef": 0.07, "twoways_se": 0.03,
        "coef": None, "std_error": None, "p_value": None, "status": "ok", "reason": None,
    }  # fmt: skip
    table = event_studies_table(
        frame(
            {"event_time": 0, "coef": 0.5, "std_error": 0.1, "p_value": 0.001},
            {"event_time": -1, "is_base": True},
            **values,
        ),
        FACTS,
    )
    assert body(table) == [
        ("high-speed rail, ln rsi: mean after 0.100（0.050）, two-way 0.070（0.030）, "
         "years before p 0.2000", *[""] * 4),
        ("−1", "–", "–", "–", "40"),
        ("0", "0.500", "（0.100）", "0.0010", "40"),
    ]  # fmt: skip
    assert table.body[1].cells[1].hint == Text("基期", "base period")


def test_bacon_weights_and_policies_that_are_not_there() -> None:
    table = bacon_table(
        frame(
            {"policy": "hsr", "outcome": "ln_rsi", "kind": "earlier_later", "weight": 0.25,
             "estimate": 0.1, "n_pairs": 6, "status": "ok", "reason": None},
            {"policy": "innovative", "outcome": "ln_rsi", "kind": None, "weight": None,
             "estimate": None, "n_pairs": None, "status": "unavailable", "reason": "no pilot"},
        ),
        FACTS,
    )  # fmt: skip
    assert body(table) == [
        ("high-speed rail, ln rsi", "", "", ""),
        ("earlier later", "0.2500", "0.100", "6"),
        ("innovative, ln rsi", "", "", ""),
        ("–", "–", "–", "–"),
    ]


def test_whole_networks_have_years_across() -> None:
    table = network_table(
        frame(
            {"network": "copatent", "year": 2007, "measure": "density", "value": 0.0123},
            {"network": "copatent", "year": 2006, "measure": "density", "value": None,
             "note": "no edge"},
            note=None,
        ),
        FACTS,
    )  # fmt: skip
    assert table.grid("en")[0] == ("Measure", "2006", "2007")
    assert body(table) == [("copatent", "", ""), ("density", "–", "0.01230")]
    hint = table.body[1].cells[1].hint
    assert hint is not None
    assert hint.en == "no edge"


def test_weights_say_what_they_are_and_claim_nothing() -> None:
    table = weights_table_of_kinds(
        frame(
            {"kind": "inverse_distance", "n": 278, "power": 1.0, "cutoff_km": None,
             "standardisation": "row", "n_links": 77006, "fingerprint": "f00d", "n_islands": 0,
             "n_components": 1, "smallest_eigenvalue": -0.21, "feedback_at_paper_rho": 0.0107,
             "note": None},
        ),
        FACTS,
    )  # fmt: skip
    assert body(table) == [
        ("inverse distance", "278", "1.0", "–", "row", "77006", "0", "1", "−0.2100", "0.0107",
         "f00d"),
    ]  # fmt: skip
    assert "nothing about the paper's weights is inferred" in notes(table)


def test_audit_findings_explain_their_defects_and_none_is_said() -> None:
    found = frame(
        {"source": "printed", "check_name": "T-01", "defect": "D-01", "table_name": "table1",
         "row_name": "C_n", "column_name": "2019", "printed": "240", "computed": "237",
         "verdict": "fail", "reason": None},
    )  # fmt: skip
    table = audit_table(found, FACTS)
    assert body(table)[1] == ("T-01", "D-01", "table1", "C_n", "2019", "240", "237", "fail")
    assert "D-01: Counts do not add up." in notes(table)
    assert body(audit_table(found.clear(), FACTS))[0][0] == "No contradiction was found."


def test_every_specification_of_the_spatial_model_has_a_row() -> None:
    values = {
        "rho_se": 0.03, "rho_stars": "***", "n_obs": 3892, "r2": 0.6, "log_likelihood": -1.5,
        "effects": "individual", "leeyu": False, "weights_kind": "inverse_distance",
        "status": "ok", "reason": None,
    }  # fmt: skip
    table = comparison_table(
        frame(
            {"specification": "economic", "rho": None, "status": "unavailable", "leeyu": None,
             "reason": "no GDP of the first year"},
            {"specification": "table5", "rho": 0.733},
            {"specification": "table5", "rho": 0.733},
            **values,
        ),
        FACTS,
    )  # fmt: skip
    assert [row[0] for row in body(table)] == [
        "City effects, inverse distance", "Economic weights"
    ]  # fmt: skip
    assert body(table)[0][3:] == ("0.733***", "（0.030）", "3892", "0.600", "−1.500")
    assert "Not available: no GDP of the first year." in notes(table)


@pytest.mark.parametrize(
    "make",
    [
        spatial_tests_table, moran_table, joint_series_table, city_series_table,
        partner_lists_table, text_facts_table, robustness_table, event_studies_table, bacon_table,
        network_table, weights_table_of_kinds, audit_table, comparison_table,
    ],
)  # fmt: skip
def test_a_missing_column_is_named(make: Any) -> None:
    with pytest.raises(AnalysisError, match="missing columns"):
        make(pl.DataFrame({"x": [1]}), FACTS)
