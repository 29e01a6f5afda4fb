{#- Class under which a tag counts in a set of the inventory; empty text for none.
    paper7: the paper's seven classes; paper7_wide: the same, with waste reuse read as all of waste management that
    is no carbon capture; wipo_full: the topics of WIPO. -#}
{% macro green_class(green_set, topic, paper_category) -%}
    case {{ green_set }}
        when 'wipo_full' then {{ topic }}
        when 'paper7_wide'
            then case
                when {{ paper_category }} = '' and {{ topic }} = 'waste_management' then 'waste_reuse'
                else {{ paper_category }}
            end
        else {{ paper_category }}
    end
{%- endmacro %}

{#- Room for a reason (its number, twice, and a doubt) below a position within one bigint. -#}
{% macro reason_room() %}10000000{% endmacro %}

{#- Place of a publication among those of its application: the latest is the corrected one, on one day the grant, then
    the higher number. One whole number, so that ranking compares nothing else. -#}
{% macro publication_place(alias) -%}
    (date_diff('day', date '1985-01-01', {{ alias }}.publication_date) * 2
        + if({{ alias }}.is_grant, 1, 0)) * cast(100000000000000 as bigint)
    + {{ alias }}.publication_key
{%- endmacro %}
