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
    correction_date: str | None  # 更正文献出版日, of a corrected publication
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
    # transfer, rename, address_change, holder_added, holder_dropped, licence, pledge,
    # preservation, termination, correction, other
    parsed_type: str
    parsed_item: str | None  # 专利权人, 申请人
    parsed_effective_date: str | None  # 登记生效日, ISO
    parsed_ipc: str | None
    parsed_reference_no: str | None  # 合同备案号, 登记号, 决定号, 更正号
    parties_before: tuple[Party, ...]  # 变更前权利人; of a licence 让与人, of a pledge 出质人
    parties_after: tuple[Party, ...]  # 变更后权利人; of a licence 受让人, of a pledge 质权人
    parse_problems: tuple[str, ...]
    source_file: str
    source_row: int
    raw_pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDocument:
    """One provincial document on university-industry-research cooperation (产学研政策文件)."""

    document_id: str  # the publisher's own id
    province_name: str
    title: str
    document_no: str | None  # 文号
    issuers: tuple[str, ...]  # 发文机关, every one named
    issued_date: str | None  # 成文日期, as printed
    published_date: str  # 发布日期, as printed
    text: str  # 正文, paragraphs separated by line breaks
    source_file: str
    source_row: int
    raw_pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedPublication:
    """One row of an export or dump of publications, columns as the map of its format says.

    Lists are split at the separator that the format's map declares and at nothing else; every
    element, and every other value, stays as written. Columns that have no field here are kept in
    ``other_fields``.
    """

    source_format: str  # name of the column map: pss, patsnap, incopat, ...
    publication_authority: str | None  # two letters, where a column or the number says it
    kind_label: str | None  # 专利类型 as written
    title: str | None
    publication_no: str | None
    publication_date: str | None
    grant_no: str | None  # 授权公告号, where the format has it beside the publication
    grant_date: str | None
    application_no: str | None
    application_date: str | None
    applicants: tuple[str, ...]
    applicant_addresses: tuple[str, ...]
    applicant_countries: tuple[str, ...]
    current_holders: tuple[str, ...]  # 当前权利人
    inventors: tuple[str, ...]
    postcode: str | None
    region: str | None  # 国省代码, 所在国（省）
    ipc: tuple[str, ...]  # main symbol first where the format says which it is
    cpc: tuple[str, ...]
    locarno: tuple[str, ...]
    agencies: tuple[str, ...]
    agents: tuple[str, ...]
    priority: tuple[str, ...]
    abstract: str | None
    other_fields: str | None  # JSON object, header name as written -> value as written
    source_file: str  # name of the imported file
    source_row: int  # line (CSV, JSON lines), sheet row or record of that file, header = 1
    raw_pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedEvent:
    """One legal event of an export or dump (法律状态), text as written and as read."""

    source_format: str  # legal_events, bulk_legal_status, ...
    application_no: str | None
    publication_no: str | None  # 授权公告号, with or without CN
    event_date: str  # 法律状态公告日 as written
    event_code: str | None  # PRSCode: TR01, CP03, ...
    event_type: str | None  # 法律状态, 事务数据类型
    event_text: str | None  # 法律状态信息
    parsed_type: str
    parsed_item: str | None
    parsed_effective_date: str | None
    parsed_ipc: str | None
    parsed_reference_no: str | None
    parties_before: tuple[Party, ...]
    parties_after: tuple[Party, ...]
    parse_problems: tuple[str, ...]
    other_fields: str | None
    source_file: str
    source_row: int
    raw_pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedYearbookValue:
    """One cell of a yearbook table that a user brought along (统计年鉴), in long form."""

    level: str  # city or province
    year: str
    region_code: str | None  # as written
    region_name: str | None  # as written
    variable: str  # field of CityYear or ProvinceYear
    value: str | None  # as written
    unit: str  # as declared for the column
    value_in_table_unit: str | None  # exact decimal in the unit of CityYear or ProvinceYear
    column_name: str  # header as written
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
    "policy_documents": PolicyDocument,
    "gazette_csv": GazetteCsvPublication,
    "imported_publications": ImportedPublication,
    "imported_events": ImportedEvent,
    "imported_yearbook_values": ImportedYearbookValue,
    # A table of its own: a crawl replaces its month whole and must not take these rows along.
    "imported_policy_documents": PolicyDocument,
}
