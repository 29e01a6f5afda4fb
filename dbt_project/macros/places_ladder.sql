{#- Own address, else the ladder: the one rule by which applicants of applications and holders of events are placed.
    It has three steps. rungs: what the address and the name of a party say; placed: which of them counts; the id. -#}

{#- Columns of both rungs: l is the own address, d the ladder of the name. -#}
{% macro rungs_of(party) -%}
l.rule is not null as has_own,
        l.node_code as own_node,
        l.adcode_at_date as own_adcode_at_date,
        l.country_or_area as own_country,
        l.confidence as own_confidence,
        l.reason as own_reason,
        d.node_code as ladder_node,
        d.country_or_area as ladder_country,
        d.city_rule as ladder_rule,
        d.confidence as ladder_confidence,
        d.reason as ladder_reason,
        -- an ambiguous own address still rules out every place it cannot mean
        {{ party }}.address_text is null
        or l.candidates is null
        or list_contains(string_split(l.candidates, ';'), d.place_key) as is_ladder_possible
{%- endmacro %}

{% macro join_rungs(party, name) -%}
left join {{ ref('int_place_texts_located') }} as l
        on {{ party }}.address_text = l.text and l.text_kind = 'address' and {{ party }}.year is not distinct from l.year
    left join {{ ref('int_names_located') }} as d
        on {{ party }}.{{ name }} = d.applicant_name and {{ party }}.year is not distinct from d.year
{%- endmacro %}

{% macro own_or_ladder(rung) -%}
{%- set r = rung -%}
case
            when {{ r }}.has_own then {{ r }}.own_node
            when {{ r }}.is_ladder_possible then {{ r }}.ladder_node
        end as node_code,
        case
            when {{ r }}.has_own then {{ r }}.own_country
            when {{ r }}.is_ladder_possible and {{ r }}.ladder_rule is not null then {{ r }}.ladder_country
            else {{ r }}.own_country
        end as country_or_area,
        case
            when {{ r }}.has_own then 'own_address'
            when {{ r }}.is_ladder_possible then {{ r }}.ladder_rule
        end as city_rule,
        cast(case
            when {{ r }}.has_own then {{ r }}.own_confidence
            when {{ r }}.is_ladder_possible then coalesce({{ r }}.ladder_confidence, 0)
            else 0
        end as decimal(4, 2)) as confidence,
        case
            when {{ r }}.has_own then {{ r }}.own_reason
            when {{ r }}.is_ladder_possible and {{ r }}.ladder_rule is not null then {{ r }}.ladder_reason
            when {{ r }}.address_text is not null then coalesce('address_' || {{ r }}.own_reason, 'address_unread')
            else coalesce({{ r }}.ladder_reason, 'no_evidence')
        end as reason
{%- endmacro %}

{#- A person is one applicant per name and place, an organisation one per name. -#}
{% macro placed_applicant_id(p) -%}
if(
        {{ p }}.is_person,
        md5({{ p }}.name_id || ':' || coalesce({{ p }}.node_code, {{ p }}.country_or_area, '')),
        {{ p }}.name_id
    )
{%- endmacro %}
