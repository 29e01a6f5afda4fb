select
    s.document_id,
    s.paragraph_no,
    s.sentence_no,
    r.kind,
    r.instrument,
    r.word,
    r.with_word,
    r.is_negated,
    r.negator,
    r.rule,
    r.confidence,
    s.sentence,
    d.province_code,
    d.year
from {{ ref('int_policy_sentences') }} as s
inner join {{ ref('int_policy_sentences_read') }} as r
    on s.sentence = r.sentence
inner join {{ ref('int_policy_documents') }} as d
    on s.row_id = d.row_id and d.problem is null
order by d.province_code, d.year, s.document_id, s.paragraph_no, s.sentence_no, r.instrument
