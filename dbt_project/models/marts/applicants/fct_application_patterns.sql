-- Who joins whom (产学研): the types among the applicants of a joint application. Natural persons are counted but make no
-- pattern; two names of one organisation are one partner.
with positions as (

    -- distinct lists first: many applications carry one
    select
        l.applicants_key,
        l.applicant_seq,
        c.applicant_type,
        c.sub_type,
        coalesce(e.entity_id, c.applicant_id) as partner_id
    from {{ ref('int_applicant_lists') }} as l
    inner join {{ ref('int_applicants_classified') }} as c on l.applicant_name = c.applicant_name
    inner join {{ ref('int_applicant_entities') }} as e on l.applicant_name = e.applicant_name
    where l.n_applicants > 1

),

counted as (

    select
        p.applicants_key,
        count(*) as n_applicants,
        count(distinct p.partner_id) filter (where p.applicant_type = 'university') as n_universities,
        count(distinct p.partner_id) filter (where p.applicant_type = 'institute') as n_institutes,
        count(distinct p.partner_id) filter (where p.applicant_type = 'enterprise') as n_enterprises,
        count(distinct p.partner_id) filter (where p.applicant_type = 'government') as n_government,
        count(distinct p.partner_id) filter (where p.applicant_type = 'individual') as n_individuals,
        string_agg(
            cast(p.applicant_seq as varchar) || ':' || p.applicant_type || '/' || p.sub_type, '; '
            order by p.applicant_seq
        ) as positions
    from positions as p
    group by p.applicants_key

),

typed as (

    select
        c.*,
        c.n_universities + c.n_institutes + c.n_enterprises + c.n_government as n_organisations,
        nullif(concat_ws(
            '-',
            if(c.n_universities > 0, 'university', null),
            if(c.n_institutes > 0, 'institute', null),
            if(c.n_enterprises > 0, 'enterprise', null),
            if(c.n_government > 0, 'government', null)
        ), '') as types
    from counted as c

)

select
    -- computed for those that are joint alone
    {{ application_id('a.application_key') }} as application_id,
    cast(t.n_applicants as integer) as n_applicants,
    cast(t.n_universities as integer) as n_universities,
    cast(t.n_institutes as integer) as n_institutes,
    cast(t.n_enterprises as integer) as n_enterprises,
    cast(t.n_government as integer) as n_government,
    cast(t.n_individuals as integer) as n_individuals,
    case
        when t.n_organisations = 0 then 'individuals'
        when t.n_organisations = 1 and t.n_individuals > 0 then 'organisation-individual'
        when t.n_organisations = 1 then 'one_organisation'
        -- several of one type: enterprise-enterprise
        when not contains(t.types, '-') then t.types || '-' || t.types
        else t.types
    end as pattern,
    -- industry (产) with learning (学) or research (研)
    t.n_enterprises > 0 and t.n_universities + t.n_institutes > 0 as is_industry_research,
    t.positions
from {{ ref('int_applications_folded') }} as a
inner join typed as t on a.applicants_key = t.applicants_key
