-- Everything that was said for two names being one organisation, and what became of it.
with pairs as (

    select
        a.applicant_id as first_id,
        b.applicant_id as second_id,
        l.rule,
        l.confidence,
        l.since_date,
        l.n_evidence,
        cast(null as varchar) as evidence,
        cast(null as varchar) as verdict
    from {{ ref('int_applicant_links') }} as l
    inner join {{ ref('int_applicant_names_parsed') }} as a on l.name_a = a.applicant_name
    inner join {{ ref('int_applicant_names_parsed') }} as b on l.name_b = b.applicant_name

    union all

    select
        a.applicant_id as first_id,
        b.applicant_id as second_id,
        'rename_event' as rule,
        cast(0 as decimal(4, 2)) as confidence,
        r.change_date as since_date,
        r.n_events as n_evidence,
        null as evidence,
        'doubted: ' || r.doubt as verdict
    from {{ ref('int_applicant_renames') }} as r
    inner join {{ ref('int_applicant_names_parsed') }} as a on r.old_name = a.applicant_name
    inner join {{ ref('int_applicant_names_parsed') }} as b on r.new_name = b.applicant_name
    where r.doubt is not null

    union all

    select
        p.applicant_a as first_id,
        p.applicant_b as second_id,
        'linked' as rule,
        cast(p.probability as decimal(4, 2)) as confidence,
        cast(null as date) as since_date,
        cast(1 as bigint) as n_evidence,
        p.evidence,
        p.decision as verdict
    from {{ source('analysis', 'applicant_pairs') }} as p

    union all

    select
        a.applicant_id as first_id,
        b.applicant_id as second_id,
        'manual' as rule,
        cast(1 as decimal(4, 2)) as confidence,
        d.decided_on as since_date,
        cast(1 as bigint) as n_evidence,
        d.decision || ' by ' || d.who || ': ' || d.why as evidence,
        coalesce(d.problem, d.decision) as verdict
    from {{ ref('int_applicant_decisions') }} as d
    inner join {{ ref('int_applicant_names_parsed') }} as a on d.name_a = a.applicant_name
    inner join {{ ref('int_applicant_names_parsed') }} as b on d.name_b = b.applicant_name
    where d.problem is null or d.problem <> 'later_decision'

),

ordered as (

    select
        least(p.first_id, p.second_id) as applicant_a,
        greatest(p.first_id, p.second_id) as applicant_b,
        p.rule,
        p.confidence,
        p.since_date,
        p.n_evidence,
        p.evidence,
        p.verdict
    from pairs as p

),

told as (

    select
        o.applicant_a,
        o.applicant_b,
        o.rule,
        max(o.confidence) as confidence,
        min(o.since_date) as since_date,
        cast(sum(o.n_evidence) as bigint) as n_evidence,
        string_agg(o.evidence, ' | ' order by o.evidence) as evidence,
        string_agg(o.verdict, ' | ' order by o.verdict) as verdict
    from ordered as o
    group by o.applicant_a, o.applicant_b, o.rule

)

select
    md5('applicant_link|' || t.applicant_a || '|' || t.applicant_b || '|' || t.rule) as link_id,
    t.applicant_a,
    t.applicant_b,
    c.published_name as name_a,
    d.published_name as name_b,
    t.rule,
    t.confidence,
    t.since_date,
    t.n_evidence,
    t.evidence,
    e.entity_id = f.entity_id as is_one_entity,
    coalesce(t.verdict, if(e.entity_id = f.entity_id, 'joined', 'kept_apart')) as verdict
from told as t
inner join {{ ref('int_applicants_classified') }} as c on t.applicant_a = c.applicant_id
inner join {{ ref('int_applicants_classified') }} as d on t.applicant_b = d.applicant_id
inner join {{ ref('int_applicant_entities') }} as e on t.applicant_a = e.applicant_id
inner join {{ ref('int_applicant_entities') }} as f on t.applicant_b = f.applicant_id
