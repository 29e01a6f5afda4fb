-- Who had an address of its own, where and when: applicants of filings (the first one; others where an import says so)
-- and holders in transfers. These are the witnesses that locate the same name where it stands without an address.
with witnesses as (

    select
        s.applicant_name,
        'filing' as source,
        s.basis_year as year,
        s.address_text,
        s.n_applications as n_records
    from {{ ref('int_applicant_groups') }} as s
    where s.address_text is not null

    union all

    select
        {{ clean_text('p.party_name') }} as applicant_name,
        'transfer' as source,
        cast(p.effective_year as integer) as year,
        p.address_text,
        1 as n_records
    from {{ ref('int_parties_unnested') }} as p
    where p.address_text is not null and p.party_name is not null

)

select
    w.applicant_name,
    w.source,
    w.year,
    coalesce(
        l.node_code, 'unit:' || l.unit_code, if(l.country_or_area <> 'CN', 'country:' || l.country_or_area, null)
    ) as place_key,
    cast(sum(w.n_records) as bigint) as n
from witnesses as w
inner join {{ ref('int_place_texts_located') }} as l
    on w.address_text = l.text and l.text_kind = 'address' and w.year is not distinct from l.year
where l.rule is not null
group by all
