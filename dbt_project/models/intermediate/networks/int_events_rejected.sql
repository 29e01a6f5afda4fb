-- What of events and yearbooks cannot be used, or only in part; same columns as int_rows_rejected.
with events as (

    select * from {{ ref('int_assignments_identified') }}

),

counted_events as (

    select e.assignment_id, e.raw_pointer
    from events as e
    where e.repetition is null

),

dropped_events as (

    select
        e.row_id, e.source_table, e.source_file, e.source_row,
        'event' as field,
        concat_ws(' ', coalesce(e.application_no_raw, e.publication_no_raw), e.event_date_raw) as value,
        e.repetition as reason,
        'one_event_is_counted_once' as rule,
        e.raw_pointer, true as is_row_dropped, k.raw_pointer as kept_raw_pointer
    from events as e
    left join counted_events as k
        on e.assignment_id = k.assignment_id
    where e.repetition is not null

),

event_fields as (

    select
        e.row_id, e.source_table, e.source_file, e.source_row,
        'application_no' as field, e.application_no_raw as value,
        case
            when coalesce(e.application_no_raw, e.publication_no_raw) is null then 'no_number'
            when e.application_no is not null or e.application_no_raw is null then 'application_not_landed'
            -- whole, and still no number: its last digit does not agree
            when
                regexp_matches(
                    {{ clean_number('e.application_no_raw') }}, '^(CN|ZL)?([0-9]{12}|[0-9]{8})[.]?[0-9X]$'
                )
                then 'wrong_check_digit'
            else 'application_no_unreadable'
        end as reason,
        'event_is_kept_without_its_application' as rule,
        e.raw_pointer, false as is_row_dropped, cast(null as varchar) as kept_raw_pointer
    from events as e
    where e.repetition is null and e.application_id is null
    union all
    select
        e.row_id, e.source_table, e.source_file, e.source_row,
        'effective_date' as field, e.effective_date_raw as value,
        case
            when e.stated_effective_date is null then 'date_unreadable'
            else 'registration_after_gazette'
        end as reason,
        'gazette_date_is_used' as rule,
        e.raw_pointer, false as is_row_dropped, cast(null as varchar) as kept_raw_pointer
    from events as e
    where e.repetition is null and e.effective_date_raw is not null and e.effective_date is null
    union all
    select
        e.row_id, e.source_table, e.source_file, e.source_row,
        'event_date' as field, e.event_date_raw as value,
        'date_unreadable' as reason,
        'registration_date_is_used' as rule,
        e.raw_pointer, false as is_row_dropped, cast(null as varchar) as kept_raw_pointer
    from events as e
    where e.repetition is null and e.gazette_date is null

),

untyped as (

    select
        t.row_id, t.source_table, t.source_file, t.source_row,
        'parties' as field, cast(null as varchar) as value,
        t.reason, t.rule, t.raw_pointer, false as is_row_dropped, cast(null as varchar) as kept_raw_pointer
    from {{ ref('int_assignments_typed') }} as t
    where t.reason is not null

),

places as (

    select * from {{ ref('int_yearbook_places') }}

),

city_rows as (

    select
        c.row_id, 'citystat_city_years' as source_table, c.source_file, c.source_row,
        c.adcode, c.year, c.year_raw, c.unreadable_cells, c.raw_pointer,
        k.place_code is not null as is_known,
        coalesce(k.is_in_universe, false) as is_in_universe,
        c.line_rank
    from {{ ref('stg_citystat__city_years') }} as c
    left join places as k
        on c.adcode = k.place_code and k.level = 'city'

),

province_rows as (

    select
        p.row_id, 'citystat_province_years' as source_table, p.source_file, p.source_row,
        p.province_code as adcode, p.year, p.year_raw, p.unreadable_cells, p.raw_pointer,
        k.place_code is not null as is_known,
        coalesce(k.is_in_universe, false) as is_in_universe,
        p.line_rank
    from {{ ref('stg_citystat__province_years') }} as p
    left join places as k
        on p.province_code = k.place_code and k.level = 'province'

),

all_yearbook_rows as (

    select * from city_rows
    union all
    select * from province_rows

),

yearbook_rows as (

    select
        a.*,
        case
            when a.year is null then 'year_unreadable'
            when not a.is_known then 'unknown_place_code'
            when not a.is_in_universe then 'outside_the_node_universe'
            when a.year not between s.first_year and s.last_year then 'outside_the_panel_years'
            when a.line_rank > 1 then 'place_and_year_listed_twice'
        end as problem
    from all_yearbook_rows as a
    cross join {{ ref('stg_method__settings') }} as s

),

dropped_yearbook_rows as (

    select
        y.row_id, y.source_table, y.source_file, y.source_row,
        case
            when y.problem in ('year_unreadable', 'outside_the_panel_years') then 'year'
            else 'adcode'
        end as field,
        case
            when y.problem in ('year_unreadable', 'outside_the_panel_years') then y.year_raw
            else y.adcode
        end as value,
        y.problem as reason,
        'yearbook_row_is_dropped' as rule,
        y.raw_pointer, true as is_row_dropped, cast(null as varchar) as kept_raw_pointer
    from yearbook_rows as y
    where y.problem is not null

),

yearbook_cells as (

    select
        y.row_id, y.source_table, y.source_file, y.source_row, y.raw_pointer,
        unnest(y.unreadable_cells) as cell
    from yearbook_rows as y
    where y.problem is null

),

unreadable_cells as (

    select
        k.row_id, k.source_table, k.source_file, k.source_row,
        k.cell['field'] as field, k.cell['value'] as value,
        'number_unreadable' as reason, 'cell_is_missing' as rule,
        k.raw_pointer, false as is_row_dropped, cast(null as varchar) as kept_raw_pointer
    from yearbook_cells as k

),

everything as (

    select * from dropped_events
    union all
    select * from event_fields
    union all
    select * from untyped
    union all
    select * from dropped_yearbook_rows
    union all
    select * from unreadable_cells

)

select
    r.row_id,
    r.source_table,
    r.source_file,
    r.source_row,
    r.field,
    r.value,
    r.reason,
    r.rule,
    r.raw_pointer,
    r.is_row_dropped,
    r.kept_raw_pointer,
    'warehouse' as stage
from everything as r
