{#- A value that may hold a person's name, in the only form that may be published: a keyed fingerprint.
    Two passes, so that the inner hash cannot be prolonged without the key; 16 hex digits (64 bit) keep two
    names apart. Plain hashes of Chinese names can be reversed by trying all names, hence the key. -#}
{% macro keyed(expression) -%}
    'keyed:' || left(
        sha256(
            (select k.person_key from {{ ref('stg_method__person_key') }} as k)
            || sha256(
                (select k.person_key from {{ ref('stg_method__person_key') }} as k) || {{ expression }}
            )
        ),
        16
    )
{%- endmacro %}
