{#- Number as written -> upper case and bare: without blanks, hyphens, quotes, the ="..." of spreadsheets, invisible
    characters, separators behind it and a label in front ((21)申请号：, 专利号). Signs that scans and keyboards put in
    place of X and of the dot are read as such; what is bare already is left alone. -#}
{% macro clean_number(expression) -%}
    case
        when regexp_matches({{ expression }}, '^[0-9A-Z.]*$') then {{ expression }}
        else upper(
            regexp_replace(
                translate({{ nfkc(expression) }}, '×✕ХхΧχ。·・•', 'XXXXXX....'),
                '^\s*(\(?[0-9]{2}\)|\[[0-9]{2}\])?\s*(申请|专利|公开|公告|公布|授权公告|文献)(\((专利|公告|公开|公布)\))?号(码)?\s*:?|[;,、]+\s*$|[\s"''=_‐‑‒–—\x{200B}-\x{200F}\x{2060}\x{FEFF}-]',
                '', 'g'
            )
        )
    end
{%- endmacro %}

{#- The digits and the check digit of an application number in any form, from a clean number: CN or ZL in front, a kind
    code behind (search engines write the publication form), a dot that lost its digit. Forms that are none stay. -#}
{% macro application_no_body(clean) -%}
    regexp_replace(
        regexp_replace({{ clean }}, '^(CN|ZL)+', ''),
        '^([0-9]{12}|[0-9]{8})(?:\.?([0-9X])|\.)?(?:[ABCDSUY][0-9]?)?$', '\1\2'
    )
{%- endmacro %}

{#- 12 or 8 digits, and the check digit where it is written: groups 1 and 2 of a body. -#}
{% macro application_no_pattern() %}^([0-9]{12}|[0-9]{8})([0-9X]?)${% endmacro %}

{#- Digits of a publication number, from a clean number; empty when it is none. CN + 9 digits (since 2007), 7 (1989 to
    2007) or the 8 of 1985 to 1988, which are those of the application; CN and kind code may be missing. -#}
{% macro publication_no_pattern() %}^(?:CN)?([0-9]{9}|[0-9]{7}|8[5-8][123][0-9]{5})([A-Z][0-9]?)?${% endmacro %}

{#- Kind of right that the digits of a publication number tell: the first one, the third of 1985 to 1988. -#}
{% macro publication_digits_kind(digits) -%}
    case case length({{ digits }}) when 8 then substr({{ digits }}, 3, 1) else left({{ digits }}, 1) end
        when '1' then 'invention'
        when '2' then 'utility_model'
        when '3' then 'design'
    end
{%- endmacro %}

{#- Calendar year in the digits of an application number. -#}
{% macro application_no_year(digits) -%}
    case
        when length({{ digits }}) = 12 then try_cast(left({{ digits }}, 4) as integer)
        when left({{ digits }}, 2) >= '85' then 1900 + try_cast(left({{ digits }}, 2) as integer)
        else 2000 + try_cast(left({{ digits }}, 2) as integer)
    end
{%- endmacro %}

{#- Check digit of the 12 (or 8) digits of a Chinese application number (校验位): weights 2..9, 2..5, sum
    modulo 11, 10 is X. Digits that are absent count nothing, so one expression serves both eras: filled up with zeros,
    the text becomes a whole number once and its digits are taken by division. -#}
{% macro application_check_digit(digits) -%}
    {{ check_digit_of_filled("coalesce(try_cast(rpad(" ~ digits ~ ", 12, '0') as bigint), 0)") }}
{%- endmacro %}

{#- The same from the digits as a whole number, 8 or 12 of them. -#}
{% macro check_digit_of_number(number) -%}
    {{ check_digit_of_filled("(" ~ number ~ " * if(" ~ number ~ " < 100000000, 10000, 1))") }}
{%- endmacro %}

{#- The same from 12 digits, those that are absent being zeros behind. -#}
{% macro check_digit_of_filled(number) -%}
    {%- set weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5] -%}
    substr('0123456789X', 1 + cast((
        {%- for weight in weights %}
        {{ weight }} * ({{ number }} // {{ 10 ** (12 - loop.index) }} % 10){{ ' +' if not loop.last }}
        {%- endfor %}
    ) % 11 as integer), 1)
{%- endmacro %}

{#- Kind of right from the fifth (since October 2003) or third digit of an application number; null if unknown. -#}
{% macro application_patent_kind(digits) -%}
    case case length({{ digits }}) when 12 then substr({{ digits }}, 5, 1) else substr({{ digits }}, 3, 1) end
        when '1' then 'invention'
        when '8' then 'invention'
        when '2' then 'utility_model'
        when '9' then 'utility_model'
        when '3' then 'design'
    end
{%- endmacro %}

{#- Kind of right from the letter of a publication number; both alphabets, before and since April 2010. -#}
{% macro publication_patent_kind(letter) -%}
    case
        when {{ letter }} in ('A', 'B', 'C') then 'invention'
        when {{ letter }} in ('U', 'Y') then 'utility_model'
        when {{ letter }} in ('S', 'D') then 'design'
    end
{%- endmacro %}

{#- A number that a spreadsheet turned into floating point: 2.02E+12. Its digits are lost for good. -#}
{% macro is_spreadsheet_damage(expression) -%}
    regexp_matches({{ expression }}, '^[0-9](\.[0-9]*)?E[+]?[0-9]+$')
{%- endmacro %}

{#- A rejected value in the form in which it may be published: in clear when it can hold no name, that is
    digits and punctuation with at least two digits, letters only one at a time (kind codes, IPC, 2.02E+12)
    behind an optional CN or ZL, or the number of a document of another office (US7650331B1); a keyed
    fingerprint otherwise. Fields that name people are always keyed. -#}
{% macro publishable_value(field, value) -%}
    case
        when {{ value }} is null then null
        when
            {{ field }} not in ('applicants', 'inventors', 'address', 'title', 'agents', 'agency')
            and regexp_matches({{ value }}, '^(CN|ZL)?[A-Z]?([-0-9./+:;,() ]+[A-Z]?)*$')
            and regexp_matches({{ value }}, '[0-9].*[0-9]')
            then {{ value }}
        when
            {{ field }} in ('publication_no', 'application_no')
            and regexp_matches({{ value }}, '^[A-Z]{2,4}-?[0-9]{5}[-0-9./]*[A-Z]?[0-9]?$')
            then {{ value }}
        else {{ keyed(value) }}
    end
{%- endmacro %}
