-- depends_on: {{ ref('ipc_green_inventory') }}
-- depends_on: {{ ref('stg_method__settings') }}
-- A file named by GREENTIES_INVENTORY_TABLE replaces the main list; it takes the name of the edition asked for.
{%- set replacement = env_var('GREENTIES_INVENTORY_TABLE', '') %}

with main_list as (

    {% if replacement %}
        select
            i.*,
            split_part(s.inventory_edition, '+', 1) as edition
        from {{ reference_table('GREENTIES_INVENTORY_TABLE', ref('ipc_green_inventory')) }} as i
        cross join {{ ref('stg_method__settings') }} as s
    {% else %}
    select
        i.*,
        'wipo-2022-frozen' as edition
    from {{ ref('ipc_green_inventory') }} as i
    {% endif %}

),

all_lists as (

    select
        m.edition,
        m.topic,
        m.subtopic_path,
        m.ipc_from,
        m.ipc_to,
        m.note,
        m.paper_category
    from main_list as m
    union all
    select
        'legacy' as edition,
        l.topic,
        l.subtopic_path,
        l.ipc_from,
        l.ipc_to,
        l.note,
        l.paper_category
    from {{ ref('ipc_green_inventory_legacy') }} as l
    union all
    select
        'successors' as edition,
        n.topic,
        n.subtopic_path,
        n.ipc_from,
        n.ipc_to,
        n.note,
        n.paper_category
    from {{ ref('ipc_green_inventory_successors') }} as n

)

select
    a.edition,
    trim(a.topic) as topic,
    trim(a.subtopic_path) as subtopic_path,
    {{ written_entry('a.ipc_from') }} as ipc_from,
    {{ written_entry("coalesce(nullif(trim(a.ipc_to), ''), a.ipc_from)") }} as ipc_to,
    a.note,
    coalesce(trim(a.paper_category), '') as paper_category
from all_lists as a
