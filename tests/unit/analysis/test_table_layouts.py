"""Layouts of Tables 1 to 5: rows, columns, texts, notes, and what stands for a missing value."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from analysis.errors import AnalysisError
from analysis.panel import fit_panel
from analysis.table_cells import BuildFacts, bilingual
from analysis.table_layouts import (
    table1,
    table2,
    table3,
    table4,
    table5,
    table5_two_way,
    table5_weights,
)
from analysis.tables import LANGUAGES, Table, Text

FACTS = BuildFacts(
    build_id="abc123",
    settings_hash="def456",
    version="0.1.0",
    is_synthetic=False,
    panel_rows=4170,
    panel_cities=278,
    panel_years=15,
    cities={"110000": Text("北京", "Beijing")},
    defects={
        "D-01": Text("计数不符。", "Counts do not add up."),
        "D-23": Text("节点数。", "Nodes."),
    },
    codes={"inverse_distance": Text("反距离", "inverse distance")},
)


def notes(table: Table) -> str:
    return " ".join(note.en for note in table.notes)


def row_of(table: Table, label: str) -> tuple[str, ...]:
    return next(row for row in table.grid("en") if row[0] == label)


# Table 1


def dynamics(**changes: Any) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "adcode": ["110000"] * 3,
            "city_name": ["北京市"] * 3,
            "basis": ["application"] * 3,
            "year": [2008, 2006, 2007],
            "n_partners": [5, 4, 0],
            "n_kept": [0, None, 0],
            "kept_percent": [0.0, None, None],
            "n_new": [5, None, 0],
            "new_percent": [100.0, None, None],
            "n_lost": [0, None, 4],
            "lost_percent": [None, None, 100.0],
            **{f"paper_{name}": [1, None, 2] for name in ("n_partners", "n_kept", "n_new")},
            **{f"paper_{name}_percent": [12.5, None, 57.9] for name in ("kept", "new", "lost")},
            "paper_n_lost": [3, None, 4],
            "paper_defects": ["D-01", None, None],
        }
    )
    return frame.with_columns(**changes)


def test_table1_has_seven_columns_and_leaves_the_first_year_blank() -> None:
    table = table1(dynamics(), FACTS)
    assert table.grid("zh")[0] == ("年份", "Cₙ", "Xₙ", "Xₙ/Cₙ", "Zₙ", "Zₙ/Cₙ", "Tₙ", "Tₙ/Cₙ₋₁")
    assert [row[0] for row in table.grid("en")] == ["Year", "2006", "2007", "2008"]
    assert row_of(table, "2006")[1:] == ("4", *["——"] * 6)
    assert row_of(table, "2008")[1:] == ("5", "0", "0.0%", "5", "100.0%", "0", "–")
    assert table.heading("en") == "Table 1. Partner cities of Beijing, joint applications"
    assert table.heading("zh") == "表1 北京合作城市的动态变化（联合申请）"


def test_a_share_of_nothing_gives_its_reason() -> None:
    cell = table1(dynamics(), FACTS).body[1].cells[3]
    assert (cell.text.en, cell.kind) == ("–", "unavailable")
    assert cell.hint is not None
    assert "denominator of zero" in cell.hint.en


def test_table1_beside_the_paper_shows_defects_with_their_meaning() -> None:
    table = table1(dynamics(), FACTS, paper=True)
    assert table.n_columns == 16
    assert row_of(table, "2008")[8:] == ("1", "1", "12.5%", "1", "12.5%", "3", "12.5%", "D-01")
    assert row_of(table, "2006")[8:] == ("–", *["——"] * 6, "")
    assert "D-01: Counts do not add up." in notes(table)
    assert "D-01" not in notes(table1(dynamics(), FACTS))


def test_table1_is_of_one_city_and_basis() -> None:
    both = pl.concat([dynamics(), dynamics(basis=pl.lit("grant"))])
    with pytest.raises(AnalysisError, match="one city and basis, the rows hold 2"):
        table1(both, FACTS)
    assert table1(both, FACTS, basis="grant").heading("en").endswith("Beijing, joint grants")
    with pytest.raises(AnalysisError, match="a year occurs twice for 110000"):
        table1(pl.concat([dynamics(), dynamics()]), FACTS)


def test_tables_without_rows_say_so() -> None:
    empty = dynamics().clear()
    assert table1(empty, FACTS).grid("en")[1][0] == "This build has no such data."
    assert table1(empty, FACTS, paper=True).n_columns == 16


# Table 2


def moments() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "position": [2, 1],
            "block": ["network_cost", "dependent"],
            "label_zh": ["度数中心度", "协同创新"],
            "label_en": ["degree", "joint grants"],
            "unit": ["share", "patents a year"],
            "symbol": ["DC", "rsi"],
            "n": [4170, 0],
            "mean": [0.0125, None],
            "sd": [0.0333, float("nan")],
            "min": [0.0, None],
            "max": [0.585, None],
            **{f"paper_{name}": [1.5, 21.79] for name in ("mean", "sd", "min", "max")},
            "paper_n": [4170, 4170],
            "paper_defects": ["D-23", None],
        }
    )


def test_table2_has_blocks_and_four_significant_digits() -> None:
    table = table2(moments(), FACTS)
    assert table.grid("zh") == (
        ("变量", "符号", "N", "均值", "标准差", "最小值", "最大值"),
        ("被解释变量及其分解", *[""] * 6),
        ("协同创新", "rsi", "0", "–", "–", "–", "–"),
        ("网络与成本因素", *[""] * 6),
        ("度数中心度", "DC", "4170", "0.01250", "0.03330", "0", "0.5850"),
    )
    assert "N − 1" in notes(table)
    assert "build abc123, method settings def456" in notes(table).lower()


def test_table2_beside_the_paper() -> None:
    table = table2(moments(), FACTS, paper=True)
    assert row_of(table, "degree, share")[7:] == (
        "4170", "1.500", "1.500", "1.500", "1.500", "D-23"
    )  # fmt: skip


# Tables 3 and 4


def regressions(outcomes: tuple[str, ...] = ("ln_rsi",) * 3, **changes: Any) -> pl.DataFrame:
    rows = []
    terms = (("ln_gpatent", "ln_gpatent", 1), ("copatent_degree", "DC", 1), ("er", "er", 3))
    for column, outcome in enumerate(outcomes, start=1):
        for position, (term, symbol, step) in enumerate(terms, start=1):
            if step > (column - 1) % 3 + 1:
                continue
            rows.append(
                {
                    "column_no": column,
                    "position": position,
                    "term": term,
                    "symbol": symbol,
                    "label_zh": "名称",
                    "label_en": "name",
                    "outcome": outcome,
                    "coef": -0.1074 * position,
                    "std_error": 0.0261,
                    "stars": "***" if position == 1 else "",
                    "n_obs": 3892,
                    "n_entities": 278,
                    "n_periods": 14,
                    "r2_adj": 0.8214,
                    "r2_within": 0.3822,
                    "cluster_convention": "reghdfe",
                    "note": "year before" if position < 3 else "same year",
                    "status": "ok",
                    "reason": None,
                    "paper_coef": 0.126,
                    "paper_std_error": 0.026,
                    "paper_coef_text": "-0.126***",
                    "paper_se_text": "（0.026）",
                    "paper_n_obs": 3892,
                    "paper_r2_adj": 0.821,
                    "paper_defects": "D-23" if symbol == "DC" else None,
                }
            )
    return pl.DataFrame(rows, schema_overrides={"reason": pl.String}).with_columns(**changes)


def test_table3_has_errors_beneath_coefficients_and_the_footer_of_the_paper() -> None:
    table = table3(regressions(), FACTS)
    assert table.grid("zh") == (
        ("", "ln rsi", "", ""),
        ("变量", "(1)", "(2)", "(3)"),
        ("ln gpatent", *["−0.107***"] * 3),
        ("", *["（0.026）"] * 3),
        ("DC", *["−0.215"] * 3),
        ("", *["（0.026）"] * 3),
        ("er", "", "", "−0.322"),
        ("", "", "", "（0.026）"),
        ("年份固定效应", "是", "是", "是"),
        ("城市固定效应", "是", "是", "是"),
        ("N", "3892", "3892", "3892"),
        ("调整的 R²", "0.821", "0.821", "0.821"),
    )
    assert table.body[0].cells[1].value == -0.1074


@pytest.mark.parametrize(
    "said",
    [
        "clustered by city (G = 278), small-sample factor reghdfe",
        "t with 277 degrees of freedom",
        "N = 3892",
        "K: (1) 2, (2) 2, (3) 3",
        "Of 4170 city-years of the sample 278 are not used: 278 have no year before, 0 have",
        "Within R²: (1) 0.382",
        "Of the year before: ln gpatent, DC. Of the same year: er.",
        "coefficients tell of changes in 1 + x and are no elasticities of x",
        "not effects of a cause (D-30)",
        "too small (D-28)",
        "method settings def456",
    ],
)
def test_notes_of_table3_state_what_a_reader_needs(said: str) -> None:
    assert said in notes(table3(regressions(), FACTS))


def test_a_term_that_was_left_out_has_a_dash_a_reason_and_a_note() -> None:
    gone = (pl.col("term") == "er") & (pl.col("column_no") == 3)
    frame = regressions().with_columns(
        coef=pl.when(gone).then(None).otherwise("coef"),
        std_error=pl.when(gone).then(None).otherwise("std_error"),
        status=pl.when(gone).then(pl.lit("left_out")).otherwise("status"),
        note=pl.when(gone).then(pl.lit("left out: constant over time")).otherwise("note"),
    )
    table = table3(frame, FACTS)
    assert row_of(table, "er")[3] == "–"
    assert "Left out of column (3): er: constant over time." in notes(table)


def test_an_unavailable_table3_is_complete_and_says_why() -> None:
    nothing = pl.lit(None)
    frame = regressions(
        coef=nothing.cast(pl.Float64),
        std_error=nothing.cast(pl.Float64),
        stars=nothing.cast(pl.String),
        n_obs=nothing.cast(pl.Int64),
        n_entities=nothing.cast(pl.Int64),
        n_periods=nothing.cast(pl.Int64),
        r2_adj=nothing.cast(pl.Float64),
        r2_within=nothing.cast(pl.Float64),
        note=nothing.cast(pl.String),
        status=pl.lit("unavailable"),
        reason=pl.lit("no value in fin"),
    )
    table = table3(frame, FACTS)
    assert row_of(table, "N")[1:] == ("–",) * 3
    assert row_of(table, "City fixed effects")[1:] == ("–",) * 3
    assert row_of(table, "ln gpatent")[1:] == ("–",) * 3
    assert "Not available: no value in fin." in notes(table)
    assert {c.hint.en for c in table.body[0].cells[1:] if c.hint} == {"no value in fin"}


def test_table3_beside_the_paper_keeps_ours_as_they_are() -> None:
    plain, beside = table3(regressions(), FACTS), table3(regressions(), FACTS, paper=True)
    assert [row[:4] for row in beside.grid("en")[1:]] == list(plain.grid("en"))
    assert beside.grid("en")[0] == ("", "This build", "", "", "Paper, as printed", "", "", "")
    assert row_of(beside, "DC")[4:] == ("−0.126***",) * 3 + ("D-23",)
    assert "D-23: Nodes." in notes(beside)


def test_table4_has_six_columns_under_two_outcomes_and_the_note_on_lagged_outcomes() -> None:
    margins = ("ln_extensive",) * 3 + ("ln_intensive",) * 3
    table = table4(regressions(margins), FACTS)
    assert table.grid("en")[0] == ("", "ln extensive", "", "", "ln intensive", "", "")
    assert row_of(table, "er") == ("er", "", "", "−0.322", "", "", "−0.322")
    assert "a lagged outcome beside city effects" in notes(table)


def test_columns_that_contradict_themselves_are_refused() -> None:
    frame = regressions(n_obs=pl.int_range(pl.len()))
    with pytest.raises(AnalysisError, match="n_obs differs within one column"):
        table3(frame, FACTS)
    with pytest.raises(AnalysisError, match="table3: a cell occurs twice"):
        table3(pl.concat([regressions(), regressions()]), FACTS)
    with pytest.raises(AnalysisError, match=r"table3 has no column \[4"):
        table3(regressions(("ln_rsi",) * 4), FACTS)
    with pytest.raises(AnalysisError, match="missing columns"):
        table3(regressions().drop("stars"), FACTS)


# Table 5


def spatial(specifications: tuple[str, ...] = ("table5", "two_way_leeyu")) -> pl.DataFrame:
    rows = []
    for place, name in enumerate(specifications):
        for column, part in enumerate(("main", "wx", "direct", "indirect", "total"), start=1):
            for position, symbol in ((1, "ln_gtr"), (2, "ln_gpatent")):
                rows.append(
                    {
                        "specification": name,
                        "column_no": column,
                        "column_kind": part,
                        "position": position,
                        "term": symbol,
                        "symbol": symbol,
                        "label_zh": "名称",
                        "label_en": "name",
                        "coef": 0.11 * column + place,
                        "std_error": 0.02,
                        "stars": "**",
                        "rho": 0.733,
                        "rho_se": 0.0302,
                        "rho_stars": "***",
                        "n_obs": 3892,
                        "n_entities": 278,
                        "n_periods": 14,
                        "r2": 0.61,
                        "log_likelihood": -123.4567,
                        "effects": "individual",
                        "leeyu": bool(place),
                        "information": "oim",
                        "draws": 1000,
                        "seed": 42,
                        "weights_kind": "inverse_distance",
                        "weights_fingerprint": "f00d",
                        "note": None,
                        "status": "ok",
                        "reason": None,
                        "paper_coef": 0.11,
                        "paper_std_error": 0.02,
                        "paper_coef_text": "0.110***",
                        "paper_se_text": "（0.020）",
                        "paper_rho": 0.733,
                        "paper_rho_se": 0.03,
                        "paper_rho_stars": "***",
                        "paper_n_obs": 3892,
                        "paper_r2": 0.504,
                        "paper_defects": None,
                    }
                )
    return pl.DataFrame(
        rows,
        schema_overrides={"note": pl.String, "reason": pl.String, "paper_defects": pl.String},
    )


def test_table5_repeats_rho_n_and_r_squared_in_all_columns() -> None:
    table = table5(spatial(), FACTS)
    assert table.grid("en") == (
        ("", "(1)", "(2)", "(3)", "(4)", "(5)"),
        ("Variable", "Spatial Durbin", "Spillovers (WX)", "Direct", "Indirect", "Total"),
        ("ln gtr", "0.110**", "0.220**", "0.330**", "0.440**", "0.550**"),
        ("", *["（0.020）"] * 5),
        ("ln gpatent", "0.110**", "0.220**", "0.330**", "0.440**", "0.550**"),
        ("", *["（0.020）"] * 5),
        ("ρ", *["0.733***"] * 5),
        ("", *["（0.030）"] * 5),
        ("N", *["3892"] * 5),
        ("R²", *["0.610"] * 5),
    )
    assert table.grid("zh")[1][1:] == (
        "空间杜宾模型", "空间溢出效应", "直接效应", "间接效应", "总效应"
    )  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        "N = 3892, 278 cities in 14 years, K = 2 regressors",
        "inverse distance, fingerprint f00d",
        "the observed information (oim)",
        "over 1000 draws (seed 42)",
        "log likelihood −123.457",
        "278 are not used",
        "rho then measures the common trend",
        "without ln tech, carbon_trade and qrate (D-17)",
        "nothing about the paper's weights is inferred",
        "standard errors are 3.6 percent smaller than those that count N(T−1) (T = 14)",
    ],
)
def test_notes_of_table5_state_what_a_reader_needs(said: str) -> None:
    assert said in notes(table5(spatial(), FACTS))


def test_the_two_way_version_stands_beside_table5() -> None:
    table = table5_two_way(spatial(), FACTS)
    assert table.n_columns == 11
    assert table.grid("en")[0][6] == "Two-way effects with Lee-Yu correction, inverse distance"
    assert row_of(table, "ln gtr")[1::5] == ("0.110**", "1.110**")
    assert "rho then measures the common trend" in notes(table)
    assert "Lee-Yu" in notes(table)


def test_economic_weights_have_a_table_and_it_says_when_they_are_missing() -> None:
    table = table5_weights(spatial(("economic", "economic_geographic")), FACTS)
    assert row_of(table, "ln gtr")[1::5] == ("0.110**", "1.110**")
    nothing = table5_weights(spatial(), FACTS)
    assert nothing.grid("en")[3][0] == "This build has no such data."
    assert row_of(nothing, "ρ")[1:] == ("–",) * 10


def test_table5_beside_the_paper() -> None:
    table = table5(spatial(), FACTS, paper=True)
    assert table.n_columns == 12
    assert row_of(table, "ρ")[6:] == (*["0.733***"] * 5, "")
    assert row_of(table, "R²")[6:] == (*["0.504"] * 5, "")


def test_a_repeated_cell_of_table5_is_refused() -> None:
    with pytest.raises(AnalysisError, match="table5: a cell occurs twice"):
        table5(pl.concat([spatial(), spatial()]), FACTS)


@pytest.mark.parametrize("paper", [False, True])
def test_pandas_frames_give_the_same_tables(paper: bool) -> None:
    for make, frame in ((table2, moments()), (table3, regressions()), (table5, spatial())):
        ours, theirs = make(frame, FACTS, paper=paper), make(frame.to_pandas(), FACTS, paper=paper)
        for language in LANGUAGES:
            assert ours.grid(language) == theirs.grid(language)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            "26 of 278 cities left out for missing values (ln_fdi 30 city-years), weights "
            "standardised among the others; 3 cells interpolated between years",
            "278 个城市中有 26 个因缺失值未纳入（ln_fdi 30 个城市—年份），权重在其余城市之间"
            "标准化；3 个单元在年份之间插值",
        ),
        ("absorbed by the entity and period effects", "被城市与年份效应吸收"),
        ("linear combination of zts, gjs and the effects", "是 zts, gjs 与固定效应的线性组合"),
        ("something new; and more", "something new; and more"),
    ],
)
def test_reasons_have_chinese_words_where_they_are_known(english: str, chinese: str) -> None:
    assert bilingual(english) == Text(chinese, english)


def test_reasons_that_estimates_give_have_chinese_words() -> None:
    """Raised here by the functions themselves, so that a new wording cannot pass unseen."""
    panel = pl.DataFrame(
        {
            "city": [1, 1, 2, 2, 3, 3],
            "year": [1, 2] * 3,
            "y": [1.0, 2.0, 4.0, 3.0, 5.0, 9.0],
            "fixed": [1.0, 1.0, 2.0, 2.0, 3.0, 3.0],
            "empty": [None] * 6,
        },
        schema_overrides={"empty": pl.Float64},
    )
    for term in ("fixed", "empty"):
        with pytest.raises(AnalysisError) as raised:
            fit_panel(panel, "y", [term], entity="city", time="year", effects="individual")
        said = bilingual(str(raised.value))
        assert said.zh != said.en, said.en
