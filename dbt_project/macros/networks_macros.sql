{#- Application number of an event (申请号) as digits, dot, check digit; null when it is none: wrong length,
    wrong check digit, spreadsheet damage. Numbers without a check digit get theirs. -#}
{% macro networks_application_no(expression) -%}
    {%- set text = application_no_body(clean_number(expression)) -%}
    case
        when regexp_matches({{ text }}, '^([0-9]{12}|[0-9]{8})[0-9X]$')
            and right({{ text }}, 1)
            = {{ application_check_digit("left(" ~ text ~ ", length(" ~ text ~ ") - 1)") }}
            then left({{ text }}, length({{ text }}) - 1) || '.' || right({{ text }}, 1)
        when regexp_matches({{ text }}, '^([0-9]{12}|[0-9]{8})$')
            then {{ text }} || '.' || {{ application_check_digit(text) }}
    end
{%- endmacro %}

{# A number of a yearbook; empty and dashes are missing, thousands separators are taken out. #}
{% macro networks_number(expression) -%}
try_cast(nullif(replace(trim({{ expression }}), ',', ''), '') as double)
{%- endmacro %}

{# True when a yearbook cell holds a text that is no number: such cells are reported. #}
{% macro networks_unreadable_number(expression) -%}
(
        nullif(trim({{ expression }}), '') is not null
        and {{ networks_number(expression) }} is null
    )
{%- endmacro %}

{# Cells of a yearbook row that hold no number, as a list of (field, value). #}
{% macro networks_unreadable_cells(alias, columns) -%}
list_filter(
        [
            {%- for column in columns %}
            case
                when {{ networks_unreadable_number(alias ~ '.' ~ column) }}
                    then {'field': '{{ column }}', 'value': {{ alias }}.{{ column }}}
            end{{ ',' if not loop.last }}
            {%- endfor %}
        ],
        lambda cell: cell is not null
    )
{%- endmacro %}

{# Whether any landed month is synthetic: stands on every report. #}
{% macro networks_is_synthetic() -%}
(
    select coalesce(bool_or(m.is_synthetic), false)
    from {{ ref('fct_landed_months') }} as m
)
{%- endmacro %}

{#- What an event means for the holders of a patent: transfer (转移), change (变更 of name or address), address (a change
    that names no holder), or other, which is no assignment. The published type decides; where it says neither (codes
    of an export, 著录事项变更) what was read from the text does. -#}
{% macro event_class(event_type, parsed_type, before, after) -%}
    case
        when {{ event_type }} like '%转移%' then 'transfer'
        when {{ event_type }} like '%更正%' or {{ parsed_type }} = 'correction' then 'other'
        -- The later wordings of a change of address do not name the holder.
        when {{ parsed_type }} = 'address_change' and coalesce(len({{ before }}), 0) = 0
            and coalesce(len({{ after }}), 0) = 0 then 'address'
        when {{ event_type }} like '%姓名%' or {{ event_type }} like '%名称%' or {{ event_type }} like '%地址%'
            then 'change'
        when {{ parsed_type }} in ('transfer', 'holder_added', 'holder_dropped') then 'transfer'
        when {{ parsed_type }} in ('rename', 'address_change') then 'change'
        else 'other'
    end
{%- endmacro %}

{#- Text without layout and punctuation, to see that two listings say the same. -#}
{% macro networks_bare_text(expression) -%}
    regexp_replace({{ nfkc(expression) }}, '[\s\pP\pS]', '', 'g')
{%- endmacro %}
