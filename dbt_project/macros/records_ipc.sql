{#- One complete symbol without blanks; letter O is taken in digit places and repaired later. -#}
{% macro ipc_symbol_pattern() %}[A-HY][0-9O]{2}[A-Z](?:[0-9O]{1,4}[/:][0-9O]{2,6}|[0-9]{10}){% endmacro %}

{#- Order of the IPC as plain text: subclass, main group to four digits, subgroup as a string, so that
    31/0216 < 31/04 < 31/0747 < 31/08. Classes and subclasses are their own key and start those below. -#}
{% macro ipc_sort_key(symbol) -%}
    case
        when {{ symbol }} like '%/%'
            then left({{ symbol }}, 4)
                || lpad(regexp_extract({{ symbol }}, '^.{4} *([0-9]+)/', 1), 4, '0')
                || regexp_extract({{ symbol }}, '/([0-9]+)', 1)
        else {{ symbol }}
    end
{%- endmacro %}

{#- Sort key of the main group that a symbol stands in, without any subgroup. -#}
{% macro ipc_main_group_key(symbol) -%}
    left({{ symbol }}, 4) || lpad(regexp_extract({{ symbol }}, '^.{4} *([0-9]+)/', 1), 4, '0')
{%- endmacro %}

{#- An entry of an inventory file in the one spelling used here: C10L 5/40, one blank before the main group. -#}
{% macro written_entry(expression) -%}
    regexp_replace(
        upper(trim({{ expression }})), '^([A-Z][0-9]{2}[A-Z]) *0*([0-9]+/[0-9]+)$', '\1 \2'
    )
{%- endmacro %}

{#- Bounds of an entry of an inventory in the order of sort keys, the upper one excluded. Behind a key, '!' sorts before
    every digit (nothing but the symbol itself), ':' behind every digit (with all that extend it), '~' behind everything
    (a whole class). prefix: x/00 alone is its main group, as the lower bound of a range a mere position, as the upper one
    with all of its main group. exact: the listed symbols themselves, classes and subclasses whole. -#}
{% macro entry_lower_key(mode, first, last) -%}
    {%- if mode == 'exact' -%}
        {{ ipc_sort_key(first) }}
    {%- else -%}
        case
            when {{ first }} like '%/00' and {{ first }} = {{ last }} then {{ ipc_main_group_key(first) }}
            else {{ ipc_sort_key(first) }}
        end
    {%- endif -%}
{%- endmacro %}

{% macro entry_upper_key(mode, last) -%}
    case
        when {{ last }} not like '%/%' then {{ last }} || '~'
        {%- if mode == 'exact' %}
        else {{ ipc_sort_key(last) }} || '!'
        {%- else %}
        when {{ last }} like '%/00' then {{ ipc_main_group_key(last) }} || ':'
        else {{ ipc_sort_key(last) }} || ':'
        {%- endif %}
    end
{%- endmacro %}

{#- Name of an entry: C10L 5/40, or C10L 5/40-5/48. -#}
{% macro entry_name(first, last) -%}
    if({{ first }} = {{ last }}, {{ first }}, {{ first }} || '-' || split_part({{ last }}, ' ', 2))
{%- endmacro %}
