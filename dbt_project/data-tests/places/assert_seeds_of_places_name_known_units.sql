-- The seeds made by hand point at units that the reference tables of this installation know. A warning: a user's own
-- city table may leave some out, and their rows then simply locate nothing.
{{ config(severity='warn') }}

with places as (

    select p.adcode from {{ ref('stg_reference__prefectures') }} as p
    where p.is_current
    union
    select p.province_code as adcode from {{ ref('stg_reference__prefectures') }} as p
    union
    select u.adcode from {{ ref('stg_reference__province_administered_units') }} as u

),

targets as (

    select 'organisation_seats' as seed, s.organisation as item, s.target_adcode from {{ ref('organisation_seats') }} as s
    union all
    select 'place_abbreviations' as seed, a.name as item, a.target_adcode from {{ ref('place_abbreviations') }} as a
    union all
    select 'postcode_prefixes' as seed, c.postcode_prefix as item, c.target_adcode from {{ ref('postcode_prefixes') }} as c

)

select t.*
from targets as t
where t.target_adcode not in (select p.adcode from places as p)
