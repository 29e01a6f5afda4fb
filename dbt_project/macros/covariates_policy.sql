{#- A line of a document without blanks and indents of any width at its ends. -#}
{% macro policy_trimmed(expression) -%}
    trim(translate({{ expression }}, '{{ '%c' | format(12288) }}{{ '%c' | format(160) }}{{ '%c' | format(9) }}', '   '))
{%- endmacro %}
