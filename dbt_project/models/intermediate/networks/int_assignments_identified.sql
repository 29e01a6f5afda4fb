-- One row per landed event. Its holders are compared as sets of names, so that the same event
-- listed under an old and a new code is seen to be the same.
with events as (

    select * from {{ ref('int_events_unioned') }}

),

parties as (

    select
        e.landed_id, 'before' as side,
        unnest(e.parties_before) as party
    from events as e
    union all
    select
        e.landed_id, 'after' as side,
        unnest(e.parties_after) as party
    from events as e

),

holders as (

    select
        p.landed_id,
        list_sort(list(distinct n.party_name) filter (where p.side = 'before')) as before_names,
        list_sort(list(distinct n.party_name) filter (where p.side = 'after')) as after_names
    from parties as p
    inner join {{ ref('int_party_names') }} as n
        on p.party['name'] = n.party_name_raw
    group by p.landed_id

),

named as (

    select
        e.*,
        coalesce(h.before_names, []) as before_names,
        coalesce(h.after_names, []) as after_names
    from events as e
    left join holders as h
        on e.landed_id = h.landed_id

),

keyed as (

    select
        n.*,
        -- An event without a number, or with a damaged one, is nobody's: it is no repetition of another.
        coalesce(
            n.application_no, 'publication ' || n.publication_digits,
            case
                when not {{ is_spreadsheet_damage(clean_number('n.application_no_raw')) }}
                    then 'as written: ' || nullif(trim(n.application_no_raw), '')
            end,
            'row ' || n.landed_id
        ) as patent_key,
        -- Events that are no assignments are told apart by what they are; where the parser has no name for that, by
        -- their published type.
        case
            when n.event_class <> 'other' then n.event_class
            when n.parsed_type <> 'other' then 'other: ' || n.parsed_type
            else 'other: ' || coalesce({{ clean_text('n.event_type') }}, n.event_code, '')
        end as event_kind,
        case
            when n.event_class = 'address' then n.event_text
            when n.event_class <> 'other'
                then array_to_string(n.before_names, '; ') || ' > ' || array_to_string(n.after_names, '; ')
            when
                n.parsed_type = 'other'
                or len(n.before_names) + len(n.after_names) = 0
                and n.reference_no is null and n.effective_date is null
                then {{ networks_bare_text('n.event_text') }}
            else concat_ws(
                ' | ', array_to_string(n.before_names, '; '), array_to_string(n.after_names, '; '),
                coalesce(n.reference_no, ''), coalesce(cast(n.effective_date as varchar), ''), coalesce(n.item, '')
            )
        end as holders_key,
        case
            when n.event_class = 'other' then n.event_text <> ''
            else len(n.before_names) + len(n.after_names) > 0
        end as has_parties,
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
            partition by d.patent_key, d.event_kind, d.gazette_date
        ) as has_told_twin,
        row_number() over (
            partition by d.patent_key, d.event_kind, d.gazette_date, d.holders_key
            order by
                (d.registration_date is null), d.registration_date, d.source_rank, length(d.event_text) desc,
                d.raw_pointer, d.source_row, d.landed_id
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
                    r.patent_key, r.event_kind, r.holders_key, r.event_date, r.same_day_rank = 1
                order by r.gazette_date, r.source_rank, r.raw_pointer, r.source_row, r.landed_id
            )
        end as same_event_rank
    from ranked as r

)

select
    -- Everything else in this hash is published, so a bare one would give the names away to whoever tries them.
    md5(
        'assignment|' || p.patent_key || '|' || coalesce(cast(p.event_date as varchar), '') || '|'
        || p.event_kind || '|' || {{ keyed('p.holders_key') }}
    ) as assignment_id,
    p.landed_id,
    p.row_id,
    p.landing_month,
    p.source_table,
    p.application_no_raw,
    p.publication_no_raw,
    p.application_no,
    p.application_key,
    p.application_id,
    p.application_rule,
    p.event_type,
    p.event_code,
    p.event_class,
    p.parsed_type,
    p.item,
    p.reference_no,
    p.parse_problems,
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
