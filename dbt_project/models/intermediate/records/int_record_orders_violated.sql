-- filing <= publication <= grant <= event, and numbers that agree with their dates. Each rule is a filter over
-- narrow columns; what it finds is rare.
with late_filings as (

    select
        k.publication_key,
        k.application_key,
        'publication' as subject,
        'filing_after_publication' as reason,
        'filing_date' as first_field,
        cast(k.filing_date_read as varchar) as first_value,
        'publication_date' as second_field,
        cast(k.publication_date as varchar) as second_value,
        'filing_date' as refused_field,
        k.landed_key
    from {{ ref('int_publications_kept') }} as k
    where k.filing_date_reason = 'after_publication'

),

-- whole numbers tell; what is found, and it is rare, is put in words
numbered as (

    select
        k.publication_key,
        k.application_key,
        k.application_number,
        k.patent_kind_no,
        k.filing_date,
        k.publication_date,
        k.landed_key,
        {{ application_number_year('k.application_number') }} < year(k.filing_date) as is_before_filing,
        {{ application_number_year('k.application_number') }} > year(k.publication_date) as is_after_publication,
        k.application_number < 100000000 and k.filing_date >= date '2003-10-01' as is_short_too_late,
        {{ publication_key_digits_kind_no('k.publication_key') }} <> k.patent_kind_no as is_of_other_kind
    from {{ ref('int_publications_kept') }} as k

),

suspicious as (

    select n.*
    from numbered as n
    where n.is_before_filing or n.is_after_publication or n.is_short_too_late or n.is_of_other_kind

),

numbers as (

    select
        n.*,
        unnest([
            -- a number is given on receipt: it never is of a year before the filing (later ones are divisions and
            -- entries into the national phase)
            case when n.is_before_filing then 'number_before_filing' end,
            case when n.is_after_publication then 'number_after_publication' end,
            case when n.is_short_too_late then 'short_number_after_its_era' end,
            case when n.is_of_other_kind then 'digits_contradict_kind_code' end
        ]) as reason
    from suspicious as n

),

number_findings as (

    select
        n.publication_key,
        n.application_key,
        'publication' as subject,
        n.reason,
        if(n.reason = 'digits_contradict_kind_code', 'publication_no', 'application_no') as first_field,
        if(
            n.reason = 'digits_contradict_kind_code',
            {{ publication_key_text('n.publication_key') }},
            {{ application_number_text('n.application_number') }}
        ) as first_value,
        case n.reason
            when 'digits_contradict_kind_code' then 'kind_code'
            when 'number_after_publication' then 'publication_date'
            else 'filing_date'
        end as second_field,
        case n.reason
            when 'digits_contradict_kind_code'
                then case n.patent_kind_no when 1 then 'design' when 2 then 'invention' when 3 then 'utility_model' end
            when 'number_after_publication' then cast(n.publication_date as varchar)
            else cast(n.filing_date as varchar)
        end as second_value,
        cast(null as varchar) as refused_field,
        n.landed_key
    from numbers as n
    where n.reason is not null

),

folded as (

    select
        a.application_key,
        a.grant_date,
        a.application_publication_date,
        a.earliest_filing_date,
        a.latest_filing_date
    from {{ ref('int_applications_folded') }} as a
    where a.grant_date < a.application_publication_date or a.earliest_filing_date < a.latest_filing_date

),

application_findings as (

    select
        k.publication_key,
        k.application_key,
        'application' as subject,
        'grant_before_publication' as reason,
        'publication_date' as first_field,
        cast(f.application_publication_date as varchar) as first_value,
        'grant_date' as second_field,
        cast(f.grant_date as varchar) as second_value,
        cast(null as varchar) as refused_field,
        k.landed_key
    from folded as f
    inner join {{ ref('int_publications_kept') }} as k on f.application_key = k.application_key
    where
        f.grant_date < f.application_publication_date
        and k.is_grant
        and not k.is_reissue
        and k.publication_date = f.grant_date
    union all
    select
        k.publication_key,
        k.application_key,
        'application' as subject,
        'filing_dates_differ' as reason,
        'filing_date' as first_field,
        cast(f.earliest_filing_date as varchar) as first_value,
        'filing_date' as second_field,
        cast(k.filing_date as varchar) as second_value,
        cast(null as varchar) as refused_field,
        k.landed_key
    from folded as f
    inner join {{ ref('int_publications_kept') }} as k on f.application_key = k.application_key
    where f.earliest_filing_date < k.filing_date

),

-- only what was found is looked up where it landed
record_findings as (

    select
        r.subject,
        md5('publication|' || {{ publication_key_text('r.publication_key') }}) as publication_id,
        {{ application_id('r.application_key') }} as application_id,
        cast(null as varchar) as event_id,
        r.reason,
        r.first_field,
        r.first_value,
        r.second_field,
        r.second_value,
        r.refused_field,
        u.source_table,
        u.source_file,
        u.source_row,
        u.raw_pointer
    from (
        select * from late_filings
        union all
        select * from number_findings
        union all
        select * from application_findings
    ) as r
    inner join {{ ref('int_publications_unioned') }} as u on r.landed_key = u.landed_key

),

events as (

    select
        e.assignment_id as event_id,
        e.application_id,
        e.event_type,
        e.gazette_date,
        e.effective_date,
        e.stated_effective_date,
        a.filing_date,
        -- of an invention the application is published first, of everything else the right
        if(a.patent_kind = 'invention', a.application_publication_date, a.grant_date) as known_date,
        a.grant_date,
        e.source_table,
        e.source_file,
        e.source_row,
        e.raw_pointer
    from {{ ref('int_assignments_identified') }} as e
    left join {{ ref('int_applications_folded') }} as a on e.application_key = a.application_key
    where e.repetition is null

),

event_orders as (

    select
        e.*,
        unnest([
            case when coalesce(e.effective_date, e.gazette_date) < e.filing_date then 'event_before_filing' end,
            case when e.gazette_date < e.known_date then 'event_before_publication' end,
            -- what speaks of the right alone (专利权…, not 专利申请权、专利权…) presumes it
            case when e.gazette_date < e.grant_date and starts_with(e.event_type, '专利权') then 'event_before_grant' end,
            case when e.stated_effective_date > e.gazette_date then 'registration_after_gazette' end
        ]) as reason
    from events as e
    where
        coalesce(e.effective_date, e.gazette_date) < e.filing_date
        or e.gazette_date < e.known_date
        or e.gazette_date < e.grant_date
        or e.stated_effective_date > e.gazette_date

),

event_findings as (

    select
        'event' as subject,
        cast(null as varchar) as publication_id,
        o.application_id,
        o.event_id,
        o.reason,
        case o.reason
            when 'event_before_filing' then 'filing_date'
            when 'event_before_publication' then 'publication_date'
            when 'event_before_grant' then 'grant_date'
            else 'effective_date'
        end as first_field,
        cast(
            case o.reason
                when 'event_before_filing' then o.filing_date
                when 'event_before_publication' then o.known_date
                when 'event_before_grant' then o.grant_date
                else o.stated_effective_date
            end as varchar
        ) as first_value,
        if(o.reason = 'event_before_filing' and o.effective_date is not null, 'effective_date', 'gazette_date')
            as second_field,
        cast(
            if(o.reason = 'event_before_filing', coalesce(o.effective_date, o.gazette_date), o.gazette_date) as varchar
        ) as second_value,
        if(o.reason = 'registration_after_gazette', 'effective_date', null) as refused_field,
        o.source_table,
        o.source_file,
        o.source_row,
        o.raw_pointer
    from event_orders as o
    where o.reason is not null

),

findings as (

    select * from record_findings
    union all
    select * from event_findings

)

select
    md5(
        'finding|' || f.subject || '|' || coalesce(f.publication_id, f.event_id) || '|' || f.reason
    ) as finding_id,
    f.subject,
    f.reason,
    f.application_id,
    f.publication_id,
    f.event_id,
    f.first_field,
    f.first_value,
    f.second_field,
    f.second_value,
    -- by how many days the first lies behind the second; null beside a number, which tells its year alone
    date_diff('day', try_cast(f.second_value as date), try_cast(f.first_value as date)) as n_days,
    f.refused_field,
    f.source_table,
    f.source_file,
    f.source_row,
    f.raw_pointer
from findings as f
