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

{#- Table and month of a landed row, as a number; what stands before the row in its key. -#}
{% macro landed_slice(landed_key) -%}
    {{ landed_key }} // 2000000000
{%- endmacro %}

{#- The least key of a row of an import: tables are numbered in the order of int_publications_unioned. -#}
{% macro first_imported_key() -%}
    600000000000000
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
{% macro numberless_application_key(publication_key) -%}
    -({{ publication_key }} // 1000 * 100
    + if({{ publication_key }} % 1000 // 11 <= 2, 1, {{ publication_key }} % 1000 // 11))
{%- endmacro %}

{#- Digits of the publication, as a whole number, that an application may be known by: those of kinds A and B. -#}
{% macro lending_key(publication_key) -%}
    case when {{ publication_key }} % 1000 // 11 <= 2 then {{ publication_key }} // 1000 end
{%- endmacro %}

{#- The id of an application in everything that is published: md5 of its number, else of the publication's digits. -#}
{% macro application_id(application_key) -%}
    md5(
        case
            when {{ application_key }} > 0 then 'application|' || {{ application_number_text(application_key) }}
            else 'application|CN' || substr(cast(-{{ application_key }} // 100 as varchar), 2) || '|'
                || case -{{ application_key }} % 100
                    when 1 then 'AB'
                    else chr(cast(64 + -{{ application_key }} % 100 as integer))
                end
        end
    )
{%- endmacro %}

{#- Whether a publication is the grant: of any kind but A. -#}
{% macro publication_key_is_grant(key) -%}
    {{ key }} % 1000 // 11 <> 1
{%- endmacro %}

{#- Kind code with a digit: corrected, or after partial invalidation. -#}
{% macro publication_key_is_reissue(key) -%}
    {{ key }} % 1000 % 11 > 0
{%- endmacro %}

{#- Kind of right as a number in the order of its words (design, invention, utility model), from the key of a
    publication number. -#}
{% macro publication_key_kind_no(key) -%}
    case {{ key }} % 1000 // 11
        when 1 then 2
        when 2 then 2
        when 3 then 2
        when 4 then 1
        when 19 then 1
        when 21 then 3
        when 25 then 3
    end
{%- endmacro %}

{#- Digits of a publication number, from its key. -#}
{% macro publication_key_digits(key) -%}
    substr(cast({{ key }} // 1000 as varchar), 2)
{%- endmacro %}

{#- Letter of the kind code, from the key of a publication number. -#}
{% macro publication_key_letter(key) -%}
    chr(cast(64 + {{ key }} % 1000 // 11 as integer))
{%- endmacro %}

{#- Kind code, from the key of a publication number. -#}
{% macro publication_key_kind(key) -%}
    {{ publication_key_letter(key) }}
    || case when {{ key }} % 1000 % 11 = 0 then '' else cast({{ key }} % 1000 % 11 - 1 as varchar) end
{%- endmacro %}

{#- Digits of an application number, from the number: eight of the first era, which began in 1985. -#}
{% macro application_number_digits(number) -%}
    case when {{ number }} < 100000000 then lpad(cast({{ number }} as varchar), 8, '0') else cast({{ number }} as varchar) end
{%- endmacro %}

{#- An application number as it is written, with its check digit, from the number. -#}
{% macro application_number_text(number) -%}
    {{ application_number_digits(number) }} || '.' || {{ check_digit_of_number(number) }}
{%- endmacro %}

{#- Key of a text: 62 bits of its md5, so that a text has the same one in every build. A data test holds two texts of
    one key apart. -#}
{% macro text_key(expression) -%}
    cast(md5_number_upper({{ expression }}) // 4 as bigint)
{%- endmacro %}

{#- Calendar year in an application number, from the number. -#}
{% macro application_number_year(number) -%}
    case
        when {{ number }} >= 100000000 then {{ number }} // 100000000
        when {{ number }} >= 85000000 then 1900 + {{ number }} // 1000000
        else 2000 + {{ number }} // 1000000
    end
{%- endmacro %}

{#- Kind of right that the digits of a publication number tell (the first one, the third of 1985 to 1988), numbered in the
    order of the words, from its key. -#}
{% macro publication_key_digits_kind_no(key) -%}
    case
        case
            when {{ key }} // 1000 < 100000000 then {{ key }} // 1000000000 % 10
            when {{ key }} // 1000 < 1000000000 then {{ key }} // 100000000 % 10
            else {{ key }} // 100000000000 % 10
        end
        when 1 then 2
        when 2 then 3
        when 3 then 1
    end
{%- endmacro %}

{#- A publication number as it is written, from its key. -#}
{% macro publication_key_text(key) -%}
    'CN' || {{ publication_key_digits(key) }} || {{ publication_key_kind(key) }}
{%- endmacro %}
