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
