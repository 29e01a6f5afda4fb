"""Bulk XML of the office: records, forms of numbers, parties' own addresses, zips, bombs."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from orchestration.importing import archives
from orchestration.importing.archives import ArchiveError
from orchestration.importing.bulk_xml import XmlFileError
from orchestration.importing.core import ImportReport, land_import
from orchestration.importing.registry import import_format
from scrapers.errors import ImportFileError, TruncatedFileError, UnknownColumnError
from tests.unit.orchestration.importing.landed import landed_rows, refused_rows

NAMESPACES = 'xmlns:business="urn:x-business" xmlns:base="urn:x-base"'
ABROAD = '<base:AddressBook lang="en"><base:Name>Green River Battery</base:Name></base:AddressBook>'
DOCUMENT = f"""<?xml version="1.0" encoding="UTF-8"?>
<business:PatentDocumentAndRelated {NAMESPACES} file="X1.XML" status="C" lang="zh" country="CN"
  docNumber="108000001" kind="B" datePublication="20200103">
 <business:BibliographicData lang="zh">
  <business:PublicationReference dataFormat="standard"><base:DocumentID>
    <base:WIPOST3Code>CN</base:WIPOST3Code><base:DocNumber>000108000001</base:DocNumber>
    <base:Kind>B</base:Kind><base:Date>20200103</base:Date></base:DocumentID>
  </business:PublicationReference>
  <business:ApplicationReference applType="10" dataFormat="standard"><base:DocumentID>
    <base:DocNumber>102018000123456</base:DocNumber><base:Date>20180207</base:Date>
  </base:DocumentID></business:ApplicationReference>
  <business:ApplicationReference applType="10" dataFormat="original"><base:DocumentID>
    <base:DocNumber>201810123456.5</base:DocNumber></base:DocumentID>
  </business:ApplicationReference>
  <business:ClassificationIPCRDetails>
   <business:ClassificationIPCR sequence="2"><base:Text>H01M 4/36 (2006.01)</base:Text>
   </business:ClassificationIPCR>
   <business:ClassificationIPCR sequence="1"><base:Text>H01M 10/0525 (2010.01)</base:Text>
   </business:ClassificationIPCR>
   <business:ClassificationIPCR sequence="3"><base:Section>C</base:Section>
    <base:MainClass>01</base:MainClass><base:Subclass>B</base:Subclass>
    <base:MainGroup>32</base:MainGroup><base:Subgroup>05</base:Subgroup>
   </business:ClassificationIPCR>
  </business:ClassificationIPCRDetails>
  <business:InventionTitle lang="en">A battery</business:InventionTitle>
  <business:InventionTitle lang="zh">一种电池<base:Sub>2</base:Sub></business:InventionTitle>
  <business:Parties>
   <business:ApplicantDetails>
    <business:Applicant sequence="2"><base:AddressBook><base:Name>岚山大学</base:Name>
      <base:Address><base:Province>山东省</base:Province><base:City>日照市</base:City>
      <base:County>岚山区</base:County><base:PostCode>276800</base:PostCode>
      <base:Text>学府路9号</base:Text></base:Address></base:AddressBook></business:Applicant>
    <business:Applicant sequence="1">{ABROAD}<base:AddressBook lang="zh">
      <base:Name>清河电池有限公司</base:Name><base:Address><base:WIPOST3Code>CN</base:WIPOST3Code>
      <base:Province>天津市</base:Province><base:City>市辖区</base:City>
      <base:PostCode>300308</base:PostCode>
      <base:Text>300308 天津市滨海新区一路1号</base:Text></base:Address></base:AddressBook>
    </business:Applicant>
   </business:ApplicantDetails>
   <business:AssigneeDetails><business:Assignee><base:AddressBook><base:Name>清河电池有限公司</base:Name>
     </base:AddressBook></business:Assignee></business:AssigneeDetails>
   <business:InventorDetails><business:Inventor><base:AddressBook><base:Name>张三</base:Name>
     </base:AddressBook></business:Inventor></business:InventorDetails>
   <business:AgentDetails><business:Agent><base:AddressBook><base:Name>李四</base:Name>
     </base:AddressBook><business:Agency><base:AddressBook>
     <base:OrganizationName>某专利代理有限公司 12107</base:OrganizationName></base:AddressBook>
     </business:Agency></business:Agent></business:AgentDetails>
  </business:Parties>
  <business:PriorityDetails><business:PriorityClaim><base:WIPOST3Code>JP</base:WIPOST3Code>
    <base:DocNumber>2017-000001</base:DocNumber><base:Date>20170101</base:Date>
  </business:PriorityClaim></business:PriorityDetails>
  <business:ReferencesCited><business:Citation><business:PublicationReference>
    <base:DocumentID><base:DocNumber>203000001</base:DocNumber></base:DocumentID>
    </business:PublicationReference><business:Applicant><base:Name>别人</base:Name>
    </business:Applicant></business:Citation></business:ReferencesCited>
 </business:BibliographicData>
 <business:Abstract><base:Paragraphs>一种电池及其制法。</base:Paragraphs></business:Abstract>
</business:PatentDocumentAndRelated>
"""
DESIGN = """<?xml version="1.0" encoding="UTF-8"?>
<b:PatentDocumentAndRelated xmlns:b="urn:other" docNumber="305000001" kind="S" country="CN"
  datePublication="20190709"><b:DesignBibliographicData>
  <b:ApplicationReference><b:DocumentID><b:DocNumber>201930000001.1</b:DocNumber>
  <b:Date>20190102</b:Date></b:DocumentID></b:ApplicationReference>
  <b:ClassificationLocarno><b:MainClassification>26-05</b:MainClassification>
  </b:ClassificationLocarno><b:DesignTitle>灯</b:DesignTitle>
  <b:Applicant><b:Name>甲</b:Name><b:Province>浙江省</b:Province><b:City>宁波市</b:City>
  <b:Text>慈溪路1号</b:Text></b:Applicant>
  <b:DesignerDetails><b:Designer><b:Name>乙</b:Name></b:Designer></b:DesignerDetails>
  </b:DesignBibliographicData></b:PatentDocumentAndRelated>"""


def event(number: str, *, code: str = "TR01", date: str = "20190618", attributes: str = "") -> str:
    return f"""<business:PRSRecord PRSID="7" status="C" {attributes}>
  <business:ApplicationReference dataFormat="standard" applType="10"><base:DocumentID>
    <base:DocNumber>102018000123456</base:DocNumber><base:Date>20180207</base:Date>
  </base:DocumentID></business:ApplicationReference>
  <business:ApplicationReference dataFormat="original" applType="10"><base:DocumentID>
    <base:DocNumber>{number}</base:DocNumber></base:DocumentID></business:ApplicationReference>
  <business:IPRType>发明专利</business:IPRType>
  <business:PRSPublicationDate><base:Date>{date}</base:Date></business:PRSPublicationDate>
  <business:PRSCode>{code}</business:PRSCode>
  <business:PRSValue>专利权的转移</business:PRSValue>
  <business:PRSInformation>专利权的转移
登记生效日:20190603
变更事项:专利权人
变更前权利人:清河电池有限公司
变更后权利人:岚山大学
变更事项:地址
变更前权利人:300308 天津市滨海新区一路1号
变更后权利人:276800 山东省日照市学府路9号</business:PRSInformation>
</business:PRSRecord>"""


def status(*events: str) -> str:
    return f'<?xml version="1.0"?><business:PRS {NAMESPACES}>{"".join(events)}</business:PRS>'


def run(tmp_path: Path, form: str, *paths: Path) -> ImportReport:
    return land_import(
        import_format(form),
        list(paths),
        landing_dir=tmp_path / "landing",
        archive_dir=tmp_path / "raw",
    )


def put(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def zipped(*members: tuple[str, str | bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


# ------------------------------------------------------------------------------ bibliography
def test_publication(tmp_path: Path) -> None:
    run(tmp_path, "bulk-biblio", put(tmp_path / "one.xml", DOCUMENT))
    [row] = landed_rows(tmp_path, "imported_publications")
    others: dict[str, Any] = json.loads(row.pop("other_fields"))
    assert row.pop("raw_pointer").endswith("#1")
    assert row == {
        "source_format": "bulk_biblio",
        "publication_authority": "CN",
        "kind_label": None,
        "title": "一种电池2",
        "publication_no": "CN108000001B",
        "publication_date": "20200103",
        "grant_no": None,
        "grant_date": None,
        "application_no": "201810123456.5",
        "application_date": "20180207",
        "applicants": ["清河电池有限公司", "岚山大学"],
        "applicant_addresses": ["300308 天津市滨海新区一路1号", "山东省日照市岚山区学府路9号"],
        "applicant_countries": ["CN", ""],
        "current_holders": [],
        "inventors": ["张三"],
        "postcode": "300308",
        "region": "天津市",
        "ipc": ["H01M 10/0525 (2010.01)", "H01M 4/36 (2006.01)", "C01B32/05"],
        "cpc": [],
        "locarno": [],
        "agencies": ["某专利代理有限公司 12107"],
        "agents": ["李四"],
        "priority": ["JP 2017-000001 20170101"],
        "abstract": "一种电池及其制法。",
        "source_file": "one.xml",
        "source_row": 1,
        "month": "2020-01",
    }
    assert others["applicants"][1] == {
        "name": "岚山大学",
        "province": "山东省",
        "city": "日照市",
        "county": "岚山区",
        "postcode": "276800",
        "text": "学府路9号",
    }
    assert others["holders"] == [{"name": "清河电池有限公司"}]
    assert others["application_references"] == {"standard": "102018000123456"}
    assert others["file"] == "X1.XML"


def test_design_with_other_prefixes_and_flat_parties(tmp_path: Path) -> None:
    run(tmp_path, "bulk-biblio", put(tmp_path / "one.xml", DESIGN))
    [row] = landed_rows(tmp_path, "imported_publications")
    assert row["publication_no"] == "CN305000001S"
    assert row["application_no"] == "201930000001.1"
    assert (row["title"], row["inventors"], row["locarno"]) == ("灯", ["乙"], ["26-05"])
    assert row["applicant_addresses"] == ["浙江省宁波市慈溪路1号"]
    assert row["ipc"] == []


def test_publications_refused_with_a_reason(tmp_path: Path) -> None:
    broken = [
        DOCUMENT.replace('docNumber="108000001"', "").replace("000108000001", ""),
        DOCUMENT.replace('docNumber="108000001"', 'docNumber="1"'),
        DOCUMENT.replace("20200103", "20201301"),
        DOCUMENT.replace("岚山大学", ""),
        DOCUMENT,
    ]
    members = [(f"{n}.xml", text) for n, text in enumerate(broken)]
    report = run(tmp_path, "bulk-biblio", put(tmp_path / "day.zip", zipped(*members)))
    assert (report.rows, report.landed, report.rejected) == (5, 1, 4)
    assert {r["source_row"]: r["reason"] for r in refused_rows(tmp_path)} == {
        1: "publication_no_missing",
        2: "publication_no_unreadable",
        3: "publication_date_unreadable",
        4: "applicant_without_name",
    }


# ------------------------------------------------------------------------------ legal status
def test_legal_status(tmp_path: Path) -> None:
    text = status(
        event("201810123456.5"),
        event("201810123456.4"),
        event("", code="CF01"),
        event("201810123456.5", date="2019"),
        event("201810123456.5", attributes="").replace('status="C"', 'status="D"'),
    )
    report = run(tmp_path, "bulk-legal-status", put(tmp_path / "20190618.XML", text))
    # Without its original form only the standard one is left, which no table uses.
    assert (report.rows, report.landed, report.rejected) == (5, 2, 3)
    assert "1 application numbers have another check digit" in report.files[0].notes[0]
    row, doubtful = landed_rows(tmp_path, "imported_events")
    assert doubtful["application_no"] == "201810123456.4"
    assert row["month"] == "2019-06"
    assert row["application_no"] == "201810123456.5"
    assert (row["event_code"], row["event_type"]) == ("TR01", "专利权的转移")
    assert (row["parsed_type"], row["parsed_effective_date"]) == ("transfer", "2019-06-03")
    assert row["parties_after"] == [
        {"name": "岚山大学", "address": "山东省日照市学府路9号", "postcode": "276800"}
    ]
    others = json.loads(row["other_fields"])
    assert (others["PRSID"], others["IPRType"]) == ("7", "发明专利")
    assert others["application_references"] == {"standard": "102018000123456"}
    assert {r["source_row"]: r["reason"] for r in refused_rows(tmp_path)} == {
        3: "application_no_unreadable",
        4: "event_date_unreadable",
        5: "withdrawn_by_publisher",
    }


def test_a_wrong_check_digit_is_not_put_right_from_the_form_beside_it(tmp_path: Path) -> None:
    text = event("201810123456.4").replace("102018000123456", "201810123456", 1)
    run(tmp_path, "bulk-legal-status", put(tmp_path / "a.xml", status(text)))
    [row] = landed_rows(tmp_path, "imported_events")
    assert row["application_no"] == "201810123456.4"  # for the warehouse to judge
    assert json.loads(row["other_fields"])["application_references"] == {"standard": "201810123456"}


def test_the_form_of_a_number_that_identifies_an_application_goes_first(tmp_path: Path) -> None:
    swapped = event("102018000123456").replace("102018000123456", "201810123456.5", 1)
    run(tmp_path, "bulk-legal-status", put(tmp_path / "a.xml", status(swapped)))
    [row] = landed_rows(tmp_path, "imported_events")
    assert row["application_no"] == "201810123456.5"
    assert json.loads(row["other_fields"])["application_references"] == {
        "original": "102018000123456"
    }


def test_folder_of_days_zips_in_zips_and_what_lies_beside(tmp_path: Path) -> None:
    root = tmp_path / "PRSS"
    put(
        root / "20190618" / "a.ZIP",
        zipped(
            ("/abs/../x/1.XML", status(event("201810123456.5"))),
            ("picture.JPG", b"\xff\xd8"),
            ("__MACOSX/._1.XML", b"\0\5\26\7"),
            ("DOCLIST.XML", "<list/>"),
            ("inner.zip", zipped(("2.xml", status(event("99127080.0", date="20190621"))))),
        ),
    )
    put(root / "20190702" / "loose.xml", status(event("99815620.5", date="20190702")))
    put(root / "20190702" / "readme.txt", "nothing")
    report = run(tmp_path, "bulk-legal-status", root)
    assert (report.rows, report.landed, report.rejected) == (3, 3, 0)
    assert [f.file for f in report.files] == ["PRSS/20190618/a.ZIP", "PRSS/20190702"]
    assert report.files[0].notes == (
        "members without a record: 1 .jpg, 1 XML list, "
        "1 files of the program that made the zip file",
    )
    rows = landed_rows(tmp_path, "imported_events")
    assert [(r["month"], r["source_file"], r["source_row"]) for r in rows] == [
        ("2019-06", "PRSS/20190618/a.ZIP", 1),
        ("2019-06", "PRSS/20190618/a.ZIP", 2),
        ("2019-07", "PRSS/20190702/loose.xml", 1),
    ]
    assert set(run(tmp_path, "bulk-legal-status", root).months.values()) == {"unchanged"}


def test_gb18030_as_declared(tmp_path: Path) -> None:
    text = status(event("201810123456.5")).replace(
        '<?xml version="1.0"?>', '<?xml version="1.0" encoding="GB18030"?>'
    )
    run(tmp_path, "bulk-legal-status", put(tmp_path / "a.xml", text.encode("gb18030")))
    [row] = landed_rows(tmp_path, "imported_events")
    assert row["event_type"] == "专利权的转移"


# ------------------------------------------------------------------------------ refused whole
ENTITY = (
    '<?xml version="1.0"?><!DOCTYPE PRS [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    f"<business:PRS {NAMESPACES}>{event('&x;')}</business:PRS>"
)
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE PRS [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    f"<business:PRS {NAMESPACES}>{event('&b;')}</business:PRS>"
)


@pytest.mark.parametrize(
    ("name", "content", "kind", "said"),
    [
        ("a.xml", status(event("201810123456.5"))[:-20], XmlFileError, "no well-formed XML"),
        ("a.xml", b"", ImportFileError, "a.xml"),
        ("a.xml", ENTITY, XmlFileError, "declares entities"),
        ("a.xml", LAUGHS, XmlFileError, "declares entities"),
        ("a.xml", status(), TruncatedFileError, "holds no PRSRecord"),
        ("a.xml", DOCUMENT, UnknownColumnError, "greenties import bulk-biblio"),
        (
            "a.zip",
            zipped(("1.xml", status(event("99127080"))))[:-30],
            ArchiveError,
            "cannot be read",
        ),
        ("a.zip", zipped(("1.txt", "x")), TruncatedFileError, r"\.txt \(1\)"),
        (
            "a.zip",
            zipped(("1.xml", status(event("99127080"))), ("2.xml", "<PRS>")),
            XmlFileError,
            "2.xml",
        ),
    ],
)
def test_refused_whole(
    tmp_path: Path, name: str, content: str | bytes, kind: type[ImportFileError], said: str
) -> None:
    good = put(tmp_path / "good.xml", status(event("99127080")))
    with pytest.raises(kind, match=said):
        run(tmp_path, "bulk-legal-status", good, put(tmp_path / name, content))
    assert landed_rows(tmp_path, "imported_events") == []
    assert not (tmp_path / "raw").exists()


def test_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImportFileError, match="neither zip nor XML"):
        run(tmp_path, "bulk-biblio", tmp_path / "empty")


def test_zip_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "RATIO_FROM_BYTES", 1 << 20)
    text = status(event("99127080").replace("专利权的转移\n", " " * (4 << 20)))
    packed = zipped(("1.xml", text))
    assert len(packed) < 20_000
    with pytest.raises(ArchiveError, match="zip bomb"):
        run(tmp_path, "bulk-legal-status", put(tmp_path / "bomb.zip", packed))


def test_total_of_a_file_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = status(*[event("99127080")] * 20)
    many = zipped(*[(f"{n}.xml", text) for n in range(5)])
    monkeypatch.setattr(archives, "MAX_TOTAL_BYTES", 3 * len(text.encode()))
    with pytest.raises(ArchiveError, match="zip bomb"):
        run(tmp_path, "bulk-legal-status", put(tmp_path / "many.zip", many))


def test_depth_is_limited(tmp_path: Path) -> None:
    content = zipped(("1.xml", status(event("99127080"))))
    for _ in range(archives.MAX_DEPTH):
        content = zipped(("in.zip", content))
    with pytest.raises(ArchiveError, match="more than 3 deep"):
        run(tmp_path, "bulk-legal-status", put(tmp_path / "deep.zip", content))


def test_damaged_member(tmp_path: Path) -> None:
    content = bytearray(zipped(("1.xml", status(event("99127080")))))
    content[200] ^= 0xFF
    with pytest.raises(ImportFileError, match=r"1\.xml"):
        run(tmp_path, "bulk-legal-status", put(tmp_path / "bad.zip", bytes(content)))
