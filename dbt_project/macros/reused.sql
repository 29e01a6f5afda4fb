{#- Materialization `reused`: a table that is kept from build to build. It is a pure function of rows of one relation, its
    driver, under its code and its other inputs; so rows of the driver that were there before are not computed again.

        config(materialized='reused', driver='<model>', key=[columns])      rows of the driver are told by these columns,
                                                                            which the model hands on
        config(materialized='reused', driver='<model>', by='landed_month',  the driver stands over landing files of these
               tables=[...])                                                tables; a month counts as one, told by table,
                                                                            month and SHA-256 (bookkeeping.reused_slices).
                                                                            Rows are told by source_table and
                                                                            landing_month, or by
               slice='<expression>'                                         a number: place in tables, from 1, times 100000,
                                                                            and year times 12 and month
               distinct_by='<column>'                                       rows that stand for many, once each: a month
                                                                            adds those that are new; one that goes builds
                                                                            all anew

    Another reused table that tells something of the same rows, and of which this one uses for a row only what stands
    under the same columns, is named in companions=[...]: its code and inputs count, its contents need not.

    What is no longer in the driver is deleted, what is new is computed and inserted; whole rows are never merged. A month
    is noted when its rows stand; one that is not noted is taken out before it is put in, so that a build that broke off
    leaves nothing twice. bookkeeping.reused_models remembers of every such table the hash of its code (compiled SQL, so
    macros count), of its other inputs (their contents, so seeds and settings count) and of the views under its driver.
    Another hash, another set of columns or a table that is gone rebuilds it from nothing. -#}
{% materialization reused, adapter='duckdb', supported_languages=['sql'] %}

    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set driver = reused_node(config.require('driver')) -%}
    {%- set driver_relation = reused_relation(driver) -%}
    {%- set by_month = config.get('by') == 'landed_month' -%}
    {%- set distinct_by = config.get('distinct_by') -%}
    {%- set key = none if by_month else config.require('key') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- do run_query('create schema if not exists bookkeeping') -%}
    {%- do run_query(
        'create table if not exists bookkeeping.reused_models (model varchar primary key, code_hash varchar, '
        ~ 'inputs_hash varchar, action varchar, reason varchar, n_rows bigint, n_added bigint, n_dropped bigint)'
    ) -%}
    {%- do run_query(
        'create table if not exists bookkeeping.reused_slices (model varchar, source_table varchar, landing_month date, '
        ~ 'slice_no bigint, slice_hash varchar)'
    ) -%}
    {%- set body = sql -%}
    {%- set code_hash = local_md5(body) -%}
    {%- set inputs_hash = reused_inputs_hash(model, driver) -%}
    {%- set reason = reused_reason(existing_relation, code_hash, inputs_hash, by_month) -%}

    {%- if reason -%}
        {%- if existing_relation is not none -%}
            {%- do adapter.drop_relation(existing_relation) -%}
        {%- endif -%}
        {%- call statement('main') -%}
            {{ create_table_as(False, target_relation, body, 'sql') }}
        {%- endcall -%}
        {%- if by_month -%}
            {%- do run_query("delete from bookkeeping.reused_slices where model = '" ~ model.name ~ "'") -%}
            {%- do run_query(reused_note_slices(reused_current_slices())) -%}
        {%- endif -%}
        {%- set n_rows = reused_count(target_relation) -%}
        {%- set facts = ['rebuilt', reason, n_rows, n_rows, 0] -%}
    {%- elif by_month -%}
        {%- set before = reused_count(target_relation) -%}
        {%- set known = "select k.source_table, k.landing_month, k.slice_no, k.slice_hash from bookkeeping.reused_slices as k "
            ~ "where k.model = '" ~ model.name ~ "'" -%}
        {%- do run_query(
            'create or replace temp table reused_gone as (' ~ known ~ ') except (' ~ reused_current_slices() ~ ')'
        ) -%}
        {%- do run_query(
            'create or replace temp table reused_news as (' ~ reused_current_slices() ~ ') except (' ~ known ~ ')'
        ) -%}
        {%- set months = run_query(
            "select distinct 'date ''' || cast(landing_month as varchar) || '''' from reused_news order by 1"
        ).columns[0].values() -%}
        {%- if not distinct_by and run_query(
            'select 1 from reused_gone union all select 1 from reused_news limit 1'
        ).rows | length -%}
            {%- do run_query(
                'delete from ' ~ target_relation ~ ' as t where exists (select 1 from (select * from reused_gone union all '
                ~ 'select * from reused_news) as k where ' ~ reused_of_slice('t', 'k') ~ ')'
            ) -%}
            {%- do run_query(
                "delete from bookkeeping.reused_slices as t where t.model = '" ~ model.name ~ "' and exists ("
                ~ 'select 1 from reused_gone as k where t.slice_no = k.slice_no)'
            ) -%}
        {%- endif -%}
        {%- set left_over = reused_count(target_relation) -%}
        {%- if months | length -%}
            {#- the same code over the months of the driver that are new -#}
            {%- set news = '(select d.* from ' ~ driver_relation ~ ' as d where d.landing_month in ('
                ~ months | join(', ') ~ '))' -%}
            {%- set fresh = 'select m.* from (' ~ body | replace(driver_relation | string, news) ~ ') as m ' -%}
            {%- call statement('main') -%}
                insert into {{ target_relation }} by name {{ fresh }} where
                {%- if distinct_by %}
                    not exists (select 1 from {{ target_relation }} as t where t.{{ distinct_by }} = m.{{ distinct_by }})
                {%- else %}
                    exists (select 1 from reused_news as k where {{ reused_of_slice('m', 'k') }})
                {%- endif %}
            {%- endcall -%}
            {%- do run_query(reused_note_slices('select * from reused_news')) -%}
        {%- else -%}
            {%- call statement('main') -%}
                select 1
            {%- endcall -%}
        {%- endif -%}
        {%- do run_query('drop table reused_news') -%}
        {%- do run_query('drop table reused_gone') -%}
        {%- set n_rows = reused_count(target_relation) -%}
        {%- set facts = [
            'added' if n_rows > left_over or left_over < before else 'unchanged', '', n_rows, n_rows - left_over, before - left_over
        ] -%}
    {%- else -%}
        {%- set current_keys = 'select distinct ' ~ key | join(', ') ~ ' from ' ~ driver_relation -%}
        {%- set is_key = reused_same('t', 'k', key) -%}
        {%- set before = reused_count(target_relation) -%}
        {%- do run_query('create or replace temp table reused_keys as ' ~ current_keys) -%}
        {%- do run_query(
            'delete from ' ~ target_relation ~ ' as t where not exists (select 1 from reused_keys as k where ' ~ is_key ~ ')'
        ) -%}
        {%- set left_over = reused_count(target_relation) -%}
        {%- do run_query(
            'create or replace temp table reused_news as select k.* from reused_keys as k where not exists ('
            ~ 'select 1 from (select distinct ' ~ key | join(', ') ~ ' from ' ~ target_relation ~ ') as t where ' ~ is_key ~ ')'
        ) -%}
        {%- do run_query('drop table reused_keys') -%}
        {%- set n_news = run_query('select count(*) from reused_news').columns[0].values()[0] -%}
        {%- if n_news > 0 -%}
            {#- the same code over the new rows of its driver alone -#}
            {%- set news = '(select d.* from ' ~ driver_relation ~ ' as d where exists (select 1 from reused_news as k '
                ~ 'where ' ~ reused_same('d', 'k', key) ~ '))' -%}
            {%- call statement('main') -%}
                insert into {{ target_relation }} by name {{ body | replace(driver_relation | string, news) }}
            {%- endcall -%}
        {%- else -%}
            {%- call statement('main') -%}
                select 1
            {%- endcall -%}
        {%- endif -%}
        {%- do run_query('drop table reused_news') -%}
        {%- set n_rows = reused_count(target_relation) -%}
        {%- set facts = [
            'added' if n_rows > left_over or left_over < before else 'unchanged', '', n_rows, n_rows - left_over, before - left_over
        ] -%}
    {%- endif -%}

    {%- do run_query(
        "insert or replace into bookkeeping.reused_models values ('" ~ model.name ~ "', '" ~ code_hash ~ "', '"
        ~ inputs_hash ~ "', '" ~ facts[0] ~ "', '" ~ facts[1] ~ "', " ~ facts[2] ~ ', ' ~ facts[3] ~ ', ' ~ facts[4] ~ ')'
    ) -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- if reason -%}
        {%- do persist_docs(target_relation, model) -%}
    {%- endif -%}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}

{#- Why the table must be built from nothing; empty when it can be added to. -#}
{% macro reused_reason(existing_relation, code_hash, inputs_hash, by_month) -%}
    {%- if existing_relation is none -%}
        {{ return('there was no table') }}
    {%- elif not existing_relation.is_table -%}
        {{ return('it was no table') }}
    {%- elif should_full_refresh() -%}
        {{ return('full refresh') }}
    {%- endif -%}
    {%- set known = run_query(
        "select code_hash, inputs_hash from bookkeeping.reused_models where model = '" ~ model.name ~ "'"
    ).rows -%}
    {%- if known | length == 0 -%}
        {{ return('nothing is known of the table') }}
    {%- elif known[0][0] != code_hash -%}
        {{ return('its code changed') }}
    {%- elif known[0][1] != inputs_hash -%}
        {{ return('a seed, a setting or another input changed') }}
    {%- endif -%}
    {%- if by_month and config.get('distinct_by') and run_query(
        "select 1 from bookkeeping.reused_slices as k where k.model = '" ~ model.name ~ "' and not exists (select 1 from ("
        ~ reused_current_slices() ~ ') as s where k.slice_no = s.slice_no and k.slice_hash = s.slice_hash) limit 1'
    ).rows | length -%}
        {{ return('a month was taken away or landed again') }}
    {%- endif -%}
    {{ return('') }}
{%- endmacro %}

{#- Landed months of the sources, each with its number and what tells its rows: SHA-256 of its file, and behind it the
    day up to which a build as of a day knows them (it stands behind the 16 digits of the content id). -#}
{% macro reused_current_slices() -%}
    {%- set parts = [] -%}
    {%- for table in config.require('tables') -%}
        {%- do parts.append(
            'select m.table_name as source_table, cast(m.landing_month as date) as landing_month, '
            ~ loop.index ~ ' * 100000 + year(m.landing_month) * 12 + month(m.landing_month) as slice_no, '
            ~ 'left(m.sha256, 16) || substr(m.content_id, 17) as slice_hash from ' ~ source('raw', 'landed_months')
            ~ " as m where m.table_name = '" ~ table ~ "'"
        ) -%}
    {%- endfor -%}
    {{ return(parts | join(' union all ')) }}
{%- endmacro %}

{#- Whether a row is of a landed month. -#}
{% macro reused_of_slice(row_alias, slice_alias) -%}
    {%- if config.get('slice') -%}
        {{ return(config.get('slice') | replace('row.', row_alias ~ '.') ~ ' = ' ~ slice_alias ~ '.slice_no') }}
    {%- endif -%}
    {{ return(
        row_alias ~ '.source_table = ' ~ slice_alias ~ '.source_table and ' ~ row_alias ~ '.landing_month = '
        ~ slice_alias ~ '.landing_month'
    ) }}
{%- endmacro %}

{% macro reused_note_slices(slices) -%}
    {{ return(
        "insert into bookkeeping.reused_slices select '" ~ model.name ~ "', k.source_table, k.landing_month, k.slice_no, "
        ~ 'k.slice_hash from (' ~ slices ~ ') as k'
    ) }}
{%- endmacro %}

{#- Equality of keys, null being a value like others. -#}
{% macro reused_same(left_alias, right_alias, key) -%}
    {%- set parts = [] -%}
    {%- for column in key -%}
        {%- do parts.append(left_alias ~ '.' ~ column ~ ' is not distinct from ' ~ right_alias ~ '.' ~ column) -%}
    {%- endfor -%}
    {{ return(parts | join(' and ')) }}
{%- endmacro %}

{% macro reused_count(relation) -%}
    {{ return(run_query('select count(*) from ' ~ relation).columns[0].values()[0]) }}
{%- endmacro %}

{% macro reused_node(name) -%}
    {%- for node in graph.nodes.values() -%}
        {%- if node.name == name and node.resource_type in ('model', 'seed') -%}
            {{ return(node) }}
        {%- endif -%}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error('no model ' ~ name ~ ' drives ' ~ model.name) }}
{%- endmacro %}

{% macro reused_relation(node) -%}
    {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias or node.name)) }}
{%- endmacro %}

{#- Everything but the rows of the driver that can change what comes out: contents of the other parents, and what the
    views under the driver say. -#}
{% macro reused_inputs_hash(model, driver) -%}
    {%- set parts = [] -%}
    {%- for parent in model.depends_on.nodes | sort -%}
        {%- if parent != driver.unique_id and parent in graph.nodes -%}
            {%- set node = graph.nodes[parent] -%}
            {%- if node.name in model.config.get('companions', []) -%}
                {%- do parts.append(reused_known_hash(node.name)) -%}
            {%- else -%}
                {%- do parts.append(reused_content_hash(reused_relation(node))) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if driver.config.materialized == 'reused' -%}
        {%- do parts.append(reused_known_hash(driver.name)) -%}
    {%- elif driver.config.materialized == 'view' -%}
        {%- do reused_view_hashes(driver, parts, []) -%}
    {%- endif -%}
    {{ return(local_md5(parts | join('|'))) }}
{%- endmacro %}

{#- Code and inputs of another reused table, as they were when it was built. -#}
{% macro reused_known_hash(name) -%}
    {%- set known = run_query(
        "select code_hash || inputs_hash from bookkeeping.reused_models where model = '" ~ name ~ "'"
    ).rows -%}
    {{ return(name ~ ':' ~ (known[0][0] if known | length else 'unknown')) }}
{%- endmacro %}

{% macro reused_view_hashes(node, parts, seen) -%}
    {%- set found = run_query(
        "select sql from duckdb_views() where database_name = current_database() and schema_name = '" ~ node.schema
        ~ "' and view_name = '" ~ (node.alias or node.name) ~ "'"
    ).rows -%}
    {%- do parts.append(local_md5(found[0][0] if found | length else '')) -%}
    {%- for parent in node.depends_on.nodes | sort -%}
        {%- if parent in graph.nodes and parent not in seen -%}
            {%- do seen.append(parent) -%}
            {%- set upstream = graph.nodes[parent] -%}
            {%- if upstream.resource_type == 'seed' -%}
                {%- do parts.append(reused_content_hash(reused_relation(upstream))) -%}
            {%- elif upstream.config.materialized == 'view' -%}
                {%- do reused_view_hashes(upstream, parts, seen) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- Content of a relation, whatever the order of its rows. -#}
{% macro reused_content_hash(relation) -%}
    {%- set found = run_query(
        'select count(*), coalesce(sum(cast(md5_number_lower(cast(r as varchar)) as hugeint)), 0), '
        ~ 'coalesce(sum(cast(md5_number_upper(cast(r as varchar)) as hugeint)), 0) from ' ~ relation ~ ' as r'
    ).rows[0] -%}
    {{ return(relation.identifier ~ ':' ~ found[0] ~ ':' ~ found[1] ~ ':' ~ found[2]) }}
{%- endmacro %}
