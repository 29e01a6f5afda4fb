"""The archive of raw pages: named by its pages, resumed after kills, torn tails cut off."""

from __future__ import annotations

import gzip
import hashlib

import pytest
from warcio.archiveiterator import ArchiveIterator

from scrapers.archive import (
    FAILED,
    UNFINISHED,
    ArchiveIndex,
    MonthArchive,
    complete_archives,
    page_key,
    pages_id,
    remove_leftovers,
)
from scrapers.errors import ArchiveDamagedError

URL = "http://127.0.0.1:8000/patentoutline.action"
BODY = "<html>公布</html>".encode()
DIGEST = hashlib.sha256(BODY).hexdigest()


def digest_of(body):
    return hashlib.sha256(body).hexdigest()


def form_of(number):
    return f"strSources=pip&pageNow={number}".encode()


def add(archive, number=1, body=BODY):
    return archive.add(
        url=URL,
        method="POST",
        form=form_of(number),
        request_headers=[("User-Agent", "greenties/0.1.0")],
        status=200,
        response_headers=[("Content-Type", "text/html"), ("Content-Encoding", "gzip")],
        body=body,
        digest=digest_of(body),
    )


def begin(tmp_path, resume=None):
    return MonthArchive(
        tmp_path,
        "sipo_patents",
        "2019-07",
        info={"greenties-totals": '{"numIp": 3}', "greenties-arguments": '{"page_size": "20"}'},
        resume=resume,
    )


def key(number):
    return page_key("POST", URL, form_of(number))


def records(path):
    with path.open("rb") as stream:
        return [
            (r.rec_type, r.rec_headers, r.http_headers, r.content_stream().read())
            for r in ArchiveIterator(stream, verify_http=True)
        ]


def test_request_and_page_are_kept_as_they_were(tmp_path):
    archive = begin(tmp_path)
    assert add(archive)
    path = archive.finish()
    assert path == tmp_path / "sipo_patents" / "2019-07" / f"{pages_id([DIGEST])}.warc.gz"
    info, (_, headers, http, page), (_, asked_headers, asked, form) = records(path)
    assert info[0] == "warcinfo"
    assert b'greenties-totals: {"numIp": 3}' in info[3]
    assert page == BODY
    assert form == form_of(1)
    assert headers.get_header("WARC-Target-URI") == URL
    assert headers.get_header("WARC-Payload-Digest") == f"sha256:{DIGEST}"
    assert headers.get_header("WARC-Date")
    assert asked_headers.get_header("WARC-Concurrent-To") == headers.get_header("WARC-Record-ID")
    assert http.get_header("Content-Encoding") is None  # the page is archived decoded
    assert asked.protocol == "POST"
    assert asked.get_header("User-Agent") == "greenties/0.1.0"


def test_the_name_is_that_of_the_pages_in_whatever_order_they_came(tmp_path):
    bodies = [f"<html>{n}</html>".encode() for n in range(4)]
    names = set()
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        archive = begin(tmp_path / str(order[0]))
        for number in order:
            add(archive, number, bodies[number])
        names.add(archive.finish().name)
    assert names == {f"{pages_id(map(digest_of, bodies))}.warc.gz"}


def test_the_same_page_is_stored_once(tmp_path):
    archive = begin(tmp_path)
    assert add(archive, 1)
    assert not add(archive, 1)  # the same answer to the same request
    assert add(archive, 2)  # the same answer to another one: a revisit
    path = archive.finish()
    assert [r[0] for r in records(path)] == [
        "warcinfo",
        "response",
        "request",
        "revisit",
        "request",
    ]
    index = ArchiveIndex.read(path)
    assert index.answer(key(1)).body == index.answer(key(2)).body == BODY
    assert index.answer(key(3)) is None
    assert (index.totals, index.arguments) == ({"numIp": 3}, {"page_size": "20"})


def test_the_first_archive_of_the_same_pages_stays(tmp_path):
    def archived():
        archive = begin(tmp_path)
        add(archive)
        return archive.finish()

    first = archived()
    inode = first.stat().st_ino
    assert archived().stat().st_ino == inode
    assert complete_archives(tmp_path, "sipo_patents", "2019-07") == [first]
    assert list(first.parent.iterdir()) == [first]


def test_a_damaged_archive_gives_way_to_the_same_pages_fetched_again(tmp_path):
    archive = begin(tmp_path)
    add(archive)
    path = archive.finish()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert ArchiveIndex.read(path).pages == {}
    again = begin(tmp_path)
    add(again)
    assert again.finish() == path
    assert ArchiveIndex.read(path).answer(key(1)).body == BODY


def killed(tmp_path, n_pages):
    """An archive whose process was killed behind so many pages."""
    archive = begin(tmp_path)
    for number in range(n_pages):
        add(archive, number, f"<html>{number}</html>".encode())
    archive._file.close()
    return tmp_path / "sipo_patents" / "2019-07" / UNFINISHED


def test_a_killed_archive_is_continued_and_ends_as_if_nothing_had_happened(tmp_path):
    whole = begin(tmp_path / "whole")
    for number in range(5):
        add(whole, number, f"<html>{number}</html>".encode())
    expected = whole.finish()
    path = killed(tmp_path, 3)
    again = begin(tmp_path, ArchiveIndex.read(path))
    assert [add(again, n, f"<html>{n}</html>".encode()) for n in range(5)] == [False] * 3 + [
        True
    ] * 2
    finished = again.finish()
    assert finished.name == expected.name
    assert [(r[0], r[3]) for r in records(finished)[1:]] == [
        (r[0], r[3]) for r in records(expected)[1:]
    ]


@pytest.mark.parametrize("cut", [1, 5, 60, 200])
def test_a_torn_tail_is_cut_off(tmp_path, cut):
    path = killed(tmp_path, 3)
    data = path.read_bytes()
    path.write_bytes(data[:-cut])
    index = ArchiveIndex.read(path)
    assert set(index.pages) == {key(0), key(1)}
    again = begin(tmp_path, index)
    add(again, 2, b"<html>2</html>")
    for number in (0, 1):
        add(again, number, f"<html>{number}</html>".encode())
    assert len(records(again.finish())) == 1 + 2 * 3


def test_zeros_that_a_power_cut_left_are_cut_off(tmp_path):
    path = killed(tmp_path, 2)
    whole = path.read_bytes()
    path.write_bytes(whole + bytes(4_096))
    index = ArchiveIndex.read(path)
    assert (len(index.pages), index.end) == (2, len(whole))


def test_a_page_with_another_checksum_is_no_page(tmp_path):
    archive = begin(tmp_path)
    archive.add(
        url=URL,
        method="POST",
        form=form_of(1),
        request_headers=[],
        status=200,
        response_headers=[],
        body=b"<html>another</html>",
        digest=DIGEST,
    )
    add(archive, 2)
    index = ArchiveIndex.read(archive.finish())
    assert index.damaged == {key(1), key(2)}  # the second points to the first
    with pytest.raises(ArchiveDamagedError):
        index.answer(key(1))


def test_damage_in_the_middle_costs_its_page_and_no_other(tmp_path):
    path = killed(tmp_path, 4)
    page = ArchiveIndex.read(path).pages[key(1)]
    data = bytearray(path.read_bytes())
    data[page.body_start + 20 : page.body_start + 60] = bytes(40)
    path.write_bytes(bytes(data))
    assert set(ArchiveIndex.read(path).pages) == {key(0), key(2), key(3)}


def test_every_warc_tool_reads_an_archive_that_was_damaged_before_it_was_complete(tmp_path):
    archive = begin(tmp_path)
    for number in (1, 2, 3):
        add(archive, number, b"page %d" % number)
    archive.suspend()
    path = tmp_path / "sipo_patents" / "2019-07" / UNFINISHED
    content = bytearray(path.read_bytes())
    place = ArchiveIndex.read(path).pages[key(2)]
    content[place.start : place.body_end] = b"\x5a" * (place.body_end - place.start)
    path.write_bytes(content)
    again = begin(tmp_path, ArchiveIndex.read(path))
    assert [add(again, n, b"page %d" % n) for n in (1, 2, 3)] == [False, True, False]
    kinds = [kind for kind, _, _, _ in records(again.finish())]
    assert kinds == ["warcinfo", *["response", "request"] * 3]


@pytest.mark.parametrize("is_killed_again", [False, True])
def test_a_page_that_changed_stays_for_the_answers_that_point_to_it(tmp_path, is_killed_again):
    archive = begin(tmp_path)
    add(archive, 1, b"same")
    add(archive, 2, b"same")
    archive.suspend()
    path = tmp_path / "sipo_patents" / "2019-07" / UNFINISHED
    again = begin(tmp_path, ArchiveIndex.read(path))
    add(again, 1, b"another")
    if is_killed_again:
        again.suspend()
        again = begin(tmp_path, ArchiveIndex.read(path))
        add(again, 1, b"another")
    add(again, 2, b"same")
    index = ArchiveIndex.read(again.finish())
    assert [index.answer(key(n)).body for n in (1, 2)] == [b"another", b"same"]


def test_what_a_crawl_did_not_need_again_is_not_archived_with_it(tmp_path):
    path = killed(tmp_path, 4)
    again = begin(tmp_path, ArchiveIndex.read(path))
    add(again, 0, b"<html>0</html>")
    add(again, 1, b"<html>changed</html>")
    finished = again.finish()
    assert finished.stem.removesuffix(".warc") == pages_id(
        map(digest_of, (b"<html>0</html>", b"<html>changed</html>"))
    )
    index = ArchiveIndex.read(finished)
    assert set(index.pages) == {key(0), key(1)}
    assert index.answer(key(1)).body == b"<html>changed</html>"


def test_archives_of_other_warc_writers_are_read(tmp_path):
    """Earlier versions wrote through warcio, without ``warcinfo``, each record a gzip member."""
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + BODY
    asked = b"POST /patentoutline.action HTTP/1.1\r\nUser-Agent: x\r\n\r\n" + form_of(1)
    response = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        f"WARC-Target-URI: {URL}\r\nWARC-Payload-Digest: sha256:{DIGEST}\r\n"
        f"Content-Length: {len(http)}\r\n\r\n"
    ).encode()
    request = (
        f"WARC/1.0\r\nWARC-Type: request\r\nWARC-Target-URI: {URL}\r\n"
        f"WARC-Concurrent-To: <urn:uuid:1>\r\nContent-Length: {len(asked)}\r\n\r\n"
    ).encode()
    path = tmp_path / "old.warc.gz"
    path.write_bytes(
        gzip.compress(response + http + b"\r\n\r\n") + gzip.compress(request + asked + b"\r\n\r\n")
    )
    index = ArchiveIndex.read(path)
    assert index.totals is None
    assert index.answer(key(1)).body == BODY
    # Continued, it gets the head that tells how its months were asked for.
    again = begin(tmp_path, index)
    assert not add(again, 1)
    assert again.journal.answer(key(1)).body == BODY
    assert add(again, 2, b"<html>2</html>")
    finished = ArchiveIndex.read(again.finish())
    assert finished.arguments == {"page_size": "20"}
    assert finished.answer(key(1)).body == BODY
    assert ArchiveIndex.read_info(finished.path).arguments == {"page_size": "20"}


def test_pages_of_a_failure_are_kept_until_the_month_is_complete(tmp_path):
    failing = begin(tmp_path)
    add(failing)
    failing.fail()
    kept = tmp_path / "sipo_patents" / "2019-07" / FAILED
    assert len(records(kept)) == 3
    complete = begin(tmp_path)
    add(complete)
    complete.finish()
    assert not kept.exists()


def test_nothing_is_left_of_what_was_discarded_and_half_written_files_go(tmp_path):
    begin(tmp_path).discard()
    assert list(tmp_path.iterdir()) == []
    path = killed(tmp_path, 1)
    half = path.with_name(f".{UNFINISHED}.1.part")
    half.write_bytes(b"x")
    assert remove_leftovers(tmp_path, "sipo_patents") == 1
    assert not half.exists()
    assert path.exists()  # the next crawl goes on from it
