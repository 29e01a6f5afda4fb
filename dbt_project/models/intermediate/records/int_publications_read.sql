-- What stands in every landed row, read once, as narrow as it can be: numbers as whole numbers, texts as keys of
-- int_publication_texts. The other texts stay where they landed and are fetched by landed_key. Kept from build to build,
-- month by month. Numbers in their plain form, nearly all, are taken apart by position; patterns read the others.
{{ config(
    materialized='reused', driver='int_publications_unioned', by='landed_month',
    tables=['sipo_patents', 'gazette_csv', 'imported_publications'], slice='row.landed_key // 2000000000',
    companions=['int_publication_texts']
) }}

with rows_landed as (

    select
        u.landed_key,
        u.source_rank,
        u.publication_authority,
        u.source_type,
        u.publication_no,
        u.publication_date_text,
        u.application_no,
        u.filing_date_text,
        u.applicants_text,
        u.address_text,
        u.ipc_text,
        u.title is not null as has_title,
        coalesce(regexp_matches(u.publication_no, '^CN([0-9]{7}|[0-9]{9})[A-Z]$'), false) as is_plain_publication_no,
        coalesce(regexp_matches(u.application_no, '^([0-9]{12}|[0-9]{8})[0-9X]?$'), false) as is_plain_application_no
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

texts as (

    select
        t.text,
        t.text_key,
        t.n_characters,
        t.is_cut_off
    from {{ ref('int_publication_texts') }} as t

),

cleaned as (

    select
        n.landed_key,
        n.source_rank,
        n.publication_authority,
        n.source_type,
        n.has_title,
        n.is_plain_publication_no,
        n.is_plain_application_no,
        case
            when n.is_plain_publication_no then n.publication_no
            else {{ clean_number('n.publication_no') }}
        end as publication_no_clean,
        case
            when n.is_plain_application_no then n.application_no
            else {{ application_no_body(clean_number('n.application_no')) }}
        end as application_no_clean,
        coalesce(p.is_blank, true) as has_no_publication_date,
        p.read_date as publication_date,
        coalesce(f.is_blank, true) as has_no_filing_date,
        f.read_date as filing_date,
        a.text_key as applicants_key,
        d.text_key as address_key,
        i.text_key as ipc_key,
        coalesce(a.n_characters, 0) as applicants_length,
        coalesce(a.is_cut_off, false) as applicants_truncated
    from rows_landed as n
    left join dates as p on n.publication_date_text = p.date_text
    left join dates as f on n.filing_date_text = f.date_text
    left join texts as a on n.applicants_text = a.text
    left join texts as d on n.address_text = d.text
    left join texts as i on n.ipc_text = i.text

),

taken_apart as (

    select
        c.*,
        case
            when c.is_plain_publication_no then substr(c.publication_no_clean, 3, length(c.publication_no_clean) - 3)
            else regexp_extract(c.publication_no_clean, '{{ publication_no_pattern() }}', 1)
        end as publication_digits,
        case
            when c.is_plain_publication_no then right(c.publication_no_clean, 1)
            else regexp_extract(c.publication_no_clean, '{{ publication_no_pattern() }}', 2)
        end as kind_printed,
        case
            when c.is_plain_application_no
                then left(c.application_no_clean, if(length(c.application_no_clean) > 9, 12, 8))
            else regexp_extract(c.application_no_clean, '{{ application_no_pattern() }}', 1)
        end as application_digits,
        case
            when c.is_plain_application_no
                then substr(c.application_no_clean, if(length(c.application_no_clean) > 9, 13, 9))
            else regexp_extract(c.application_no_clean, '{{ application_no_pattern() }}', 2)
        end as check_printed,
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
        try_cast(t.application_digits as bigint) as application_number
    from taken_apart as t

),

with_check as (

    select
        w.*,
        {{ publication_patent_kind('left(w.kind_code, 1)') }} as patent_kind,
        {{ check_digit_of_number('w.application_number') }} as check_computed
    from with_kind as w

),

judged as (

    select
        w.*,
        case w.source_type
            when 'pip' then 'invention'
            when 'pig' then 'invention'
            when 'pug' then 'utility_model'
            when 'pdg' then 'design'
        end as list_kind,
        case
            -- what has the digits of a number is neither missing nor damaged
            when w.publication_digits <> '' and coalesce(w.publication_authority, 'CN') = 'CN'
                then if(w.patent_kind is null, 'unknown_kind_code', null)
            when coalesce(w.publication_no_clean, '') = '' then 'missing'
            when {{ is_spreadsheet_damage('w.publication_no_clean') }} then 'spreadsheet_damage'
            when
                w.publication_authority <> 'CN'
                or regexp_matches(w.publication_no_clean, '^[A-Z]{2,4}[0-9]') and left(w.publication_no_clean, 2) <> 'CN'
                then 'other_authority'
            when w.publication_digits = '' then 'not_a_publication_number'
        end as publication_no_reason,
        case
            when w.has_no_publication_date then 'missing'
            when w.publication_date is null then 'not_a_date'
            when w.publication_date < date '1985-09-10' then 'before_the_first_gazette'
        end as publication_date_reason,
        case
            when w.application_digits <> '' then
                case
                    when w.application_kind is null then 'unknown_kind_digit'
                    when
                        length(w.application_digits) = 12 and left(w.application_digits, 4) not between '2003' and '2099'
                        or length(w.application_digits) = 8
                        and left(w.application_digits, 2) between '04' and '84'
                        then 'impossible_year'
                    when w.check_printed not in ('', w.check_computed) then 'wrong_check_digit'
                    when w.application_kind <> w.patent_kind then 'contradicts_kind_code'
                end
            when coalesce(w.application_no_clean, '') = '' then 'missing'
            when {{ is_spreadsheet_damage('w.application_no_clean') }} then 'spreadsheet_damage'
            else 'not_an_application_number'
        end as application_no_reason,
        case
            when w.has_no_filing_date then 'missing'
            when w.filing_date is null then 'not_a_date'
            when w.filing_date < date '1985-04-01' then 'before_the_patent_law'
            when w.filing_date > w.publication_date then 'after_publication'
        end as filing_date_reason
    from with_check as w

)

select
    j.landed_key,
    cast(j.source_rank as tinyint) as source_rank,
    ---------- as read; null where a reason stands
    case
        when j.publication_no_reason is null then {{ publication_key('j.publication_digits', 'j.kind_code') }}
    end as publication_key,
    cast(
        case
            when j.kind_printed <> '' then 0
            when j.source_type is null then 2
            else 1
        end as tinyint
    ) as kind_rule_no,
    case when j.publication_date_reason is null then j.publication_date end as publication_date,
    case when j.application_no_reason is null then j.application_number end as application_number,
    if(j.application_no_reason is null, j.check_printed <> '', null) as has_check_digit,
    case when j.filing_date_reason is null then j.filing_date end as filing_date,
    j.filing_date as filing_date_read,
    ---------- texts
    j.applicants_key,
    j.address_key,
    j.ipc_key,
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
