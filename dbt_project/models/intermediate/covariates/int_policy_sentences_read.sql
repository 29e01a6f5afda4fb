-- Instruments (政策工具) of a distinct sentence: words and pairs of words of one clause, and whether the clause denies
-- them. A sentence is read once, however many documents hold it.
with sentences as (

    select distinct s.sentence
    from {{ ref('int_policy_sentences') }} as s

),

clauses as (

    select
        s.sentence,
        unnest(string_split_regex(s.sentence, '[，,；;：:]')) as clause
    from sentences as s

),

distinct_clauses as (

    select distinct c.clause
    from clauses as c

),

found as (

    select
        c.clause,
        w.kind,
        w.instrument,
        w.word,
        w.with_word,
        w.confidence
    from distinct_clauses as c
    cross join {{ ref('stg_reference__policy_instrument_words') }} as w
    where contains(c.clause, w.word)
        and (w.with_word is null or contains(c.clause, w.with_word))
        and not coalesce(regexp_matches(c.clause, w.unless_pattern), false)

),

mentions as (

    select distinct f.clause, f.word
    from found as f

),

denied as (

    select
        f.clause,
        f.word,
        max(n.negator) as denial
    from mentions as f
    cross join {{ ref('stg_reference__policy_negations') }} as n
    where contains(f.clause, n.negator)
        and (strpos(f.clause, n.negator) < strpos(f.clause, f.word)) = (n.position = 'before')
        and not coalesce(regexp_matches(f.clause, n.unless_pattern), false)
    group by f.clause, f.word

),

judged as (

    select
        c.sentence,
        f.kind,
        f.instrument,
        f.word,
        f.with_word,
        f.confidence,
        d.denial as negator
    from clauses as c
    inner join found as f
        on c.clause = f.clause
    left join denied as d
        on f.clause = d.clause and f.word = d.word

),

ranked as (

    select
        j.*,
        row_number() over (
            partition by j.sentence, j.instrument
            order by
                j.negator is not null, j.confidence desc, length(j.word) desc, j.word, j.with_word, j.negator
        ) as place
    from judged as j

)

select
    r.sentence,
    r.kind,
    r.instrument,
    r.word,
    r.with_word,
    r.negator,
    r.negator is not null as is_negated,
    case
        when r.negator is not null then 'denied_in_its_clause'
        when r.with_word is not null then 'words_in_one_clause'
        when r.word = r.instrument then 'name_of_the_instrument'
        else 'word'
    end as rule,
    r.confidence
from ranked as r
where r.place = 1
