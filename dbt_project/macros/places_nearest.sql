{#- Where a name had its address in the year nearest to the one asked for.

    `wanted`   (wanted_id, applicant_name, year, left_out): left_out is the place of a record of that year that must
               not vouch for itself, null when there is none;
    `evidence` (applicant_name, year, place_key, n): records with an own address, by year and place.

    Returns one row per wanted_id with any evidence: place_key (null when two places are equally near, equally
    frequent there and over all years), share of the place among the nearest records, year_gap, n_places over all
    years, n_nearest. -#}
{% macro nearest_place(wanted, evidence) -%}
    (
        with counted as (

            select
                w.wanted_id,
                e.place_key,
                coalesce(abs(e.year - w.year), 99) as gap,
                e.n - if(w.left_out = e.place_key and w.year = e.year, 1, 0) as n
            from {{ wanted }} as w
            inner join {{ evidence }} as e on w.applicant_name = e.applicant_name

        ),

        nearest as (

            select
                c.*,
                min(c.gap) over (partition by c.wanted_id) as year_gap
            from counted as c
            where c.n > 0

        ),

        by_place as (

            select
                n.wanted_id,
                n.place_key,
                min(n.year_gap) as year_gap,
                sum(if(n.gap = n.year_gap, n.n, 0)) as n_near,
                sum(n.n) as n_all
            from nearest as n
            group by n.wanted_id, n.place_key

        ),

        ranked as (

            select
                b.*,
                sum(b.n_near) over (partition by b.wanted_id) as n_nearest,
                count(*) over (partition by b.wanted_id) as n_places,
                rank() over (partition by b.wanted_id order by b.n_near desc, b.n_all desc) as place_rank
            from by_place as b

        )

        select
            r.wanted_id,
            if(count(*) = 1, max(r.place_key), null) as place_key,
            max(r.n_near) / max(r.n_nearest) as share,
            max(r.year_gap) as year_gap,
            max(r.n_places) as n_places,
            max(r.n_nearest) as n_nearest
        from ranked as r
        where r.place_rank = 1
        group by r.wanted_id
    )
{%- endmacro %}

{#- Class of the years between a record and its witness. -#}
{% macro year_distance(years) -%}
    case
        when {{ years }} = 0 then 'same_year'
        when {{ years }} = 1 then 'next_year'
        when {{ years }} <= 3 then 'within_3_years'
        else 'further_away'
    end
{%- endmacro %}
