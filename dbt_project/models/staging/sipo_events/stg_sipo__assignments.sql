with source as (

    select * from {{ source('raw', 'sipo_assignments') }}

)

select
    ---------- ids
    md5(
        'sipo_assignments|' || coalesce(s.application_no, '') || '|'
        || coalesce(s.event_date, '') || '|' || coalesce(s.event_type, '')
    ) as row_id,
    nullif(trim(s.application_no), '') as application_no_raw,
    ---------- event
    nullif(trim(s.event_type), '') as event_type,
    case
        when s.event_type like '%转移%' then 'transfer'
        -- The later wordings of a change of address do not name the holder.
        when s.parsed_type = 'address_change' and coalesce(len(s.parties_before), 0) = 0
            and coalesce(len(s.parties_after), 0) = 0 then 'address'
        when s.event_type like '%姓名%' or s.event_type like '%名称%' or s.event_type like '%地址%'
            then 'change'
        else 'other'
    end as event_class,
    nullif(trim(s.parsed_item), '') as item,
    coalesce(s.event_text, '') as event_text,
    ---------- dates
    s.event_date as event_date_raw,
    {{ written_date('s.event_date') }} as gazette_date,
    nullif(trim(s.parsed_effective_date), '') as effective_date_raw,
    {{ written_date('s.parsed_effective_date') }} as effective_date,
    ---------- parties
    s.parties_before,
    s.parties_after,
    s.parse_problems,
    ---------- pointers
    s.source_file,
    s.source_row,
    s.raw_pointer,
    s.landing_month
from source as s
