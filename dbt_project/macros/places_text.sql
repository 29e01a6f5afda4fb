{#- The seed of a reference table, or the user's file of the same shape when the variable names one. Every
    column is read as text either way; types are given once, below. -#}
{% macro reference_table(variable, seed) -%}
    {%- set path = env_var(variable, '') -%}
    {%- if path -%}
        read_csv('{{ path | replace("'", "''") }}', header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', skip = 0)
    {%- else -%}
        {{ seed }}
    {%- endif -%}
{%- endmacro %}

{#- A text in simplified characters made comparable with place names: blanks and commas out, a leading 中国 out (it
    says nothing about the city, and 中国台湾 stays what 台湾 is). -#}
{% macro place_text(expression) -%}
    {%- set bare = "case when regexp_matches(" ~ expression ~ ", '[\\s,，、\\x{200B}-\\x{200F}\\x{2060}\\x{FEFF}]') then regexp_replace(" ~ expression ~ ", '[\\s,，、\\x{200B}-\\x{200F}\\x{2060}\\x{FEFF}]', '', 'g') else " ~ expression ~ " end" -%}
    {{ without_country(bare) }}
{%- endmacro %}

{% macro without_country(expression) -%}
    case
        when starts_with({{ expression }}, '中') then regexp_replace(
            {{ expression }}, '^(中华人民共和国|中国)(\p{Han}*(省|市|自治区|台湾|香港|澳门))', '\2'
        )
        else {{ expression }}
    end
{%- endmacro %}

{#- Name of a county-level unit without its kind: 昆山市 -> 昆山, 江华瑶族自治县 -> 江华, 科尔沁左翼中旗 -> 科尔沁左翼中. -#}
{% macro county_stem(expression) -%}
    regexp_replace(
        regexp_replace(
            {{ expression }},
            '(蒙古族|蒙古|回族|藏族|维吾尔族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|哈萨克|傣族|黎族|傈僳族|佤族|畲族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯|塔吉克|普米族|鄂温克族|德昂族|保安族|裕固族|鄂伦春族|独龙族|怒族|各族)+自治(县|旗)$',
            ''
        ),
        '(自治县|自治旗|市|县|区|旗|林区|特区)$', ''
    )
{%- endmacro %}

{#- Leftmost-longest in one pass: of the matches of a text, sorted by position and each the longest at its position,
    keep those that begin behind the last one kept and, where they need an anchor, right behind it. Every match
    comes as a list of one struct, so that keeping is concatenation; the first element is the start of the text. -#}
{% macro leftmost_longest(m) -%}
    list_reduce(
        list_prepend(
            [struct_pack(
                start_at := cast(0 as bigint), end_at := cast(0 as bigint), word := '', word_kind := 'start',
                is_seat := false, is_generic := false, needs_anchor := false, is_bracketed := false
            )],
            list(
                [struct_pack(
                    start_at := {{ m }}.start_at, end_at := {{ m }}.end_at, word := {{ m }}.word,
                    word_kind := {{ m }}.word_kind, is_seat := {{ m }}.is_seat, is_generic := {{ m }}.is_generic,
                    needs_anchor := {{ m }}.needs_anchor, is_bracketed := {{ m }}.is_bracketed
                )] order by {{ m }}.start_at
            )
        ),
        lambda kept, found : case
            when
                found[1].start_at > kept[-1].end_at
                and (not found[1].needs_anchor or found[1].start_at = kept[-1].end_at + 1)
                then list_concat(kept, found)
            else kept
        end
    )
{%- endmacro %}

{#- The year whose end the present boundaries are those of; a text without a year is read as of then. -#}
{% macro last_boundary_year() -%}2024{%- endmacro %}

{#- Confidence from which on a city is as sure as the ladder can be: the strictest threshold of published bounds. -#}
{% macro strictest_confidence() -%}0.99{%- endmacro %}
