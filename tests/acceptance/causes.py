"""Every difference between the published panel and the true one, traced to what caused it.

A cell is a sum of contributions: a patent and a partner city, a patent, an event and a city. The
link table of the warehouse names ours, the truth of the office those that there should be; each one
that only one side has is a deviation of one unit with one cause. Cells that count distinct partner
cities deviate by partner: the cause is that of the contribution that should have brought it.
"""

from __future__ import annotations

import duckdb

from tests.acceptance.measures import as_table

# Applicants of the document whose list was taken, ours beside the true ones.
_APPLICANTS = """
create or replace temp table judged as
with ours as (
    select
        replace(f.application_no, '.', '') as application_no, p.publication_no, a.applicant_seq,
        a.adcode, a.city_rule, a.reason
    from marts.fct_application_applicants as a
    inner join marts.fct_publications as p using (publication_id)
    inner join marts.fct_applications as f on a.application_id = f.application_id
), taken as (
    select distinct publication_no from ours
)
select
    t.application_no, t.publication_no, t.applicant_seq::integer as applicant_seq,
    t.node_code, t.decidable = '1' as is_decidable, t.why, o.adcode, o.city_rule, o.reason,
    case
        when t.node_code is not distinct from o.adcode then null
        when o.adcode is null then 'not located'
        else 'placed elsewhere'
    end as what
from t.truth.applicants as t
inner join taken using (publication_no)
left join ours as o
    on t.publication_no = o.publication_no and t.applicant_seq::integer = o.applicant_seq
"""

_TRUE = """
create or replace temp table true_units as
with granted as (
    select a.application_no, left(a.grant_date, 4)::integer as year, x.node_code as city
    from t.truth.applications as a
    inner join t.truth.applicants as x using (application_no)
    where a.is_green_paper7_any_prefix = '1' and a.grant_date is not null
        and x.node_code is not null
        and (x.publication_no like '%B' or x.publication_no like '%C')
    group by all
), sold as (
    select e.application_no, left(e.registered, 4)::integer as year, b.city as from_city,
        c.city as to_city, e.is_granted = '1' as is_granted
    from t.truth.transfers as e,
        unnest(string_split(e.from_cities, '|')) as b(city),
        unnest(string_split(e.to_cities, '|')) as c(city)
    where e.type = 'sale' and e.is_green_invention = '1' and b.city <> c.city
        and b.city <> 'outside' and c.city <> 'outside'
    group by all
)
select 'joint' as family, a.year, a.city, b.city as other_city, a.application_no
from granted as a inner join granted as b using (application_no, year)
where a.city <> b.city
union all
select 'gpatent', year, city, '', application_no from granted
union all
select 'gtr', year, from_city, to_city, application_no from sold where is_granted group by all
union all
select 'sold', year, from_city, to_city, application_no from sold group by all
union all
select 'bought', year, to_city, from_city, application_no from sold group by all
"""

_OURS = """
create or replace temp table our_units as
select distinct
    case c.variable
        when 'rsi' then 'joint' when 'transfer_out_degree' then 'sold'
        when 'transfer_in_degree' then 'bought' else c.variable
    end as family,
    c.year, c.adcode as city, coalesce(c.other_city, '') as other_city,
    replace(f.application_no, '.', '') as application_no
from marts.fct_cell_applications as c
inner join marts.fct_applications as f using (application_id)
where c.variable in ('rsi', 'gpatent', 'gtr', 'transfer_out_degree', 'transfer_in_degree')
"""

_DIFFERENT = """
create or replace temp table different as
select
    coalesce(o.family, t.family) as family, coalesce(o.year, t.year) as year,
    coalesce(o.city, t.city) as city, coalesce(o.other_city, t.other_city) as other_city,
    coalesce(o.application_no, t.application_no) as application_no,
    if(t.family is null, 1, -1) as delta
from our_units as o full join true_units as t
    using (family, year, city, other_city, application_no)
where o.family is null or t.family is null
"""

# The events behind a sale, ours beside the true ones.
_SALES = """
create or replace temp table sales as
with ours as (
    select replace(application_no, '.', '') as application_no, gazette_date::varchar as day,
        list(transfer_type) as types, list(year) as years,
        string_agg(before_cities || '; ' || after_cities, '; ') as cities
    from marts.fct_assignments where transfer_type not in ('licence', 'pledge', 'correction')
    group by all
), theirs as (
    select application_no, gazette_date as day, left(registered, 4)::integer as year,
        list(type) as types, min(has_text) as has_text,
        string_agg(from_cities || '|' || to_cities, '|') as cities
    from t.truth.transfers where type not like '%_change' group by all
)
select
    coalesce(t.application_no, o.application_no) as application_no, t.year,
    case
        when o.day is null then 'event not found'
        when t.day is null then 'event of another application or day'
        when t.has_text = '0' then 'event without text'
        when list_contains(t.types, 'sale') and not list_contains(o.types, 'sale')
            then 'type: sale taken for ' || o.types[1]
        when not list_contains(t.types, 'sale') and list_contains(o.types, 'sale')
            then 'type: ' || t.types[1] || ' taken for sale'
        when not list_contains(o.years, t.year) then 'day of registration'
        when o.cities like '%?%' then 'holder not located'
        when list_has_any(
            list_filter(string_split(o.cities, '; '), lambda c: c not in ('?', '')),
            list_filter(string_split(o.cities, '; '), lambda c:
                c not in ('?', '') and not list_contains(string_split(t.cities, '|'), c))
        ) then 'holder placed elsewhere'
    end as cause
from theirs as t full join ours as o using (application_no, day)
"""

_CAUSES = """
create or replace temp table caused as
with applicant_causes as (
    -- Of the applicants that are not where they truly are: the one that explains this city.
    select d.family, d.year, d.city, d.other_city, d.application_no, d.delta,
        min(j.what || ': ' || j.why || if(j.is_decidable, ' (decidable)', '')) as cause
    from different as d
    inner join judged as j
        on d.application_no = j.application_no and j.what is not null
        and (
            (d.delta = -1 and j.node_code in (d.city, d.other_city))
            or (d.delta = 1 and j.adcode in (d.city, d.other_city))
        )
    where d.family in ('joint', 'gpatent')
    group by all
), known as (
    select a.application_no, bool_or(f.is_green) as is_green,
        max(year(f.grant_date)) as grant_year
    from t.truth.applications as a
    inner join marts.fct_applications as f
        on a.application_no = replace(f.application_no, '.', '')
    group by all
), damaged as (
    select application_no, min(kind) as kind from t.truth.damage
    where record = 'publication' and field in ('application_no', 'applicants', 'address')
        and kind in ('number_slip', 'check_digit_lost', 'zero_lost', 'glued', 'first_swapped',
            'coapplicant_left_out')
    group by all
), listed as (
    select distinct application_no from judged
), sale_causes as (
    select application_no, min(cause) as cause from sales where cause is not null group by all
)
select
    d.*,
    coalesce(
        case
            when d.family in ('joint', 'gpatent') and k.application_no is null
                then 'record under another number' || coalesce(': ' || m.kind, '')
            when d.family in ('joint', 'gpatent') and d.delta = -1 and not k.is_green
                then 'not tagged green'
            when d.family in ('joint', 'gpatent') and d.delta = -1
                and k.grant_year is distinct from d.year then 'grant of another year or not known'
        end,
        a.cause, s.cause,
        case when m.kind is not null then 'damaged record: ' || m.kind end,
        'unexplained'
    ) as cause
from different as d
left join applicant_causes as a using (family, year, city, other_city, application_no, delta)
left join known as k on d.application_no = k.application_no
left join damaged as m on d.application_no = m.application_no
left join sale_causes as s
    on d.application_no = s.application_no and d.family in ('gtr', 'sold', 'bought')
"""

# Columns as sums: of units, or of partner cities that one side alone has.
_DEVIATIONS = """
create or replace temp table deviations as
with partners as (
    select family, year, city, other_city from our_units
    where family in ('joint', 'sold', 'bought') group by all
), true_partners as (
    select family, year, city, other_city from true_units
    where family in ('joint', 'sold', 'bought') group by all
), other_partners as (
    select coalesce(o.family, t.family) as family, coalesce(o.year, t.year) as year,
        coalesce(o.city, t.city) as city, coalesce(o.other_city, t.other_city) as other_city,
        if(t.family is null, 1, -1) as delta
    from partners as o full join true_partners as t using (family, year, city, other_city)
    where o.family is null or t.family is null
), caused_partners as (
    select p.*, coalesce(min(c.cause), 'unexplained') as cause
    from other_partners as p
    left join caused as c using (family, year, city, other_city, delta)
    group by all
)
select
    case family when 'joint' then 'rsi' else family end as column_name, city, year, delta, cause
from caused where family in ('joint', 'gpatent', 'gtr')
union all
select
    case p.family when 'joint' then 'extensive' when 'sold' then 'transfer_out_degree'
        else 'transfer_in_degree' end,
    p.city, p.year, p.delta, p.cause
from caused_partners as p
"""

# Cell by cell: what is published less what is true, in units, against the sum of the deviations.
_UNTRACED = """
with ours as (
    unpivot (
        select adcode, year, rsi::double as rsi, extensive::double as extensive,
            gpatent::double as gpatent, gtr::double as gtr,
            round(transfer_out_degree * (n_network_nodes - 1)) as transfer_out_degree,
            round(transfer_in_degree * (n_network_nodes - 1)) as transfer_in_degree
        from marts.fct_node_years
    ) on columns(* exclude (adcode, year)) into name column_name value value
), true_cells as (
    select adcode, year::integer as year, column_name,
        if(column_name like '%degree', round(value::double * 340), value::double) as true_value
    from t.truth.panel_decidable where column_name <> 'copatent_degree'
), traced as (
    select column_name, city as adcode, year, sum(delta) as delta from deviations group by all
)
select o.column_name, o.adcode, o.year, o.value, c.true_value, coalesce(d.delta, 0) as traced
from ours as o
inner join true_cells as c using (adcode, year, column_name)
left join traced as d using (adcode, year, column_name)
where abs(o.value - c.true_value - coalesce(d.delta, 0)) > 1e-6
order by all
"""

# Names as the link table gives them; degrees are counted in partners.
COLUMNS = ("rsi", "extensive", "gpatent", "gtr", "transfer_out_degree", "transfer_in_degree")


def trace(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table ``deviations``: column, city, year, delta in units, cause."""
    for step in (_APPLICANTS, _TRUE, _OURS, _DIFFERENT, _SALES, _CAUSES, _DEVIATIONS):
        connection.execute(step)


def untraced(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    """Return the cells whose deviation is not the sum of the traced ones; needs `trace`."""
    return [tuple(row) for row in connection.sql(_UNTRACED).fetchall()]


def unexplained(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    """Return the deviations without a cause; needs `trace`."""
    rows = connection.sql(
        "select * from deviations where cause = 'unexplained' order by all limit 20"
    ).fetchall()
    return [tuple(row) for row in rows]


def causes(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, int, int, int]]:
    """Return column, cause, units missing, units too many, city-years; needs `trace`."""
    rows = connection.sql(
        "select column_name, cause, -sum(delta) filter (delta < 0), "
        "sum(delta) filter (delta > 0), count(distinct (city, year)) "
        "from deviations group by all order by 1, 3 desc nulls last, 2"
    ).fetchall()
    return [(c, k, int(a or 0), int(b or 0), int(n)) for c, k, a, b, n in rows]


def causes_table(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the causes as a Markdown table; needs `trace`."""
    header = ("column", "cause", "missing", "too many", "city-years")
    return as_table(header, causes(connection))
