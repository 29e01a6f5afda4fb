select
    w.network_window,
    w.year,
    w.source_year
from {{ ref('int_network_windows') }} as w
