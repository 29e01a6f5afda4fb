{#- Every written form of a date seen in the sources -> date, null when there is none:
    2019.07.09, 2008.7.11, 2019-07-09, 2019/7/9, 2019年7月9日 (blanks between do no harm), 20190709, ISO with time,
    20190709 with a time of six digits or as a floating point number, and the serial number of a spreadsheet
    (41239 = 2012-11-26; only 31000..60000, that is 1984 to 2064, so that no other number passes).
    The text is taken as trimmed and compatibility-normalised: say so once before, this reads it many times. -#}
{% macro written_date(expression) -%}
    {%- set text = expression -%}
    case
        when regexp_matches({{ text }}, '^[0-9]{8}(\.0|[0-9]{6})?$')
            then try_cast(
                substr({{ text }}, 1, 4) || '-' || substr({{ text }}, 5, 2) || '-' || substr({{ text }}, 7, 2) as date
            )
        when regexp_matches({{ text }}, '^[0-9]{5}(\.[0-9]+)?$')
            then case
                when try_cast(left({{ text }}, 5) as integer) between 31000 and 60000
                    then cast(date '1899-12-30' + try_cast(left({{ text }}, 5) as integer) as date)
            end
        when regexp_matches({{ text }}, '^[0-9]{4} *[./年-] *[0-9]{1,2} *[./月-] *[0-9]{1,2} *[日.]?([T ].*)?$')
            then try_cast(
                left({{ text }}, 4)
                || '-' || regexp_extract({{ text }}, '^[0-9]{4} *[./年-] *([0-9]{1,2})', 1)
                || '-' || regexp_extract({{ text }}, '^[0-9]{4} *[./年-] *[0-9]{1,2} *[./月-] *([0-9]{1,2})', 1) as date
            )
    end
{%- endmacro %}
