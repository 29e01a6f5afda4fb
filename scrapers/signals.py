"""Signals between spiders, the landing writer and whoever shows progress.

``month_asked(month)``     the site stated the totals of the month
``month_opened(month)``    the month is going to be fetched
``page_read(month, response, digest, n_records)``  a page was understood, its items follow
``month_settled(month, line)``  landed, restored, unchanged, absent, failed or not to be landed;
``line`` is the ledger line
``month_failed(month, error, response)``  a page was not understood or not answered; ``response``
is the page, where there is one
"""

month_asked = object()
month_opened = object()
page_read = object()
month_failed = object()
month_settled = object()
