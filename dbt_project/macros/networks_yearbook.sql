{#- Fields of the yearbook tables (scrapers/items.py) -> columns of the staging models. -#}
{% macro city_yearbook_columns() -%}
    {{ return([
        ('gdp', 'gdp_10k_yuan'), ('population', 'population_10k'), ('tertiary_share', 'tertiary_share_percent'),
        ('deposits', 'deposits_10k_yuan'), ('loans', 'loans_10k_yuan'), ('fdi', 'fdi_10k_usd'),
        ('internet_users', 'internet_users'), ('ict_employees', 'ict_employees'),
        ('telecom_output', 'telecom_output'), ('mobile_phones', 'mobile_phones'), ('so2_removal', 'so2_removal'),
        ('cod_removal', 'cod_removal'), ('solid_waste_use', 'solid_waste_use'),
        ('sewage_treatment', 'sewage_treatment'), ('household_waste_treatment', 'household_waste_treatment')
    ]) }}
{%- endmacro %}

{% macro province_yearbook_columns() -%}
    {{ return([
        ('gdp', 'gdp_10k_yuan'), ('tech_market_turnover', 'tech_market_turnover_10k_yuan'),
        ('policy_actors', 'policy_actors'), ('policy_tools', 'policy_tools'), ('ip_disputes', 'ip_disputes'),
        ('patents_granted', 'patents_granted')
    ]) }}
{%- endmacro %}

{#- Lines of the crawled table and imported cells as one table by place and year; an imported cell wins. -#}
{% macro merged_yearbook(level, crawled, code, columns) -%}
-- The other lines of a place and year are reported by int_events_rejected.
with crawled as (

    select * from {{ ref(crawled) }} as c
    where c.line_rank = 1

),

imported as (

    select
        k.region_code,
        k.year,
        {%- for variable, column in columns %}
        max(k.value_number) filter (where k.variable = '{{ variable }}') as {{ column }},
        {%- endfor %}
        count(*) as n_cells
    from {{ ref('int_yearbook_cells_judged') }} as k
    where k.level = '{{ level }}' and k.problem is null
    group by k.region_code, k.year

)

select
    coalesce(c.{{ code }}, i.region_code) as {{ code }},
    coalesce(c.year, i.year) as year,
    c.row_id is not null as has_crawled_line,
    {%- for variable, column in columns %}
    coalesce(i.{{ column }}, c.{{ column }}) as {{ column }},
    {%- endfor %}
    cast(coalesce(i.n_cells, 0) as integer) as n_imported_cells
from crawled as c
full outer join imported as i
    on c.{{ code }} = i.region_code and c.year = i.year
{%- endmacro %}

{#- Crawled cells that an imported one replaces with another value. -#}
{% macro replaced_cells(crawled, table, level, code, columns) -%}
    {%- for variable, column in columns %}
    select
        c.row_id, '{{ table }}' as source_table, c.source_file, c.source_row,
        '{{ variable }}' as field, cast(c.{{ column }} as varchar) as value,
        'replaced_by_import' as reason, 'import_wins_cell_by_cell' as rule,
        c.raw_pointer, false as is_row_dropped, k.raw_pointer as kept_raw_pointer
    from {{ ref(crawled) }} as c
    inner join cells as k
        on c.{{ code }} = k.region_code and c.year = k.year
    where k.problem is null and k.level = '{{ level }}' and k.variable = '{{ variable }}' and c.line_rank = 1
        and c.{{ column }} is not null and c.{{ column }} <> k.value_number
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
