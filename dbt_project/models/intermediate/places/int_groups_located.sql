-- Every applicant with its city, once for applications that are alike: the own address where there is one, else the
-- ladder.
with applicants as (

    select
        s.applicants_key,
        s.group_address,
        s.group_year,
        s.own_key,
        s.n_applications,
        s.applicant_seq,
        s.applicant_name,
        s.address_text,
        s.basis_year as year,
        c.applicant_id as name_id,
        c.applicant_type,
        c.is_person
    from {{ ref('int_applicant_groups') }} as s
    inner join {{ ref('int_applicants_classified') }} as c on s.applicant_name = c.applicant_name

),

rungs as (

    select
        a.*,
        {{ rungs_of('a') }}
    from applicants as a
    {{ join_rungs('a', 'applicant_name') }}

),

placed as (

    select
        r.applicants_key,
        r.group_address,
        r.group_year,
        r.own_key,
        r.n_applications,
        r.applicant_seq,
        r.applicant_name,
        r.name_id,
        r.applicant_type,
        r.is_person,
        r.year,
        if(r.has_own, r.own_adcode_at_date, null) as own_adcode_at_date,
        r.has_own,
        {{ own_or_ladder('r') }}
    from rungs as r

)

select
    p.applicants_key,
    p.group_address,
    p.group_year,
    p.own_key,
    p.n_applications,
    p.applicant_seq,
    {{ placed_applicant_id('p') }} as applicant_id,
    p.applicant_name,
    p.applicant_type,
    p.is_person,
    p.year,
    p.node_code,
    -- the unit of that year is known from an own address; otherwise it is the present one if that was in force
    case
        when p.has_own then p.own_adcode_at_date
        when p.year is null or p.year >= coalesce(s.valid_from_year, 0) then p.node_code
    end as adcode_at_date,
    p.country_or_area,
    p.city_rule,
    p.confidence,
    p.reason
from placed as p
left join {{ ref('stg_reference__prefectures') }} as s on p.node_code = s.adcode and s.is_current
