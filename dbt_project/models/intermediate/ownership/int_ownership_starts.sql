-- Owners of a patent at filing: its applicants in equal parts. Where the record that names them was printed after
-- the first event and names others than that event found, the event knows better.
with patents as (

    select distinct i.application_key, e.application_id
    from {{ ref('int_ownership_events') }} as e
    inner join {{ ref('int_assignments_identified') }} as i on e.application_id = i.application_id

),

named as (

    select
        p.application_id,
        s.applicant_seq,
        s.publication_date,
        s.applicants_truncated,
        if(c.wrong_name is null, s.applicant_name, c.right_name) as applicant_name
    from {{ ref('int_applicants_split') }} as s
    inner join patents as p
        on s.application_key = p.application_key
    left join {{ ref('int_ownership_corrections') }} as c
        on p.application_id = c.application_id and s.applicant_name = c.wrong_name

),

keyed_applicants as (

    select
        n.application_id,
        n.applicant_seq,
        n.publication_date,
        n.applicants_truncated,
        {{ owner_key_of('k', 'n.applicant_name') }} as owner_key,
        coalesce(k.published_name, {{ keyed('n.applicant_name') }}) as owner_name
    from named as n
    left join {{ ref('int_applicant_keys') }} as k
        on n.applicant_name = k.applicant_name
    where n.applicant_name is not null

),

applicants as (

    select
        k.application_id,
        k.owner_key,
        min(k.applicant_seq) as applicant_seq,
        arg_min(k.owner_name, k.applicant_seq) as owner_name,
        min(k.publication_date) as publication_date,
        bool_or(k.applicants_truncated) as is_truncated
    from keyed_applicants as k
    group by k.application_id, k.owner_key

),

lists as (

    select
        a.application_id,
        list(
            {{ owner_struct('a.owner_key', 'a.owner_name', 'cast(1 as bigint)') }}
            order by a.applicant_seq
        ) as owners,
        list_sort(list(a.owner_key)) as owner_keys,
        min(a.publication_date) as publication_date,
        bool_or(a.is_truncated) as is_truncated
    from applicants as a
    group by a.application_id

),

first_events as (

    select
        e.application_id,
        arg_min(e.event_date, e.step) as event_date,
        arg_min(
            list_transform(
                e.before_owners,
                lambda o: {{ owner_struct('o.owner_key', 'o.owner_name', 'cast(1 as bigint)') }}
            ), e.step
        ) as owners,
        arg_min(list_sort(list_transform(e.before_owners, lambda o: o.owner_key)), e.step) as owner_keys
    from {{ ref('int_ownership_events') }} as e
    where len(e.before_owners) > 0
    group by e.application_id

),

judged as (

    select
        l.application_id,
        l.owners,
        l.is_truncated,
        f.owners as first_owners,
        coalesce(f.event_date <= l.publication_date and f.owner_keys <> l.owner_keys, false) as is_printed_later
    from lists as l
    left join first_events as f
        on l.application_id = f.application_id

),

chosen as (

    select
        j.application_id,
        if(j.is_printed_later, j.first_owners, j.owners) as owners,
        case
            when j.is_printed_later then 'holders_of_first_event'
            when j.is_truncated then 'applicants_cut_off'
            else 'applicants_in_equal_parts'
        end as rule
    from judged as j

)

select
    c.application_id,
    -- without a readable filing date the first publication is the first that is known of it
    coalesce(a.filing_date, a.first_publication_date) as start_date,
    c.owners,
    cast(len(c.owners) as bigint) as denominator,
    c.rule,
    cast(r.confidence as decimal(4, 2)) as confidence
from chosen as c
inner join patents as p
    on c.application_id = p.application_id
inner join {{ ref('int_applications_folded') }} as a
    on p.application_key = a.application_key
left join {{ ref('ownership_rules') }} as r
    on c.rule = r.rule
