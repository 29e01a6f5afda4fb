select
    f.finding_id,
    f.subject,
    f.reason,
    f.application_id,
    f.publication_id,
    f.event_id,
    f.first_field,
    f.first_value,
    f.second_field,
    f.second_value,
    f.n_days,
    f.refused_field,
    f.source_table,
    f.source_file,
    f.source_row,
    f.raw_pointer
from {{ ref('int_record_orders_violated') }} as f
