-- Positions run from 1 to the stated number of names.
select
    s.application_id,
    count(*) as n_rows,
    max(s.applicant_seq) as last_seq,
    max(s.n_applicants) as n_applicants
from {{ ref('int_applicants_split') }} as s
group by s.application_id
having
    min(s.applicant_seq) <> 1
    or max(s.applicant_seq) <> count(*)
    or max(s.n_applicants) <> count(*)
    or min(s.n_applicants) <> count(*)
