-- Nobody is lost or doubled on the way to a city, and every grain is as stated.
select 'int_place_texts_located' as model, l.text as key, count(*) as n
from {{ ref('int_place_texts_located') }} as l
group by l.text, l.text_kind, l.year
having count(*) > 1

union all

select 'int_names_located' as model, n.applicant_name as key, count(*) as n
from {{ ref('int_names_located') }} as n
group by n.applicant_name, n.year
having count(*) > 1

union all

select 'int_place_texts_located' as model, 'texts in and out' as key, abs(i.n - o.n) as n
from (select count(*) as n from {{ ref('int_place_texts') }} as t) as i
cross join (select count(*) as n from {{ ref('int_place_texts_located') }} as t) as o
where i.n <> o.n

union all

select 'int_applicants_located' as model, s.application_id as key, count(a.application_id) as n
from {{ ref('int_applicants_split') }} as s
left join {{ ref('int_applicants_located') }} as a
    on s.application_id = a.application_id and s.applicant_seq = a.applicant_seq
group by s.application_id, s.applicant_seq
having count(a.application_id) <> 1

union all

select 'int_parties_located' as model, u.assignment_id as key, count(p.assignment_id) as n
from {{ ref('int_parties_unnested') }} as u
left join {{ ref('int_parties_located') }} as p
    on u.assignment_id = p.assignment_id and u.side = p.side and u.party_seq = p.party_seq
group by u.assignment_id, u.side, u.party_seq
having count(p.assignment_id) <> 1
