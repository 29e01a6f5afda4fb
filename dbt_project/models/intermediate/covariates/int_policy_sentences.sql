-- Sentences (句) of the documents that count, by paragraph: they end with 。, ！, ？ or the paragraph.
with documents as (

    select
        d.row_id,
        d.document_id,
        string_split(replace(d.document_text, chr(13), chr(10)), chr(10)) as lines
    from {{ ref('int_policy_documents') }} as d
    where d.problem is null and d.document_text is not null

),

written_lines as (

    select
        d.row_id,
        d.document_id,
        list_filter(
            list_transform(d.lines, lambda line: {{ policy_trimmed('line') }}),
            lambda line: line <> ''
        ) as paragraphs
    from documents as d

),

paragraphs as (

    select
        w.row_id,
        w.document_id,
        unnest(w.paragraphs) as paragraph,
        cast(unnest(range(1, len(w.paragraphs) + 1)) as integer) as paragraph_no
    from written_lines as w

),

split_paragraphs as (

    select
        p.row_id,
        p.document_id,
        p.paragraph_no,
        list_filter(
            string_split(
                replace(replace(replace(
                    replace(replace(replace(p.paragraph, '。', '。' || chr(10)), '！', '！' || chr(10)), '？', '？' || chr(10)),
                    chr(10) || '”', '”' || chr(10)), chr(10) || '’', '’' || chr(10)), chr(10) || '）', '）' || chr(10)),
                chr(10)
            ),
            lambda sentence: trim(sentence) <> ''
        ) as sentences
    from paragraphs as p

)

select
    s.row_id,
    s.document_id,
    s.paragraph_no,
    cast(unnest(range(1, len(s.sentences) + 1)) as integer) as sentence_no,
    trim(unnest(s.sentences)) as sentence
from split_paragraphs as s
