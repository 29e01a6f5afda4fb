-- Applicants and holders, once each: an organisation by its name, a person by name and place.
with appearances as (

    select
        a.applicant_id,
        a.applicant_name,
        a.node_code,
        a.country_or_area,
        a.city_rule,
        a.confidence,
        a.n_applications,
        a.year
    from {{ ref('int_groups_located') }} as a

    union all

    select
        p.applicant_id,
        p.party_name as applicant_name,
        p.node_code,
        p.country_or_area,
        p.city_rule,
        p.confidence,
        1 as n_applications,
        cast(u.effective_year as integer) as year
    from {{ ref('int_parties_located') }} as p
    inner join {{ ref('int_parties_unnested') }} as u
        on p.assignment_id = u.assignment_id and p.side = u.side and p.party_seq = u.party_seq

),

-- an applicant who stands twice on a list has one application there
filings as (

    select
        f.applicant_id,
        sum(f.n_applications) as n_applications
    from (
        select distinct
            a.applicant_id,
            a.applicants_key,
            a.group_address,
            a.group_year,
            a.own_key,
            a.n_applications
        from {{ ref('int_groups_located') }} as a
    ) as f
    group by f.applicant_id

),

transfers as (

    select
        p.applicant_id,
        count(distinct p.assignment_id) as n_transfers
    from {{ ref('int_parties_located') }} as p
    group by p.applicant_id

),

named as (

    select
        a.applicant_id,
        min(a.applicant_name) as applicant_name,
        min(a.year) as first_year,
        max(a.year) as last_year,
        count(distinct a.node_code) as n_cities
    from appearances as a
    group by a.applicant_id

),

applicants as (

    select
        n.*,
        coalesce(f.n_applications, 0) as n_applications,
        coalesce(t.n_transfers, 0) as n_transfers
    from named as n
    left join filings as f on n.applicant_id = f.applicant_id
    left join transfers as t on n.applicant_id = t.applicant_id

),

places as (

    select
        a.applicant_id,
        a.node_code,
        a.country_or_area,
        arg_max(a.city_rule, (a.confidence, a.city_rule)) as city_rule,
        max(a.confidence) as confidence,
        row_number() over (
            partition by a.applicant_id
            order by
                a.node_code is not null desc, sum(a.n_applications) desc, max(a.confidence) desc,
                a.node_code asc, a.country_or_area asc
        ) as place_rank
    from appearances as a
    where a.country_or_area is not null
    group by a.applicant_id, a.node_code, a.country_or_area

)

select
    a.applicant_id,
    coalesce(e.entity_id, a.applicant_id) as entity_id,
    c.published_name,
    coalesce(i.entity_name, c.published_name) as entity_name,
    case when c.is_person then 'person' else e.entity_rule end as entity_rule,
    if(c.is_person, null, e.confidence) as entity_confidence,
    cast(year(y.valid_from_date) as integer) as valid_from_year,
    cast(year(y.valid_to_date) as integer) as valid_to_year,
    c.applicant_type,
    case
        when c.applicant_type = 'enterprise' and p.country_or_area in ('HK', 'MO', 'TW') then 'non_mainland_company'
        when c.applicant_type = 'enterprise' and p.country_or_area <> 'CN' then 'foreign_company'
        else c.sub_type
    end as sub_type,
    case
        when c.applicant_type = 'enterprise' and p.country_or_area <> 'CN' then 'place'
        else c.sub_type_rule
    end as sub_type_rule,
    -- the name of an institution is no secret; what no word proves to be one may be a person's
    if(starts_with(c.published_name, 'keyed:'), null, n.parent_name) as parent_name,
    if(starts_with(c.published_name, 'keyed:'), null, n.part_kind) as part_kind,
    c.is_person,
    c.type_rule,
    c.confidence as type_confidence,
    p.node_code,
    p.country_or_area,
    p.city_rule,
    coalesce(p.confidence, cast(0 as decimal(4, 2))) as confidence,
    cast(a.n_cities as bigint) as n_cities,
    cast(a.n_applications as bigint) as n_applications,
    cast(a.n_transfers as bigint) as n_transfers,
    a.first_year,
    a.last_year
from applicants as a
inner join {{ ref('int_applicants_classified') }} as c on a.applicant_name = c.applicant_name
inner join {{ ref('int_applicant_entities') }} as e on a.applicant_name = e.applicant_name
left join {{ ref('dim_applicant_entities') }} as i on e.entity_id = i.entity_id
left join {{ ref('int_applicant_name_years') }} as y on a.applicant_name = y.applicant_name
left join {{ ref('int_applicant_names_parsed') }} as n on a.applicant_name = n.applicant_name
left join places as p on a.applicant_id = p.applicant_id and p.place_rank = 1
order by a.applicant_id
