{#- A list that an importer split -> one text in the form of the gazette: `;` and U+2002 EN SPACE between elements,
    so that one splitter serves all sources; null for a list without elements. -#}
{% macro gazette_list(expression) -%}
    nullif(array_to_string(list_filter({{ expression }}, lambda part : trim(part) <> ''), ';' || chr(8194)), '')
{%- endmacro %}

{#- List of the gazette (pip, pig, pug, pdg) that a label of an export names (专利类型); null when it leaves open
    whether an invention was published or granted, as 发明 and 发明专利 do. -#}
{% macro list_of_label(expression) -%}
    case
        when regexp_matches({{ expression }}, '授权发明|发明授权|发明专利授权|(?i)^(granted invention|SQ|SY|B)$') then 'pig'
        when regexp_matches({{ expression }}, '发明(专利)?(申请|公开|公布)|公开发明|(?i)^(invention application|FM|A)$')
            then 'pip'
        when regexp_matches({{ expression }}, '实用新型|(?i)^(utility( model)?|XX|U)$') then 'pug'
        when regexp_matches({{ expression }}, '外观|(?i)^(design|WG|D)$') then 'pdg'
    end
{%- endmacro %}
