-- What stands in every landed row, read once: numbers and dates, beside the three texts that are read on from here. The
-- other texts stay where they landed and are fetched by landed_key. Kept from build to build, month by month.
{{ config(
    materialized='reused', driver='int_publications_unioned', by='landed_month',
    tables=['sipo_patents', 'gazette_csv', 'imported_publications']
) }}

with rows_landed as (

    select
        u.landed_key,
        u.source_table,
        u.landing_month,
        u.source_format,
        u.part,
        u.source_rank,
        u.publication_authority,
        u.source_type,
        u.source_row,
        u.publication_no,
        u.publication_date_text,
        u.application_no,
        u.filing_date_text,
        u.applicants_text,
        u.address_text,
        u.ipc_text,
        u.title is not null as has_title,
        {{ clean_number('u.publication_no') }} as publication_no_clean,
        {{ clean_number('u.application_no') }} as application_no_clean
    from {{ ref('int_publications_unioned') }} as u

),

-- Thousands of dates stand in millions of rows.
date_texts as (

    select u.publication_date_text as date_text from {{ ref('int_publications_unioned') }} as u
    union
    select u.filing_date_text as date_text from {{ ref('int_publications_unioned') }} as u

),

cleaned_dates as (

    select
        t.date_text,
        trim({{ nfkc('t.date_text') }}) as date_clean
    from date_texts as t
    where t.date_text is not null

),

dates as (

    select
        c.date_text,
        trim(c.date_text) = '' as is_blank,
        {{ written_date('c.date_clean') }} as read_date
    from cleaned_dates as c

),

cleaned as (

    select
        n.landed_key,
        n.source_table,
        n.landing_month,
        n.source_format,
        n.part,
        n.source_rank,
        n.publication_authority,
        n.source_type,
        n.source_row,
        n.applicants_text,
        n.address_text,
        n.ipc_text,
        n.has_title,
        n.publication_no_clean,
        coalesce(p.is_blank, true) as has_no_publication_date,
        p.read_date as publication_date,
        coalesce(f.is_blank, true) as has_no_filing_date,
        f.read_date as filing_date,
        {{ application_no_body('n.application_no_clean') }} as application_no_clean,
        coalesce(length(n.applicants_text), 0) as applicants_length,
        coalesce({{ is_cut_off('n.applicants_text') }}, false) as applicants_truncated
    from rows_landed as n
    left join dates as p on n.publication_date_text = p.date_text
    left join dates as f on n.filing_date_text = f.date_text

),

taken_apart as (

    select
        c.*,
        regexp_extract(c.publication_no_clean, '{{ publication_no_pattern() }}', 1) as publication_digits,
        regexp_extract(c.publication_no_clean, '{{ publication_no_pattern() }}', 2) as kind_printed,
        regexp_extract(c.application_no_clean, '{{ application_no_pattern() }}', 1) as application_digits,
        regexp_extract(c.application_no_clean, '{{ application_no_pattern() }}', 2) as check_printed,
        -- A, B, U, S since April 2010; C, Y, D between; before 1993 the announcement of what was examined was B, U, S
        coalesce(
            c.publication_date >= date '1993-01-01' and c.publication_date < date '2010-04-07', false
        ) as is_of_middle_alphabet
    from cleaned as c

),

with_kind as (

    select
        t.*,
        case
            when t.kind_printed <> '' then t.kind_printed
            when coalesce(t.publication_digits, '') = '' then ''
            when t.source_type = 'pip' then 'A'
            when t.source_type = 'pig' then if(t.is_of_middle_alphabet, 'C', 'B')
            -- without a list the digits tell a utility model or a design; those of an invention leave open which step
            when
                t.source_type = 'pug'
                or t.source_type is null and {{ publication_digits_kind('t.publication_digits') }} = 'utility_model'
                then if(t.is_of_middle_alphabet, 'Y', 'U')
            when
                t.source_type = 'pdg'
                or t.source_type is null and {{ publication_digits_kind('t.publication_digits') }} = 'design'
                then if(t.is_of_middle_alphabet, 'D', 'S')
            else ''
        end as kind_code,
        {{ application_patent_kind('t.application_digits') }} as application_kind,
        {{ application_check_digit('t.application_digits') }} as check_computed
    from taken_apart as t

),

judged as (

    select
        w.*,
        {{ publication_patent_kind('left(w.kind_code, 1)') }} as patent_kind,
        case w.source_type
            when 'pip' then 'invention'
            when 'pig' then 'invention'
            when 'pug' then 'utility_model'
            when 'pdg' then 'design'
        end as list_kind,
        case
            when coalesce(w.publication_no_clean, '') = '' then 'missing'
            when {{ is_spreadsheet_damage('w.publication_no_clean') }} then 'spreadsheet_damage'
            when
                w.publication_authority <> 'CN'
                or regexp_matches(w.publication_no_clean, '^[A-Z]{2,4}[0-9]') and left(w.publication_no_clean, 2) <> 'CN'
                then 'other_authority'
            when w.publication_digits = '' then 'not_a_publication_number'
            when {{ publication_patent_kind('left(w.kind_code, 1)') }} is null then 'unknown_kind_code'
        end as publication_no_reason,
        case
            when w.has_no_publication_date then 'missing'
            when w.publication_date is null then 'not_a_date'
            when w.publication_date < date '1985-09-10' then 'before_the_first_gazette'
        end as publication_date_reason,
        case
            when coalesce(w.application_no_clean, '') = '' then 'missing'
            when {{ is_spreadsheet_damage('w.application_no_clean') }} then 'spreadsheet_damage'
            when w.application_digits = '' then 'not_an_application_number'
            when w.application_kind is null then 'unknown_kind_digit'
            when
                length(w.application_digits) = 12 and left(w.application_digits, 4) not between '2003' and '2099'
                or length(w.application_digits) = 8
                and left(w.application_digits, 2) between '04' and '84'
                then 'impossible_year'
            when w.check_printed not in ('', w.check_computed) then 'wrong_check_digit'
            when w.application_kind <> {{ publication_patent_kind('left(w.kind_code, 1)') }}
                then 'contradicts_kind_code'
        end as application_no_reason,
        case
            when w.has_no_filing_date then 'missing'
            when w.filing_date is null then 'not_a_date'
            when w.filing_date < date '1985-04-01' then 'before_the_patent_law'
            when w.filing_date > w.publication_date then 'after_publication'
        end as filing_date_reason
    from with_kind as w

)

select
    ---------- the row
    j.landed_key,
    j.source_table,
    j.landing_month,
    j.source_format,
    j.part,
    j.source_rank,
    j.source_type,
    j.source_row,
    ---------- as read; null where a reason stands
    case
        when j.publication_no_reason is null then {{ publication_key('j.publication_digits', 'j.kind_code') }}
    end as publication_key,
    case
        when j.publication_no_reason is null then 'CN' || j.publication_digits || j.kind_code
    end as publication_no,
    case when j.publication_no_reason is null then j.publication_digits end as publication_digits,
    case when j.publication_no_reason is null then j.kind_code end as kind_code,
    case
        when j.kind_printed <> '' then 'as_printed'
        when j.source_type is null then 'first_digit_and_date'
        else 'list_and_date'
    end as kind_rule,
    j.patent_kind,
    case when j.publication_date_reason is null then j.publication_date end as publication_date,
    case
        when j.application_no_reason is null then j.application_digits || '.' || j.check_computed
    end as application_no,
    case
        when j.application_no_reason is not null then null
        when j.check_printed = '' then 'check_digit_computed'
        else 'check_digit_verified'
    end as application_no_rule,
    case when j.application_no_reason is null then try_cast(j.application_digits as bigint) end as application_number,
    case when j.filing_date_reason is null then j.filing_date end as filing_date,
    j.filing_date as filing_date_read,
    ---------- texts
    j.applicants_text,
    j.address_text,
    j.ipc_text,
    j.has_title,
    j.applicants_length,
    j.applicants_truncated,
    ---------- why not
    j.publication_no_reason,
    j.publication_date_reason,
    j.application_no_reason,
    j.filing_date_reason,
    case
        when j.publication_no_reason is null and j.list_kind <> j.patent_kind then 'contradicts_kind_code'
    end as source_type_reason
from judged as j
