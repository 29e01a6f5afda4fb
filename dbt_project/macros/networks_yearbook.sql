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

{#- Variables that only an import brings; the same tuple as above. -#}
{% macro imported_yearbook_columns(level) -%}
    {%- set shared = [
        ('price_index', 'price_index'), ('patent_applications', 'patent_applications'),
        ('invention_grants', 'invention_grants')
    ] -%}
    {{ return(shared + ([('patent_grants', 'patent_grants')] if level == 'city' else [])) }}
{%- endmacro %}

{#- Cells of a crawled yearbook line that counts, one row each. -#}
{% macro crawled_cells(level, crawled, table, code, columns) -%}
    select
        '{{ level }}' as level,
        c.{{ code }} as place_code,
        c.year,
        unnest([
            {%- for variable, column in columns %}
            {'variable': '{{ variable }}', 'value': cast(c.{{ column }} as double)}{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as cell,
        'crawled' as origin,
        c.row_id,
        '{{ table }}' as source_table,
        c.source_file,
        c.source_row,
        c.raw_pointer
    from {{ ref(crawled) }} as c
    where c.line_rank = 1 and c.{{ code }} is not null and c.year is not null
{%- endmacro %}

{#- Lines of the crawled table and cells that count, as one table by place and year. -#}
{% macro merged_yearbook(level, crawled, code, columns) -%}
-- The other lines of a place and year are reported by int_events_rejected.
with crawled as (

    select * from {{ ref(crawled) }} as c
    where c.line_rank = 1

),

cells as (

    select
        k.place_code,
        k.year,
        {%- for variable, column in columns + imported_yearbook_columns(level) %}
        max(k.value) filter (where k.variable = '{{ variable }}' and not k.is_refused) as {{ column }},
        {%- endfor %}
        count(*) filter (where k.origin = 'imported') as n_imported_cells
    from {{ ref('int_yearbook_cells_tried') }} as k
    where k.level = '{{ level }}'
    group by k.place_code, k.year

)

select
    coalesce(c.{{ code }}, i.place_code) as {{ code }},
    coalesce(c.year, i.year) as year,
    c.row_id is not null as has_crawled_line,
    {%- for variable, column in columns + imported_yearbook_columns(level) %}
    i.{{ column }},
    {%- endfor %}
    cast(coalesce(i.n_imported_cells, 0) as integer) as n_imported_cells
from crawled as c
full outer join cells as i
    on c.{{ code }} = i.place_code and c.year = i.year
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
