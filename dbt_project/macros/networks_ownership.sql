{#- Key of an owner whose name nobody classified: made like that of any other name. -#}
{% macro owner_key_of(alias, name) -%}
    coalesce({{ alias }}.owner_key, md5('applicant:' || {{ keyed(name) }}))
{%- endmacro %}

{#- One move of shares: those whose keys are listed in `leaving` give all they have, those of `arriving` receive it in
    equal parts; where nobody leaves each one arriving receives one n-th and all others keep their proportions; where
    nobody arrives what is given goes to those who stay in their proportions. Whole numbers over one denominator, so
    that shares add up exactly. Gives the columns `<name>_owners`, `<name>_denominator`, `<name>_moves` (whole numbers
    over `<name>_moved_of`) of the CTE `<source>`, which holds owners, denominator, leaving and arriving. -#}
{% macro ownership_move(source, owners, denominator, leaving, arriving, name, carried) -%}
    select
        {%- for column in carried %}
        w.{{ column }},
        {%- endfor %}
        -- a dilution multiplies the shares of who stays by their number, a transfer by that of the arriving
        case
            when w.n_arriving = 0 and (w.pool = 0 or len(w.staying) = 0) then w.{{ owners }}
            else list_concat(
                list_transform(
                    w.staying,
                    lambda o: {
                        'owner_key': o.owner_key,
                        'owner_name': o.owner_name,
                        'units': o.units * case
                            when w.n_arriving = 0 then 1 when w.pool > 0 then w.n_arriving else len(w.staying)
                        end
                    }
                ),
                list_transform(
                    w.{{ arriving }},
                    lambda a: {
                        'owner_key': a.owner_key,
                        'owner_name': a.owner_name,
                        'units': if(w.pool > 0, w.pool, w.{{ denominator }})
                    }
                )
            )
        end as {{ name }}_owners,
        cast(case
            when w.n_arriving = 0 and (w.pool = 0 or len(w.staying) = 0) then w.{{ denominator }}
            when w.n_arriving = 0 then w.{{ denominator }} - w.pool
            when w.pool > 0 then w.{{ denominator }} * w.n_arriving
            else w.{{ denominator }} * (len(w.staying) + w.n_arriving)
        end as bigint) as {{ name }}_denominator,
        case
            when w.n_arriving = 0 and w.pool > 0
                then flatten(list_transform(
                    w.giving,
                    lambda g: list_transform(
                        w.staying,
                        lambda t: {'from_key': g.owner_key, 'to_key': t.owner_key, 'units': g.units * t.units}
                    )
                ))
            else flatten(list_transform(
                if(w.pool > 0, w.giving, w.staying),
                lambda g: list_transform(
                    w.{{ arriving }},
                    lambda t: {'from_key': g.owner_key, 'to_key': t.owner_key, 'units': g.units}
                )
            ))
        end as {{ name }}_moves,
        cast(case
            when w.n_arriving = 0 then w.{{ denominator }} * greatest(w.{{ denominator }} - w.pool, 1)
            when w.pool > 0 then w.{{ denominator }} * w.n_arriving
            else w.{{ denominator }} * (len(w.staying) + w.n_arriving)
        end as bigint) as {{ name }}_moved_of
    from (
        select
            v.*,
            cast(coalesce(list_sum(list_transform(v.giving, lambda g: g.units)), 0) as bigint) as pool
        from (
            select
                u.*,
                list_filter(u.{{ owners }}, lambda o: list_contains(u.{{ leaving }}, o.owner_key)) as giving,
                list_filter(u.{{ owners }}, lambda o: not list_contains(u.{{ leaving }}, o.owner_key)) as staying,
                cast(len(u.{{ arriving }}) as bigint) as n_arriving
            from {{ source }} as u
        ) as v
    ) as w
{%- endmacro %}

{#- Shares are fractions of at most so many parts; beyond it they are rounded and the finding says so. -#}
{% macro ownership_most_parts() -%}1000000{%- endmacro %}

{#- The recursive part of the ledger up to the event's own move: the next event of every patent, the rule that its
    old holders call for, the repaired owners, who leaves and who arrives. -#}
{% macro ownership_step_event() -%}
    select
        r.*,
        case
            when r.rule in ('no_party_named', 'new_holders_not_named', 'already_in_force') or r.is_rename then []
            when r.rule = 'old_holders_not_named'
                then list_filter(
                    list_transform(r.repaired_owners, lambda o: o.owner_key),
                    lambda k: not list_contains(r.after_keys, k)
                )
            else list_filter(r.before_keys, lambda k: not list_contains(r.after_keys, k))
        end as leaving,
        if(
            r.rule in ('no_party_named', 'new_holders_not_named', 'already_in_force') or r.is_rename, [], r.newcomers
        ) as arriving,
        if(r.is_rename, list_filter(r.before_keys, lambda k: not list_contains(r.after_keys, k)), []) as renamed_keys,
        if(r.is_rename, r.newcomers, []) as renaming
    from (
        select
            q.*,
            q.event_class = 'change' and q.rule <> 'already_in_force'
            and len(q.newcomers) > 0
            and len(list_filter(q.before_keys, lambda k: not list_contains(q.after_keys, k))) = len(q.newcomers)
            as is_rename
        from (
            select
                p.*,
                list_filter(
                    p.after_owners,
                    lambda a: not list_contains(
                        list_transform(p.repaired_owners, lambda o: o.owner_key), a.owner_key
                    )
                ) as newcomers
            from (
                {{ ownership_move(
                    source='(' ~ ownership_step_repair() ~ ')', owners='owners', denominator='denominator',
                    leaving='repair_leaving', arriving='repair_arriving', name='repaired',
                    carried=[
                        'application_id', 'step', 'assignment_id', 'event_date', 'event_class', 'rule',
                        'before_keys', 'after_keys', 'before_owners', 'after_owners'
                    ]
                ) }}
            ) as p
        ) as q
    ) as r
{%- endmacro %}

{% macro ownership_step_repair() -%}
    select
        j.*,
        if(
            j.rule = 'unseen_move',
            list_filter(j.known_keys, lambda k: not list_contains(j.before_keys, k)), []
        ) as repair_leaving,
        if(
            j.rule in ('unseen_move', 'unseen_added_holder'),
            list_filter(j.before_owners, lambda b: not list_contains(j.known_keys, b.owner_key)), []
        ) as repair_arriving
    from (
        select
            i.*,
            case
                when len(i.after_keys) = 0 and len(i.before_keys) = 0 then 'no_party_named'
                when len(i.after_keys) = 0 then 'new_holders_not_named'
                when len(i.before_keys) = 0 and i.event_class = 'change' then 'no_party_named'
                when len(i.before_keys) = 0 then 'old_holders_not_named'
                when len(i.unknown_keys) = 0 and len(i.missing_keys) = 0 then 'as_told'
                when len(i.unknown_keys) = 0 then 'unmentioned_owners_keep'
                when len(list_filter(i.after_keys, lambda k: not list_contains(i.known_keys, k))) = 0
                    and len(i.after_keys) = len(i.known_keys) then 'already_in_force'
                when len(i.missing_keys) > 0 then 'unseen_move'
                else 'unseen_added_holder'
            end as rule
        from (
            select
                h.*,
                list_filter(h.before_keys, lambda k: not list_contains(h.known_keys, k)) as unknown_keys,
                list_filter(h.known_keys, lambda k: not list_contains(h.before_keys, k)) as missing_keys
            from (
                select
                    f.application_id,
                    f.step + 1 as step,
                    e.assignment_id,
                    e.event_date,
                    e.event_class,
                    f.owners,
                    f.denominator,
                    e.before_owners,
                    e.after_owners,
                    list_transform(f.owners, lambda o: o.owner_key) as known_keys,
                    list_transform(e.before_owners, lambda o: o.owner_key) as before_keys,
                    list_transform(e.after_owners, lambda o: o.owner_key) as after_keys
                from folded as f
                inner join {{ ref('int_ownership_events') }} as e
                    on f.application_id = e.application_id and f.step + 1 = e.step
            ) as h
        ) as i
    ) as j
{%- endmacro %}

{#- A step of the ledger: event, repair and move of `ownership_step_event`, then names as the event prints them, and
    shares brought to their smallest whole numbers. -#}
{% macro ownership_step() -%}
    select
        z.application_id,
        z.step,
        z.assignment_id,
        z.event_date,
        list_transform(
            z.owners,
            lambda o: {
                'owner_key': o.owner_key,
                'owner_name': o.owner_name,
                -- rounding takes what is left over from who has most, and nobody's share disappears
                'units': case
                    when z.parts <= {{ ownership_most_parts() }} then o.units // z.divisor
                    when o.owner_key = z.largest_key then {{ ownership_most_parts() }} - z.rounded_others
                    else greatest(o.units * {{ ownership_most_parts() }} // z.denominator, 1)
                end
            }
        ) as owners,
        cast(least(z.parts, {{ ownership_most_parts() }}) as bigint) as denominator,
        z.rule,
        z.repaired_owners as owners_before,
        z.repaired_denominator as denominator_before,
        z.repaired_moves as repair_moves,
        z.repaired_moved_of as repair_moved_of,
        z.moved_moves as moves,
        z.moved_moved_of as moved_of
    from (
        select
            y.*,
            y.denominator // y.divisor as parts,
            list_sum(list_transform(
                list_filter(y.owners, lambda o: o.owner_key <> y.largest_key),
                lambda o: greatest(o.units * {{ ownership_most_parts() }} // y.denominator, 1)
            )) as rounded_others
        from (
            select
                x.*,
                {{ common_divisor('list_append(x.all_units, x.denominator)') }} as divisor,
                list_extract(x.owners, list_position(x.all_units, list_max(x.all_units))).owner_key as largest_key
            from (
                select n.*, list_transform(n.owners, lambda o: o.units) as all_units
                from (
                select
                    m.application_id, m.step, m.assignment_id, m.event_date, m.rule,
                    m.repaired_owners, m.repaired_denominator, m.repaired_moves, m.repaired_moved_of,
                    if(
                        len(m.renamed_keys) > 0,
                        list_transform(
                            m.renamed_keys,
                            lambda k, i: {
                                'from_key': k,
                                'to_key': list_extract(m.renaming, i).owner_key,
                                'units': list_extract(
                                    list_filter(m.repaired_owners, lambda o: o.owner_key = k), 1
                                ).units
                            }
                        ),
                        m.moved_moves
                    ) as moved_moves,
                    if(len(m.renamed_keys) > 0, m.repaired_denominator, m.moved_moved_of) as moved_moved_of,
                    m.moved_denominator as denominator,
                    -- a change of name keeps the owner; whoever stays bears the name that the event prints
                    list_transform(
                        list_transform(
                            m.moved_owners,
                            lambda o: if(
                                list_contains(m.renamed_keys, o.owner_key),
                                {
                                    'owner_key': list_extract(
                                        m.renaming, list_position(m.renamed_keys, o.owner_key)
                                    ).owner_key,
                                    'owner_name': o.owner_name,
                                    'units': o.units
                                },
                                o
                            )
                        ),
                        lambda o: {
                            'owner_key': o.owner_key,
                            'owner_name': coalesce(
                                list_extract(
                                    m.after_owners,
                                    list_position(
                                        list_transform(m.after_owners, lambda a: a.owner_key), o.owner_key
                                    )
                                ).owner_name,
                                o.owner_name
                            ),
                            'units': o.units
                        }
                    ) as owners
                from (
                    {{ ownership_move(
                        source='(' ~ ownership_step_event() ~ ')', owners='repaired_owners',
                        denominator='repaired_denominator', leaving='leaving', arriving='arriving', name='moved',
                        carried=[
                            'application_id', 'step', 'assignment_id', 'event_date', 'rule', 'repaired_owners',
                            'repaired_denominator', 'repaired_moves', 'repaired_moved_of', 'after_owners',
                            'renamed_keys', 'renaming'
                        ]
                    ) }}
                ) as m
                ) as n
            ) as x
        ) as y
    ) as z
{%- endmacro %}

{#- Greatest common divisor of a list of whole numbers. -#}
{% macro common_divisor(numbers) -%}
    list_reduce({{ numbers }}, lambda a, b: gcd(a, b))
{%- endmacro %}

{#- An owner in a list of owners; units are its part of the whole. -#}
{% macro owner_struct(key, name, units=none) -%}
    {'owner_key': {{ key }}, 'owner_name': {{ name }}{{ ", 'units': " ~ units if units }}}
{%- endmacro %}

{#- A move in a list of moves. -#}
{% macro ownership_move_struct(giver, taker, units) -%}
    {'from_key': {{ giver }}, 'to_key': {{ taker }}, 'units': {{ units }}}
{%- endmacro %}

{#- Columns of step 0 of a history: what its start says, before any event. -#}
{% macro ownership_start_columns(alias) -%}
    {{ alias }}.application_id,
    0 as step,
    cast(null as varchar) as assignment_id,
    cast(null as date) as event_date,
    {{ alias }}.owners,
    {{ alias }}.denominator,
    {{ alias }}.rule,
    {{ alias }}.owners as owners_before,
    {{ alias }}.denominator as denominator_before,
    cast([] as struct(from_key varchar, to_key varchar, units bigint)[]) as repair_moves,
    cast(1 as bigint) as repair_moved_of,
    cast([] as struct(from_key varchar, to_key varchar, units bigint)[]) as moves,
    cast(1 as bigint) as moved_of
{%- endmacro %}
