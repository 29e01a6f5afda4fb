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
