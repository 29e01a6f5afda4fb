-- Who an applicant is, by its name alone: distinct names once each.
with written as (

    select
        f.applicant_name,
        f.folded_name as tight_name
    from {{ ref('int_applicant_names_folded') }} as f

),

shaped as (

    select
        n.applicant_name,
        upper(n.tight_name) as upper_name,
        ' ' || regexp_replace(upper(n.tight_name), '[^A-Z]+', ' ', 'g') || ' ' as latin_words,
        -- what stands in brackets at the end says the kind of partnership, a second name, or a person's employer
        upper(regexp_replace(n.tight_name, '\([^()]*\)$', '')) as base_name,
        regexp_matches(n.tight_name, '^\p{Han}{2,4}$') as is_short_han,
        regexp_matches(n.tight_name, '^\p{Han}{2,4}(\([^()]*\))?$') as is_short_base,
        length(regexp_replace(n.tight_name, '\([^()]*\)$', '')) <= 3 as is_very_short,
        regexp_matches(n.tight_name, '[·•・‧∙]')
        or regexp_matches(n.tight_name, '^([A-Z][.\-]? ?)+\p{Han}{2,}') as is_foreign_person_shape,
        regexp_matches(n.tight_name, '^[A-Za-z][A-Za-z .,''\-]+$') as is_latin,
        coalesce(single.surname, compound.surname) is not null as has_surname,
        compound.surname is not null as has_compound_surname,
        -- 某集团公司第五十四研究所: the numbered institutes of a group are bodies of their own
        regexp_matches(
            n.tight_name, '(集团公司|集团有限公司|工业公司|总公司)第[一二三四五六七八九十百〇零○0-9]+研究[所院]$'
        ) as is_numbered_institute
    from written as n
    left join {{ ref('surnames') }} as single on substr(n.tight_name, 1, 1) = single.surname
    left join {{ ref('surnames') }} as compound on substr(n.tight_name, 1, 2) = compound.surname

),

words as (

    select
        w.word,
        -- whole Latin words only: Corpuz and Inclan are surnames
        if(
            w.position = 'contains' and regexp_matches(w.word, '^[A-Z]+$'), ' ' || w.word || ' ', w.word
        ) as pattern,
        w.position,
        w.applicant_type,
        cast(w.priority as integer) as priority
    from {{ ref('organisation_words') }} as w

),

endings as (

    select
        s.applicant_name,
        right(s.base_name, n.word_length) as ending
    from shaped as s
    cross join (select distinct length(w.word) as word_length from words as w where w.position = 'suffix') as n
    where length(s.base_name) > n.word_length

),

hits as (

    select s.applicant_name, w.word, w.position, w.applicant_type, w.priority
    from shaped as s
    inner join words as w on w.position = 'exact' and s.upper_name = w.word

    union all

    select e.applicant_name, w.word, w.position, w.applicant_type, w.priority
    from endings as e
    inner join words as w on w.position = 'suffix' and e.ending = w.word

    union all

    select s.applicant_name, w.word, w.position, w.applicant_type, w.priority
    from shaped as s
    inner join words as w
        on w.position = 'contains'
        and case
            when w.pattern like ' %' then contains(s.latin_words, w.pattern)
            when s.is_short_base then contains(s.base_name, w.pattern)  -- 王芳(北京大学) is a person
            else contains(s.upper_name, w.pattern)
        end

),

best_hits as (

    select
        h.applicant_name,
        h.word,
        h.position,
        h.applicant_type,
        row_number() over (
            partition by h.applicant_name order by h.priority asc, length(h.word) desc, h.word asc, h.applicant_type asc
        ) as hit_rank
    from hits as h
    inner join shaped as s on h.applicant_name = s.applicant_name
    where
        h.position = 'exact'
        or (
            -- 王学院 and 张学会 are persons: given names are made of such words, none of 公司
            (not s.is_very_short or ends_with(h.word, '公司'))
            -- no organisation is proved by the last syllable of a name that is shaped like a person's
            and (
                length(h.word) > 1
                or not (s.is_foreign_person_shape or (s.has_compound_surname and length(s.base_name) <= 4))
            )
        )

),

-- Short, foreign or Latin names with an organisation word: who invents most of what he applies for is a person.
doubtful as (

    select s.applicant_name
    from shaped as s
    where
        (s.is_short_base or s.is_foreign_person_shape or s.is_latin)
        and s.applicant_name in (select h.applicant_name from best_hits as h)

),

lists as (

    select distinct
        l.applicant_name,
        l.applicants_key
    from doubtful as d
    inner join {{ ref('int_applicant_lists') }} as l on d.applicant_name = l.applicant_name

),

filings as (

    select
        l.applicant_name,
        a.application_key,
        u.inventors_text
    from lists as l
    inner join {{ ref('int_applications_folded') }} as a on l.applicants_key = a.applicants_key
    inner join {{ ref('int_publications_unioned') }} as u on a.applicants_landed_key = u.landed_key

),

among_inventors as (

    select f.applicant_name
    from filings as f
    group by f.applicant_name
    having
        2 * count(*) filter (
            where list_contains(
                list_transform(
                    {{ split_names('f.inventors_text') }}, lambda inventor: {{ clean_text('inventor') }}
                ),
                f.applicant_name
            )
        ) >= count(*)

),

judged as (

    select
        s.applicant_name,
        s.upper_name,
        s.base_name,
        s.latin_words,
        case
            when m.applicant_name is not null then 'individual'
            when s.is_numbered_institute then 'institute'
            when h.word is not null then h.applicant_type
            when s.is_short_han or s.is_foreign_person_shape or s.is_latin then 'individual'
            else 'enterprise'
        end as applicant_type,
        case
            when m.applicant_name is not null then 'person_among_inventors'
            when s.is_numbered_institute then 'word_numbered:研究所'
            when h.word is not null then 'word_' || h.position || ':' || h.word
            when s.is_short_han and s.has_surname then 'person_surname'
            when s.is_foreign_person_shape then 'person_foreign'
            when s.is_short_han then 'person_short_name'
            when s.is_latin then 'person_latin'
            else 'default'
        end as type_rule,
        cast(case
            when m.applicant_name is not null then 0.95
            when s.is_numbered_institute then 0.98
            when h.position = 'exact' then 1.00
            when h.position = 'contains' then 0.98
            when h.position = 'suffix' then 0.95
            when s.is_short_han and s.has_surname and length(s.applicant_name) <= 3 then 0.98
            when s.is_foreign_person_shape then 0.95
            when s.is_short_han and s.has_surname then 0.90
            else 0.60
        end as decimal(4, 2)) as confidence
    from shaped as s
    left join best_hits as h on s.applicant_name = h.applicant_name and h.hit_rank = 1
    left join among_inventors as m on s.applicant_name = m.applicant_name

),

-- The narrower type: of the words that fit the type, the one of highest priority, then the longest.
sub_words as (

    select
        t.applicant_type,
        t.word,
        t.position,
        t.sub_type,
        cast(t.priority as integer) as priority
    from {{ ref('organisation_sub_types') }} as t

),

sub_lengths as (

    select distinct
        w.applicant_type,
        w.position,
        length(w.word) as word_length
    from sub_words as w
    where w.position in ('suffix', 'prefix')

),

sub_pieces as (

    select
        j.applicant_name,
        l.applicant_type,
        l.position,
        if(
            l.position = 'suffix', right(j.base_name, l.word_length), left(j.upper_name, l.word_length)
        ) as piece
    from judged as j
    inner join sub_lengths as l on j.applicant_type = l.applicant_type
    where j.applicant_type <> 'individual'

),

sub_hits as (

    select p.applicant_name, w.sub_type, w.position, w.word, w.priority
    from sub_pieces as p
    inner join sub_words as w
        on p.applicant_type = w.applicant_type and p.position = w.position and p.piece = w.word

    union all

    select j.applicant_name, w.sub_type, w.position, w.word, w.priority
    from judged as j
    inner join sub_words as w on j.applicant_type = w.applicant_type
    where
        (w.position = 'contains' and contains(j.upper_name, w.word))
        or (w.position = 'word' and contains(j.latin_words, ' ' || w.word || ' '))

),

sub_types as (

    select
        h.applicant_name,
        arg_min(
            struct_pack(sub_type := h.sub_type, rule := h.position || ':' || h.word),
            h.priority * 10000 - length(h.word) * 100 + case h.position when 'suffix' then 0 when 'prefix' then 1 else 2 end
        ) as best
    from sub_hits as h
    group by h.applicant_name

),

keyed_names as (

    select
        j.applicant_name,
        j.applicant_type,
        j.type_rule,
        j.confidence,
        case
            when j.type_rule like 'word_exact:%' and j.applicant_type = 'individual' then 'undisclosed'
            when j.type_rule in ('person_foreign', 'person_latin') then 'foreign_person'
            when j.applicant_type = 'individual' then 'person'
            when j.type_rule = 'word_numbered:研究所' then 'group_institute'
            else coalesce(
                s.best.sub_type,
                case j.applicant_type
                    when 'university' then 'university'
                    when 'institute' then 'research_institute'
                    when 'government' then 'public_body'
                    else 'other_enterprise'
                end
            )
        end as sub_type,
        case
            when j.applicant_type = 'individual' or j.type_rule = 'word_numbered:研究所' then j.type_rule
            else coalesce('sub_' || s.best.rule, 'default')
        end as sub_type_rule,
        j.applicant_type = 'individual' as is_person,
        -- published in clear is only what an organisation word proves to be no person; a sole trader's is one
        if(
            j.applicant_type = 'individual' or j.type_rule = 'default' or j.type_rule like '%个体工商户%',
            {{ keyed('j.applicant_name') }}, null
        ) as keyed_name
    from judged as j
    left join sub_types as s on j.applicant_name = s.applicant_name

)

select
    k.applicant_name,
    md5('applicant:' || coalesce(k.keyed_name, k.applicant_name)) as applicant_id,
    k.applicant_type,
    k.sub_type,
    k.is_person,
    k.type_rule,
    k.sub_type_rule,
    k.confidence,
    coalesce(k.keyed_name, k.applicant_name) as published_name
from keyed_names as k
