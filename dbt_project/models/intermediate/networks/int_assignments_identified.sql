-- One row per landed event. Its holders are compared as sets of names, so that the same event
-- listed under an old and a new code is seen to be the same.
with events as (

    select
        s.*,
        {{ networks_application_no('s.application_no_raw') }} as application_no
    from {{ ref('stg_sipo__assignments') }} as s

),

parties as (

    select
        e.source_file, e.source_row, e.raw_pointer, 'before' as side,
        unnest(e.parties_before) as party
    from events as e
    union all
    select
        e.source_file, e.source_row, e.raw_pointer, 'after' as side,
        unnest(e.parties_after) as party
    from events as e

),

holders as (

    select
        p.source_file,
        p.source_row,
        p.raw_pointer,
        list_sort(list(distinct n.party_name) filter (where p.side = 'before')) as before_names,
        list_sort(list(distinct n.party_name) filter (where p.side = 'after')) as after_names
    from parties as p
    inner join {{ ref('int_party_names') }} as n
        on p.party['name'] = n.party_name_raw
    group by p.source_file, p.source_row, p.raw_pointer

),

named as (

    select
        e.*,
        coalesce(h.before_names, []) as before_names,
        coalesce(h.after_names, []) as after_names
    from events as e
    left join holders as h
        -- File and line meet again in another month of a country written in bulk.
        on e.source_file = h.source_file
        and e.source_row = h.source_row
        and e.raw_pointer is not distinct from h.raw_pointer

),

keyed as (

    select
        n.*,
        coalesce(n.application_no, 'as written: ' || coalesce(n.application_no_raw, '')) as patent_key,
        case
            when n.event_class = 'address' then n.event_text
            else array_to_string(n.before_names, '; ') || ' > '
                || array_to_string(n.after_names, '; ')
        end as holders_key,
        len(n.before_names) + len(n.after_names) > 0 as has_parties,
        n.effective_date is not null
        and (n.gazette_date is null or n.effective_date <= n.gazette_date)
            as is_effective_date_usable
    from named as n

),

dated as (

    select
        k.*,
        case when k.is_effective_date_usable then k.effective_date end as registration_date,
        coalesce(
            case when k.is_effective_date_usable then k.effective_date end,
            k.gazette_date
        ) as event_date
    from keyed as k

),

ranked as (

    select
        d.*,
        bool_or(d.has_parties) over (
            partition by d.patent_key, d.event_class, d.gazette_date
        ) as has_told_twin,
        row_number() over (
            partition by d.patent_key, d.event_class, d.gazette_date, d.holders_key
            order by
                (d.registration_date is null), d.registration_date, length(d.event_text) desc,
                d.raw_pointer, d.source_row
        ) as same_day_rank
    from dated as d

),

repeated as (

    select
        r.*,
        case
            when r.gazette_date is null and r.registration_date is null then 1
            else row_number() over (
                partition by
                    r.patent_key, r.event_class, r.holders_key, r.event_date, r.same_day_rank = 1
                order by r.gazette_date, r.raw_pointer, r.source_row
            )
        end as same_event_rank
    from ranked as r

)

select
    -- Everything else in this hash is published, so a bare one would give the names away to whoever tries them.
    md5(
        'assignment|' || p.patent_key || '|' || coalesce(cast(p.event_date as varchar), '') || '|'
        || p.event_class || '|' || {{ keyed('p.holders_key') }}
    ) as assignment_id,
    p.row_id,
    p.application_no_raw,
    p.application_no,
    p.event_type,
    p.event_class,
    p.item,
    p.event_date_raw,
    p.effective_date_raw,
    p.gazette_date,
    p.registration_date as effective_date,
    p.effective_date as stated_effective_date,
    cast(year(p.event_date) as integer) as year,
    case
        when p.registration_date is not null then 'registration'
        when p.gazette_date is not null then 'gazette'
        else 'none'
    end as year_basis,
    p.before_names,
    p.after_names,
    p.parties_before,
    p.parties_after,
    case
        when p.has_told_twin and not p.has_parties then 'listed_twice_without_parties'
        when p.same_day_rank > 1 then 'listed_twice_on_one_day'
        when p.same_event_rank > 1 then 'listed_again_later'
    end as repetition,
    p.source_file,
    p.source_row,
    p.raw_pointer
from repeated as p
