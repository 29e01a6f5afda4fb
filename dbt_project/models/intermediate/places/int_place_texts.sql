-- All texts that may tell a place, once each: addresses of first applicants and of holders, names of organisations.
-- GREENTIES_PLACE_TEXTS may name a CSV file (text, text_kind, year) whose texts are located along with them, or alone
-- where GREENTIES_PLACE_TEXTS_ONLY is set: `greenties locate` asks nothing that was landed.
with texts as (
{%- if not env_var('GREENTIES_PLACE_TEXTS_ONLY', '') %}

    select
        s.address_text as text,
        'address' as text_kind,
        s.basis_year as year
    from {{ ref('int_applicant_groups') }} as s

    union

    select
        p.address_text as text,
        'address' as text_kind,
        p.effective_year as year
    from {{ ref('int_parties_unnested') }} as p

    union

    select
        s.applicant_name as text,
        'name' as text_kind,
        s.basis_year as year
    from {{ ref('int_applicant_groups') }} as s
    inner join {{ ref('int_applicants_classified') }} as c on s.applicant_name = c.applicant_name
    where not c.is_person

    union

    select
        c.applicant_name as text,
        'name' as text_kind,
        p.effective_year as year
    from {{ ref('int_parties_unnested') }} as p
    inner join {{ ref('int_applicants_classified') }} as c on {{ clean_text('p.party_name') }} = c.applicant_name
    where not c.is_person

    {%- if env_var('GREENTIES_PLACE_TEXTS', '') %}

    union
    {%- endif %}
{%- endif %}
{%- if env_var('GREENTIES_PLACE_TEXTS', '') %}

    select
        f.text,
        f.text_kind,
        try_cast(f.year as integer) as year
    from read_csv('{{ env_var("GREENTIES_PLACE_TEXTS") | replace("'", "''") }}', header = true, all_varchar = true) as f
{%- endif %}

)

select
    t.text,
    t.text_kind,
    cast(t.year as integer) as year
from texts as t
where t.text is not null and t.text <> ''
