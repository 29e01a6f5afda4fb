-- Of the addresses of first applicants that do not lie abroad at least 97 in 100 get their prefecture or unit. Asked of
-- 1,000 addresses or more; a warning, because an unlocated address is a gap and no error.
{{ config(severity='warn') }}

select
    count(*) as n_addresses,
    count(l.rule) as n_located
from {{ ref('int_applicants_split') }} as s
inner join {{ ref('int_place_texts_located') }} as l
    on s.address_text = l.text and l.text_kind = 'address' and s.basis_year is not distinct from l.year
where s.applicant_seq = 1 and coalesce(l.country_or_area, 'CN') = 'CN'
having count(*) >= 1000 and count(l.rule) < 0.97 * count(*)
