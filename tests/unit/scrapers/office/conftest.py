"""A tiny store with one record of every kind that a page has to show."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

EN_SPACE = "\u2002"
TRANSFER = "专利申请权、专利权的转移"
CHANGE = "专利权人的姓名或者名称、地址的变更"

PUBLICATION_COLUMNS = (
    "source",
    "gazette_date",
    "seq",
    "publication_no",
    "application_no",
    "application_date",
    "title",
    "applicants",
    "inventors",
    "address",
    "ipc",
    "agency",
    "agents",
    "priority",
    "domestic_priority",
    "pct_entry_date",
    "pct_application",
    "pct_publication",
    "cited_documents",
    "divisional_of",
    "bio_deposit",
    "abstract",
)


def publication(source: str, day: str, seq: int, **changes: Any) -> dict[str, Any]:
    """Return one row of the table ``publication``."""
    kind = {"pip": "A", "pig": "B", "pug": "U", "pdg": "S"}[source]
    row: dict[str, Any] = dict.fromkeys(PUBLICATION_COLUMNS)
    row |= {
        "source": source,
        "gazette_date": day,
        "seq": seq,
        "publication_no": f"CN1{day[2:4]}{day[5:7]}{day[8:]}{seq:02d}{kind}",
        "application_no": f"2018{day[5:7]}{day[8:]}{seq:04d}X",
        "application_date": "2018-03-05",
        "title": f"一种装置{seq}",
        "applicants": ["虚构风能有限公司"],
        "inventors": ["甲乙"],
        "address": "100080北京市海淀区虚构路8号",
        "ipc": ["F03D1/00(2006.01)I"],
        "agents": [],
    }
    return row | changes


def event(day: str, seq: int, text: str, event_type: str = TRANSFER) -> dict[str, Any]:
    """Return one row of the table ``event``."""
    return {
        "gazette_date": day,
        "seq": seq,
        "application_no": f"2018{seq:08d}0",
        "event_type": event_type,
        "text": text,
    }


def policy_documents() -> list[tuple[str | None, ...]]:
    """Return twelve documents of 2013, the first with hidden issuers, the second with gaps."""
    full = ["甲省科技厅", "甲省教育厅", "甲省财政厅", "甲省农业、林业局"]
    rows: list[tuple[str | None, ...]] = []
    for n in range(1, 13):
        is_first, has_gaps = n == 1, n == 2
        rows.append(
            (
                f"990000-2013-{n:04d}",
                f"2013-05-{n:02d}" if n < 12 else "2013-12-31",
                "甲省",
                f"关于<第{n}号>产学研合作的意见",
                None if has_gaps else f"甲科〔2013〕{n}号",
                json.dumps(full if is_first else full[:1], ensure_ascii=False),
                None if has_gaps else f"2013-04-{n:02d}",
                "第一段。\n第二段 & 末段。",
            )
        )
    return rows


def write_store(
    path: Path, publications: list[dict[str, Any]], events: list[dict[str, Any]]
) -> Path:
    """Write a store with the tables that the site reads."""
    connection = sqlite3.connect(path)
    columns = ", ".join(PUBLICATION_COLUMNS)
    connection.executescript(
        f"""
        CREATE TABLE publication ({columns}, PRIMARY KEY (source, gazette_date, seq));
        CREATE TABLE event (gazette_date, seq, application_no, event_type, text,
                            PRIMARY KEY (gazette_date, seq));
        CREATE TABLE policy_document (document_id PRIMARY KEY, published_date, province_name,
                                      title, document_no, issuers, issued_date, text);
        CREATE TABLE yearbook_city (year, adcode, city_name, gdp);
        CREATE TABLE yearbook_province (year, province_code, province_name, gdp);
        CREATE TABLE meta (key PRIMARY KEY, value);
        CREATE TABLE correction (table_name, month, n);
        CREATE TABLE truth (name, content);
        """
    )
    for row in publications:
        values = [
            json.dumps(v, ensure_ascii=False) if isinstance(v, list) else v
            for v in (row[name] for name in PUBLICATION_COLUMNS)
        ]
        marks = ", ".join("?" * len(values))
        connection.execute(f"INSERT INTO publication VALUES ({marks})", values)
    connection.executemany(
        "INSERT INTO event VALUES (:gazette_date, :seq, :application_no, :event_type, :text)",
        events,
    )
    connection.executemany(
        "INSERT INTO yearbook_city VALUES (?, ?, ?, ?)",
        [("2019", "110000", "北京市", "354457000"), ("2019", "130100", "石家庄市", None)],
    )
    connection.executemany(
        "INSERT INTO policy_document VALUES (?, ?, ?, ?, ?, ?, ?, ?)", policy_documents()
    )
    connection.execute("INSERT INTO yearbook_province VALUES ('2019', '11', '北京市', '354457000')")
    connection.execute("INSERT INTO meta VALUES ('seed', '7'), ('synthetic', 'true')")
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """25 publications and one record of each other kind in July 2019, two records in August."""
    publications = [publication("pip", "2019-07-02", n) for n in range(1, 23)]
    publications += [
        publication(
            "pip",
            "2019-07-09",
            1,
            application_no="201780002534X",
            title="<b>转向</b>不足 & 控制",
            applicants=["百川时代网络技术（北京）有限公司", "百川（海外）有限责任公司"],
            inventors=[f"某{n}" for n in "甲乙丙丁戊己庚辛"],
            ipc=["G01M1/12(2006.01)I", "G01G19/10(2006.01)I", "B60R16/02(2006.01)I"],
            agency="北京虚构知识产权代理有限责任公司11204",
            agents=["马某", "王某"],
            priority="15/123,456 2016.08.01 US",
            pct_entry_date="2018-01-25",
            pct_application="PCT/CN2017/076240 2017.03.10",
            pct_publication="WO2018/161336 EN 2018.09.13",
            abstract="风" * 300,
        ),
        publication(
            "pip", "2019-07-09", 2, inventors=["甲", "乙", "丙"], ipc=["A01B1/00", "A01B2/00"]
        ),
        publication("pip", "2019-07-09", 3, address="美国加利福尼亚州", abstract="短"),
        publication(
            "pig",
            "2019-07-09",
            1,
            cited_documents=f"CN 101261645 A,2008.09.10,;{EN_SPACE}WO 2004098187 A1,2004.11.11,",
        ),
        publication("pug", "2019-07-09", 1),
        publication("pdg", "2019-07-09", 1, ipc=["26-05"]),
        publication("pip", "2019-08-06", 1),
        publication("pdg", "2019-08-06", 1, address="日本东京都"),
    ]
    wording_c = (
        "专利权的转移\n登记生效日:20190603\n变更事项:专利权人\n"
        "变更前权利人:甲公司\n变更后权利人:乙公司\n变更事项:地址\n"
        "变更前权利人:100080 北京市海淀区虚构路8号\n变更后权利人:300000 天津市虚构道1号"
    )
    events = [
        event("2019-07-02", 1, wording_c),
        event("2019-07-02", 2, "专利权的转移"),
        event("2019-07-09", 3, "变更事项:专利权人变更前:甲  地址: 乙路1号变更后:丙", CHANGE),
        event("2019-08-06", 4, "专利权的转移\n登记生效日:20190703\n变更事项:专利权人"),
    ]
    return write_store(tmp_path / "country.sqlite", publications, events)
