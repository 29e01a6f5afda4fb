-- Applications in words. A view: ids and numbers are computed for those that somebody asks for.
{{ config(materialized='view') }}

select
    a.application_key,
    {{ application_id('a.application_key') }} as application_id,
    case when a.application_key > 0 then {{ application_number_text('a.application_key') }} end as application_no,
    case
        when a.has_own_number then 'application_no'
        when a.application_key > 0 then 'application_no_of_same_publication_digits'
        else 'publication_digits'
    end as application_id_rule,
    cast(
        case
            when a.application_key < 0 then 0.95
            when a.have_all_own_numbers then 1.00
            else 0.99
        end as decimal(4, 2)
    ) as application_id_confidence,
    case a.patent_kind_no when 1 then 'design' when 2 then 'invention' when 3 then 'utility_model' end as patent_kind,
    a.filing_date,
    cast(year(a.filing_date) as integer) as filing_year,
    a.first_publication_date,
    a.application_publication_date,
    a.earliest_filing_date,
    a.latest_filing_date,
    a.grant_date,
    cast(year(a.grant_date) as integer) as grant_year,
    a.is_granted,
    a.n_publications,
    -- where the title stands
    a.title_landed_key,
    -- the list of applicants, the first one's address, and the publication that lends both
    a.applicants_key,
    a.applicants_truncated,
    a.address_key,
    a.applicants_publication_key,
    a.applicants_landed_key,
    'CN' || {{ publication_key_digits('a.applicants_publication_key') }}
    || {{ publication_key_kind('a.applicants_publication_key') }} as applicants_publication_no,
    a.applicants_publication_date,
    -- the year in which a place name is read
    cast(year(coalesce(a.filing_date, a.applicants_publication_date)) as integer) as basis_year
from {{ ref('int_publications_folded') }} as a
