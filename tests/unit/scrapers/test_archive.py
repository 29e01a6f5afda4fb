"""The archive of raw pages: named by content once complete, kept apart when not."""

from __future__ import annotations

import hashlib

from warcio.archiveiterator import ArchiveIterator

from scrapers.archive import MonthArchive, remove_leftovers

BODY = "<html>公布</html>".encode()
DIGEST = hashlib.sha256(BODY).hexdigest()


def add(archive):
    archive.add(
        url="http://127.0.0.1:8000/patentoutline.action",
        method="POST",
        form=b"strSources=pip&pageNow=1",
        request_headers=[("User-Agent", "greenties/0.1.0")],
        status=200,
        response_headers=[("Content-Type", "text/html"), ("Content-Encoding", "gzip")],
        body=BODY,
        digest=DIGEST,
    )


def test_request_and_page_are_kept_as_they_were(tmp_path):
    archive = MonthArchive(tmp_path, "sipo_patents", "2019-07")
    add(archive)
    path = archive.finish("0123456789abcdef")
    assert path == tmp_path / "sipo_patents" / "2019-07" / "0123456789abcdef.warc.gz"
    with path.open("rb") as stream:
        records = [
            (r.rec_type, r.rec_headers, r.http_headers, r.content_stream().read())
            for r in ArchiveIterator(stream, verify_http=True)
        ]
    (_, headers, http, page), (_, _, asked, form) = records
    assert [record[0] for record in records] == ["response", "request"]
    assert page == BODY
    assert form == b"strSources=pip&pageNow=1"
    assert headers.get_header("WARC-Target-URI") == "http://127.0.0.1:8000/patentoutline.action"
    assert headers.get_header("WARC-Payload-Digest") == f"sha256:{DIGEST}"
    assert headers.get_header("WARC-Date")
    assert http.get_header("Content-Encoding") is None  # the page is archived decoded
    assert asked.protocol == "POST"
    assert asked.get_header("User-Agent") == "greenties/0.1.0"


def test_the_first_archive_of_a_content_stays(tmp_path):
    def archived():
        archive = MonthArchive(tmp_path, "sipo_patents", "2019-07")
        add(archive)
        return archive.finish("0123456789abcdef")

    first = archived()
    first.write_bytes(b"the first one")
    assert archived().read_bytes() == b"the first one"
    assert list(first.parent.iterdir()) == [first]


def test_pages_of_a_failure_are_kept_until_the_month_is_complete(tmp_path):
    failing = MonthArchive(tmp_path, "sipo_patents", "2019-07")
    add(failing)
    failing.fail()
    kept = tmp_path / "sipo_patents" / "2019-07" / "failed.warc.gz"
    assert kept.stat().st_size > 0
    complete = MonthArchive(tmp_path, "sipo_patents", "2019-07")
    add(complete)
    complete.finish("0123456789abcdef")
    assert not kept.exists()


def test_nothing_is_left_of_what_was_discarded_or_killed(tmp_path):
    MonthArchive(tmp_path, "sipo_patents", "2019-07").discard()
    assert list(tmp_path.iterdir()) == []
    killed = MonthArchive(tmp_path, "sipo_patents", "2019-08")
    add(killed)
    assert remove_leftovers(tmp_path, "sipo_patents") == 1
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
