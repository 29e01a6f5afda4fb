-- What the name of an organisation is made of: key (the name without punctuation), legal form, core (the key without
-- the form), and the organisation it calls itself a part of.
with organisations as (

    select
        c.applicant_name,
        c.applicant_id,
        c.applicant_type,
        f.folded_name,
        upper(f.folded_name) as upper_name
    from {{ ref('int_applicants_classified') }} as c
    inner join {{ ref('int_applicant_names_folded') }} as f on c.applicant_name = f.applicant_name
    where not c.is_person

),

keyed as (

    select
        o.*,
        -- brackets of either width, blanks, hyphens and dots tell no organisations apart; 、 and what stands between
        -- digits does
        regexp_replace(
            regexp_replace(o.upper_name, '([0-9])[^\p{L}\p{N}]+([0-9])', '\1、\2', 'g'),
            '[^\p{L}\p{N}、]', '', 'g'
        ) as name_key
    from organisations as o

),

forms as (

    select
        f.word,
        f.place,
        nullif(f.applicant_type, '') as applicant_type,
        f.form,
        f.kind,
        f.ladder,
        cast(f.group_rank as integer) as group_rank,
        length(f.word) as word_length
    from {{ ref('legal_forms') }} as f

),

suffix_forms as (

    select distinct f.word
    from forms as f
    where f.place = 'suffix'

),

form_lengths as (

    select distinct f.place, f.word_length
    from forms as f

),

pieces as (

    select
        k.applicant_name,
        k.applicant_type,
        l.place,
        l.word_length,
        if(l.place = 'suffix', right(k.name_key, l.word_length), left(k.name_key, l.word_length)) as piece
    from keyed as k
    inner join form_lengths as l on length(k.name_key) - l.word_length >= 2

),

-- the longest form; at the end rather than in front
form_hits as (

    select
        p.applicant_name,
        arg_max(
            struct_pack(
                form := f.form, kind := f.kind, ladder := f.ladder, group_rank := f.group_rank,
                word_length := f.word_length, place := f.place
            ),
            f.word_length + if(f.place = 'suffix', 100, 0)
        ) as best
    from pieces as p
    inner join forms as f on p.place = f.place and p.piece = f.word
    where f.applicant_type is null or p.applicant_type = f.applicant_type
    group by p.applicant_name

),

-- 清华大学 of 清华大学深圳研究生院: the longest beginning that ends like an organisation and is followed by more than
-- a legal form
parent_ends as (

    select w.word
    from {{ ref('organisation_parts') }} as w
    where w.part = 'organisation_end'

),

parent_hits as (

    select
        o.applicant_name,
        max(strpos(o.upper_name, e.word) + length(e.word) - 1) as parent_length
    from organisations as o
    cross join parent_ends as e
    where strpos(o.upper_name, e.word) > 1
    group by o.applicant_name, o.upper_name, e.word

),

parents as (

    select
        o.applicant_name,
        max(h.parent_length) as parent_length
    from organisations as o
    inner join parent_hits as h on o.applicant_name = h.applicant_name
    left join suffix_forms as f
        on regexp_replace(substr(o.upper_name, h.parent_length + 1), '[^\p{L}\p{N}、]', '', 'g') = f.word
    where
        f.word is null
        and length(o.upper_name) - h.parent_length >= 2
        -- what follows must stand by itself: 学院路 and 大学城 are no parts of a college
        and not regexp_matches(substr(o.upper_name, h.parent_length + 1), '^([()（）]|路|城|园|村|街|生)')
    group by o.applicant_name

),

-- 机械工程学院 behind the name of a university is no organisation of its own; 深圳研究生院 and 城市学院 are
department_words as (

    select
        w.word,
        length(w.word) as word_length
    from {{ ref('department_words') }} as w

),

parted as (

    select
        k.applicant_name,
        k.applicant_id,
        k.applicant_type,
        k.folded_name,
        k.name_key,
        h.best.form as legal_form,
        h.best.kind as form_kind,
        h.best.ladder as form_ladder,
        h.best.group_rank,
        case
            when h.best is null then k.name_key
            when h.best.place = 'suffix' then left(k.name_key, length(k.name_key) - h.best.word_length)
            else substr(k.name_key, h.best.word_length + 1)
        end as core_key,
        nullif(regexp_extract(k.folded_name, '[(（]([^()（）]+)[)）]', 1), '') as bracket_text,
        left(k.folded_name, p.parent_length) as parent_name,
        substr(k.folded_name, p.parent_length + 1) as part_name
    from keyed as k
    left join form_hits as h on k.applicant_name = h.applicant_name
    left join parents as p on k.applicant_name = p.applicant_name

),

departments as (

    select distinct p.applicant_name
    from parted as p
    cross join (select distinct d.word_length from department_words as d) as l
    inner join department_words as w
        on left(p.part_name, l.word_length) = w.word and l.word_length = w.word_length
    where
        p.applicant_type = 'university'
        and regexp_matches(p.parent_name, '(大学|学院)$')
        and regexp_matches(
            p.part_name, '(学院|系|研究所|研究室|教研室|实验室|实验中心|研究中心|工程中心|课题组)$'
        )

)

select
    d.applicant_name,
    d.applicant_id,
    d.applicant_type,
    d.folded_name,
    d.name_key,
    d.core_key,
    d.legal_form,
    d.form_kind,
    d.form_ladder,
    d.group_rank,
    d.bracket_text,
    d.parent_name,
    d.part_name,
    case
        when d.part_name is null then null
        when e.applicant_name is not null then 'department'
        when regexp_matches(d.part_name, '(分公司|支公司|供电公司|供电局|分厂|分行|支行|办事处|营业部)$') then 'branch'
        when regexp_matches(d.part_name, '(校区|分校)$') then 'campus'
        when d.form_ladder = 'company' then 'subsidiary'
        else 'unit'
    end as part_kind,
    -- whatever differs here tells two organisations apart: numbers, quarters, Latin letters
    array_to_string(regexp_extract_all(d.name_key, '[0-9A-Z]+|[一二三四五六七八九十百〇零甲乙丙丁东西南北中上下前后新老大小]'), ' ') as marks
from parted as d
left join departments as e on d.applicant_name = e.applicant_name
