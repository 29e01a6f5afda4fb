{#- Keys inside the warehouse are whole numbers: they are read, joined and written at a fraction of the cost of the
    published ids, which are the md5 of a text and are computed where they are shown. -#}

{#- Where a landed row lies, as a number: table, month, row of the landing file, and whether it is the grant that an
    export names beside the application. Needs table_no, landing_month, landing_row, part. -#}
{% macro landed_key(alias) -%}
    (
        (cast({{ alias }}.table_no as bigint) * 100000 + year({{ alias }}.landing_month) * 12 + month({{ alias }}.landing_month))
        * 1000000000 + {{ alias }}.landing_row
    ) * 2 + if({{ alias }}.part = 'grant', 1, 0)
{%- endmacro %}

{#- The same as an id that depends on nothing but the landed content. -#}
{% macro landed_id(alias) -%}
    md5(
        'landed|' || {{ alias }}.source_table || '|' || cast({{ alias }}.landing_month as varchar) || '|'
        || {{ alias }}.source_file || '|' || cast({{ alias }}.source_row as varchar) || '|'
        || coalesce({{ alias }}.raw_pointer, '') || if({{ alias }}.part = 'grant', '|grant', '')
    )
{%- endmacro %}

{#- Id of a landed row: rows that are written alike share it. -#}
{% macro row_id(alias) -%}
    md5(
        'row|' || {{ alias }}.source_table || '|' || coalesce({{ alias }}.publication_no, '') || '|'
        || coalesce({{ alias }}.application_no, '') || '|' || coalesce({{ alias }}.publication_date_text, '')
    )
{%- endmacro %}

{#- A publication number as a whole number: its digits behind a 1, so that leading zeros count, then the kind code,
    letter and digit. -#}
{% macro publication_key(digits, kind_code) -%}
    try_cast('1' || {{ digits }} as bigint) * 1000
    + (ascii(left({{ kind_code }}, 1)) - 64) * 11
    + if(length({{ kind_code }}) > 1, 1 + try_cast(substr({{ kind_code }}, 2, 1) as integer), 0)
{%- endmacro %}

{#- An application as a whole number: the digits of its number (8 or 12); where there is none, minus the digits of the
    publication and the alphabet in which they count: A and B share theirs, the others number on their own. -#}
{% macro application_key(application_number, publication_digits, kind_code) -%}
    case
        when {{ application_number }} is not null then {{ application_number }}
        else -(
            try_cast('1' || {{ publication_digits }} as bigint) * 100
            + if(left({{ kind_code }}, 1) in ('A', 'B'), 1, ascii(left({{ kind_code }}, 1)) - 64)
        )
    end
{%- endmacro %}

{#- The id of an application in everything that is published: md5 of its number, else of the publication's digits. -#}
{% macro application_id(application_no, publication_digits, kind_code) -%}
    case
        when {{ application_no }} is not null then md5('application|' || {{ application_no }})
        else md5(
            'application|CN' || {{ publication_digits }} || '|'
            || if(left({{ kind_code }}, 1) in ('A', 'B'), 'AB', left({{ kind_code }}, 1))
        )
    end
{%- endmacro %}
