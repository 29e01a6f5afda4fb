{#- The holders named in legal events, as the places subject reads them. -#}
{% macro places_parties() -%}
    (
        select
            cast(null as varchar) as assignment_id,
            cast(null as varchar) as side,
            cast(null as integer) as party_seq,
            cast(null as varchar) as party_name,
            cast(null as varchar) as address_text,
            cast(null as integer) as effective_year
        where false
    )
{%- endmacro %}
