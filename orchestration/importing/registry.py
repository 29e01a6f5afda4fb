"""All formats that can be imported, by name; their modules are loaded when they are needed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestration.importing.core import ImportFormat

# name of the format -> module and name of its ImportFormat there
_FORMATS: dict[str, str] = {
    "gazette-csv": "orchestration.importing.gazette_csv:FORMAT",
    "pss": "orchestration.importing.publications:PSS",
    "patsnap": "orchestration.importing.publications:PATSNAP",
    "incopat": "orchestration.importing.publications:INCOPAT",
    "cn-patent-database": "orchestration.importing.publications:CN_PATENT_DATABASE",
    "cnipr": "orchestration.importing.publications:CNIPR",
    "legal-events": "orchestration.importing.legal_events:LEGAL_EVENTS",
    "bulk-legal-status": "orchestration.importing.bulk:BULK_LEGAL_STATUS",
    "bulk-biblio": "orchestration.importing.bulk:BULK_BIBLIO",
    "bigquery": "orchestration.importing.bigquery:BIGQUERY",
    "patstat": "orchestration.importing.patstat:PATSTAT",
    "yearbook": "orchestration.importing.yearbook:YEARBOOK",
    "policy-documents": "orchestration.importing.policy_documents:POLICY_DOCUMENTS",
}


def format_names() -> tuple[str, ...]:
    """Return the names of all formats."""
    return tuple(_FORMATS)


def import_format(name: str) -> ImportFormat:
    """Return a format.

    Raises
    ------
    KeyError
        If no format has this name.
    """
    module, _, attribute = _FORMATS[name].partition(":")
    found: ImportFormat = getattr(importlib.import_module(module), attribute)
    return found
