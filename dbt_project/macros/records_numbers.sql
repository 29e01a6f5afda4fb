{#- Number as written -> upper case, without blanks, hyphens, quotes and the ="..." of spreadsheets. -#}
{% macro clean_number(expression) -%}
    upper(regexp_replace({{ nfkc(expression) }}, '[\s"''=_‐‑‒–—-]', '', 'g'))
{%- endmacro %}

{#- Check digit of the 12 (or 8) digits of a Chinese application number (校验位): weights 2..9, 2..5, sum
    modulo 11, 10 is X. Digits that are absent count nothing, so one expression serves both eras. -#}
{% macro application_check_digit(digits) -%}
    {%- set weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5] -%}
    substr('0123456789X', 1 + (
        {%- for weight in weights %}
        {{ weight }} * coalesce(try_cast(substr({{ digits }}, {{ loop.index }}, 1) as integer), 0){{ ' +' if not loop.last }}
        {%- endfor %}
    ) % 11, 1)
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
