"""One frozen dataclass per landing table: the contract between spiders, importers and dbt.

Field names keep the publisher's meaning; nothing is trimmed, cast or repaired here. Every table
ends with the same three columns that point back to the raw record (see docs/landing.md).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SipoPatent:
    """One record of the gazette listing (公布公告), as published; source: patentoutline.action."""

    source_type: str  # pip 发明公布, pig 发明授权, pug 实用新型, pdg 外观设计
    record_heading: str  # text between the brackets of the heading, e.g. 发明公布
    title: str
    publication_no: str
    publication_date: str  # YYYY.MM.DD
    application_no: str  # 13 characters, no dot, no CN
    application_date: str
    applicants: str  # 申请人 or 专利权人, hidden overflow names included, "; " + EN SPACE kept
    inventors: str | None
    address: str | None  # postcode glued to the text
    ipc: str | None  # 分类号 with version and I/N, hidden symbols included
    agency: str | None
    agents: str | None
    priority: str | None
    domestic_priority: str | None
    pct_entry_date: str | None
    pct_application: str | None
    pct_publication: str | None
    cited_documents: str | None
    divisional_of: str | None
    bio_deposit: str | None
    abstract: str | None
    source_file: str
    source_row: int
    raw_pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GazetteCsvPublication:
    """One row of a gazette listing saved as CSV by somebody else, columns as the map says."""

    source_type: str  # pip, pig, pug, pdg, from the kind code of the publication number
    title: str | None
    publication_no: str | None
    publication_date: str | None
    application_no: str | None  # as written, spreadsheet damage included
    application_date: str | None
    applicants: str | None
    inventors: str | None
    address: str | None
    ipc: str | None
    source_file: str  # name of the imported file
    source_row: int  # line of the record in that file, header = 1
    raw_pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One holder named in a legal event."""

    name: str
    address: str | None
    postcode: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SipoAssignment:
    """One row of the dated legal-event listing (事务数据查询), text as published and as read."""

    application_no: str
    event_date: str  # 事务数据公告日, YYYY.MM.DD
    event_type: str  # 事务数据类型
    event_text: str
    parsed_type: str  # transfer, rename, address_change, holder_added, holder_dropped, other
    parsed_item: str | None  # 专利权人, 申请人
    parsed_effective_date: str | None  # 登记生效日, ISO
    parsed_ipc: str | None
    parties_before: tuple[Party, ...]
    parties_after: tuple[Party, ...]
    parse_problems: tuple[str, ...]
    source_file: str
    source_row: int
    raw_pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CityYear:
    """One line of the city table of a statistical yearbook; every value as printed."""

    year: str
    adcode: str
    city_name: str
    gdp: str | None  # 地区生产总值, 10,000 yuan
    population: str | None  # 年末总人口, 10,000 persons
    tertiary_share: str | None  # 第三产业占比, percent
    deposits: str | None  # 年末存款余额, 10,000 yuan
    loans: str | None  # 年末贷款余额, 10,000 yuan
    fdi: str | None  # 实际使用外资, 10,000 US dollars
    internet_users: str | None  # 互联网用户, per 100 persons
    ict_employees: str | None  # 信息传输从业人员, percent of employees
    telecom_output: str | None  # 电信业务总量, yuan per head
    mobile_phones: str | None  # 移动电话, per 100 persons
    so2_removal: str | None  # 工业二氧化硫去除率, percent
    cod_removal: str | None  # 工业化学需氧量去除率, percent
    solid_waste_use: str | None  # 工业固体废物综合利用率, percent
    sewage_treatment: str | None  # 污水处理率, percent
    household_waste_treatment: str | None  # 生活垃圾无害化处理率, percent
    source_file: str
    source_row: int
    raw_pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvinceYear:
    """One line of the province table of a statistical yearbook; every value as printed."""

    year: str
    province_code: str
    province_name: str
    gdp: str | None  # 10,000 yuan
    tech_market_turnover: str | None  # 技术市场成交额, 10,000 yuan
    policy_actors: str | None  # 政策主体协同 zts: issuing bodies per document
    policy_tools: str | None  # 政策工具协同 gjs: tool score per document
    ip_disputes: str | None  # 专利侵权纠纷, cases
    patents_granted: str | None  # 专利授权数, patents of all kinds
    source_file: str
    source_row: int
    raw_pointer: str


LANDING_TABLES: dict[str, type] = {
    "sipo_patents": SipoPatent,
    "sipo_assignments": SipoAssignment,
    "citystat_city_years": CityYear,
    "citystat_province_years": ProvinceYear,
    "gazette_csv": GazetteCsvPublication,
}
