-- Every name of an applicant or holder once, in the form in which names are compared. The name itself is kept.
with names as (

    -- lists that stand for an application
    select g.applicant_name
    from {{ ref('int_applicant_groups') }} as g

    union

    select p.party_name as applicant_name
    from {{ ref('int_parties_unnested') }} as p
    where p.party_name is not null

),

written as (

    select
        n.applicant_name,
        -- 王 学会 and 王学会 are one man; a blank between Latin words stays
        if(
            regexp_matches(n.applicant_name, '\s'),
            regexp_replace(
                regexp_replace(n.applicant_name, '([^A-Za-z0-9.,&])\s+', '\1', 'g'), '\s+([^A-Za-z0-9.,&])', '\1', 'g'
            ),
            n.applicant_name
        ) as tight_name
    from names as n
    where n.applicant_name <> ''

),

traditional_names as (

    select distinct h.applicant_name
    from (
        select
            w.applicant_name,
            unnest(string_split(w.tight_name, '')) as character
        from written as w
    ) as h
    inner join {{ ref('traditional_characters') }} as r on h.character = r.traditional

),

strings as (

    select
        string_agg(c.traditional, '' order by c.traditional) as traditional,
        string_agg(c.simplified, '' order by c.traditional) as simplified
    from {{ ref('traditional_characters') }} as c

)

select
    w.applicant_name,
    w.tight_name as folded_name,
    false as is_traditional
from written as w
left join traditional_names as t on w.applicant_name = t.applicant_name
where t.applicant_name is null

union all

select
    w.applicant_name,
    translate(w.tight_name, s.traditional, s.simplified) as folded_name,
    true as is_traditional
from written as w
inner join traditional_names as t on w.applicant_name = t.applicant_name
cross join strings as s
