-- The ledger of patents whose history is plain: every event finds the owners that the one before left, and leaves one.
-- Such a history needs no folding; nearly all are. The same steps as the fold would give, for a tenth of the work.
with events as (

    select
        e.application_id,
        e.step,
        e.assignment_id,
        e.event_class,
        e.event_date,
        e.before_owners,
        e.after_owners,
        s.owners as start_owners,
        s.denominator as start_denominator,
        lag(e.after_owners) over (partition by e.application_id order by e.step) as after_last
    from {{ ref('int_ownership_events') }} as e
    inner join {{ ref('int_ownership_starts') }} as s
        on e.application_id = s.application_id

),

known as (

    select
        e.application_id,
        e.step,
        e.assignment_id,
        e.event_class,
        e.event_date,
        list_extract(e.after_owners, 1) as new_owner,
        len(e.before_owners) as n_before,
        len(e.after_owners) as n_after,
        case
            when e.step = 1 then e.start_owners
            else list_transform(
                e.after_last, lambda o: {{ owner_struct('o.owner_key', 'o.owner_name', 'cast(1 as bigint)') }}
            )
        end as owners_before,
        if(e.step = 1, e.start_denominator, 1) as denominator_before,
        list_sort(list_transform(e.before_owners, lambda o: o.owner_key)) as before_keys
    from events as e

),

judged as (

    select
        k.*,
        list_sort(list_transform(k.owners_before, lambda o: o.owner_key)) = k.before_keys
        and k.n_after = 1
        and case k.event_class
            when 'transfer' then not list_contains(k.before_keys, k.new_owner.owner_key)
            else k.n_before = 1
        end as is_plain
    from known as k

),

plain as (

    select j.application_id
    from judged as j
    group by j.application_id
    having bool_and(j.is_plain)

)

select
    {{ ownership_start_columns('s') }}
from {{ ref('int_ownership_starts') }} as s
inner join plain as p
    on s.application_id = p.application_id
union all
select
    j.application_id,
    j.step,
    j.assignment_id,
    j.event_date,
    [{{ owner_struct('j.new_owner.owner_key', 'j.new_owner.owner_name', 'cast(1 as bigint)') }}] as owners,
    cast(1 as bigint) as denominator,
    'as_told' as rule,
    j.owners_before,
    cast(j.denominator_before as bigint) as denominator_before,
    cast([] as struct(from_key varchar, to_key varchar, units bigint)[]) as repair_moves,
    cast(1 as bigint) as repair_moved_of,
    list_transform(
        list_filter(j.owners_before, lambda o: o.owner_key <> j.new_owner.owner_key),
        lambda o: {{ ownership_move_struct('o.owner_key', 'j.new_owner.owner_key', 'o.units') }}
    ) as moves,
    cast(j.denominator_before as bigint) as moved_of
from judged as j
inner join plain as p
    on j.application_id = p.application_id
