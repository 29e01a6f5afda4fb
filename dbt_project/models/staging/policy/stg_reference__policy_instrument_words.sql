with words as (

    select * from {{ ref('policy_instrument_words') }}

)

select
    w.kind,
    w.instrument,
    w.word,
    nullif(w.with_word, '') as with_word,
    nullif(w.unless_pattern, '') as unless_pattern,
    w.confidence
from words as w
