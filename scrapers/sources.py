"""Registry of sources: where data of this field stand, on what terms, and how we use them.

The entries are data (``sources.toml``). A host whose entry does not say ``crawl`` is refused, with
the way to its data instead; a host that the registry does not know is crawled only by somebody who
says that he has read its terms. This machine is nobody else's and needs no entry.
"""

from __future__ import annotations

import json
import sys
import tomllib
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapers.errors import ScrapeError, SourceNotPermittedError

USES = ("crawl", "files", "export", "not_used")
_PATH = Path(__file__).with_name("sources.toml")


class SourceRegistryError(ScrapeError):
    """An entry of the registry lacks a field, has an unknown one, or names an unknown use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source of data.

    Attributes
    ----------
    key, name, publisher : str
    hosts : tuple of str
        Host names; a name covers its subdomains.
    use : str
        ``crawl`` (by our spiders, politely), ``files`` (files that its publisher hands out),
        ``export`` (files that a user saved there with his own account), ``not_used``.
    holds : str
        What it has for this project.
    terms : str
        What its operator allows, in our words.
    looked_at : str
        Day on which that was looked at, ISO, or ``not checked``.
    evidence : str
        Where it stands.
    instead : str
        How to get the data where crawling is refused; may be empty for ``crawl``.
    """

    key: str
    name: str
    publisher: str
    hosts: tuple[str, ...]
    use: str
    holds: str
    terms: str
    looked_at: str
    evidence: str
    instead: str = ""


@cache
def sources() -> tuple[Source, ...]:
    """Return all entries in the order of the file.

    Raises
    ------
    SourceRegistryError
    """
    return read_sources(_PATH)


def read_sources(path: Path) -> tuple[Source, ...]:
    """Read a registry file.

    Raises
    ------
    SourceRegistryError
        If an entry is not as :class:`Source` says, or two entries claim one host.
    """
    with path.open("rb") as file:
        entries: dict[str, dict[str, Any]] = tomllib.load(file)
    names = {f.name for f in fields(Source)} - {"key"}
    found, owners = [], dict[str, str]()
    for key, entry in entries.items():
        strange = sorted(entry.keys() - names)
        missing = sorted(names - entry.keys() - {"instead"})
        if strange or missing:
            raise SourceRegistryError(f"{path.name} [{key}]: missing {missing}, unknown {strange}")
        if entry["use"] not in USES:
            raise SourceRegistryError(f"{path.name} [{key}]: use {entry['use']!r}, one of {USES}")
        if entry["use"] != "crawl" and not entry.get("instead"):
            raise SourceRegistryError(f"{path.name} [{key}]: no way to the data (instead)")
        for host in entry["hosts"]:
            if owners.setdefault(host, key) != key:
                raise SourceRegistryError(f"{path.name}: {host} in [{owners[host]}] and [{key}]")
        found.append(Source(key=key, **{**entry, "hosts": tuple(entry["hosts"])}))
    return tuple(found)


def source_of(host: str) -> Source | None:
    """Return the entry that covers a host: the one with the longest matching name."""
    host = host.lower().rstrip(".")
    matches = [
        (len(name), source)
        for source in sources()
        for name in source.hosts
        if host == name or host.endswith(f".{name}")
    ]
    return max(matches, key=lambda match: match[0])[1] if matches else None


def require_permission(base_url: str, *, is_loopback: bool, accept_terms: bool = False) -> None:
    """Refuse to crawl a site whose entry does not allow it.

    Parameters
    ----------
    accept_terms : bool
        Whether the user says that he has read the terms of a host that the registry does not know;
        it does not open a host that the registry forbids.

    Raises
    ------
    SourceNotPermittedError
    """
    if is_loopback:
        return
    host = urlsplit(base_url).hostname or ""
    source = source_of(host)
    if source is None:
        if accept_terms:
            return
        raise SourceNotPermittedError(
            f"{host} is not in the registry of sources (python -m scrapers.sources): read its "
            "terms of use, then say so with --accept-terms or -s ACCEPT_TERMS=1"
        )
    if source.use != "crawl":
        raise SourceNotPermittedError(
            f"{host} ({source.name}) is not to be crawled: {source.terms} "
            f"Instead: {source.instead} [{source.evidence}; looked at: {source.looked_at}]"
        )


def as_text() -> str:
    """Return the registry as text for people."""
    lines = []
    for source in sources():
        lines += [
            f"{source.key}: {source.name}",
            f"  publisher  {source.publisher}",
            f"  hosts      {', '.join(source.hosts) or '-'}",
            f"  use        {source.use}",
            f"  holds      {source.holds}",
            f"  terms      {source.terms}",
            f"  looked at  {source.looked_at}",
            f"  evidence   {source.evidence}",
        ]
        if source.instead:
            lines.append(f"  instead    {source.instead}")
        lines.append("")
    return "\n".join(lines)


def as_json() -> str:
    """Return the registry as JSON, a list of objects."""
    return json.dumps([asdict(source) for source in sources()], ensure_ascii=False, indent=1)


if __name__ == "__main__":
    print(as_json() if "--json" in sys.argv[1:] else as_text())
