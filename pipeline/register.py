"""The register: every company of a dataset, with the company that its name belongs to across articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline import merge, places
from pipeline.dataset import Row
from pipeline.roster import Known


@dataclass(slots=True)
class Seen:
    """What was seen of one canonical name."""

    first: str
    last: str = ""
    mentions: int = 0
    documents: int = 0
    texts: set[str] = field(default_factory=set)


def register(mentions: Iterable[Mapping[str, Any]], known: Known) -> list[Row]:
    """One row for each canonical name of the rows of `companies`, sorted by it, so that the two tables join exactly.

    `name` is the company that it belongs to: as the user's list calls it, then as the rules do; a short form that is
    in neither belongs to the one registered name among the canonical names that implies it (rules/merge.toml), and
    else to itself. `company_id` is the id of the list. Rows of one article must come together.
    """
    seen: dict[str, Seen] = {}
    for row in mentions:
        doc_id = row["doc_id"]
        entry = seen.setdefault(row["canonical"], Seen(doc_id))
        entry.first = min(entry.first, doc_id)
        entry.documents += entry.last != doc_id
        entry.last = doc_id
        entry.mentions += 1
        entry.texts.add(row["text"])
    return named(seen, known)


def named(seen: Mapping[str, Seen], known: Known) -> list[Row]:
    """The register of what was seen of each canonical name."""
    registered = merge.registered({*seen, *map(_bare, seen)})
    return [_row(canonical, seen[canonical], known, registered) for canonical in sorted(seen)]


def _row(canonical: str, seen: Seen, known: Known, registered: Mapping[str, str]) -> Row:
    key = _key(canonical, known, registered)
    listed = known.listed.get(key)
    return {
        "canonical": canonical,
        "name": listed.name if listed else key,
        "company_id": listed.id if listed else None,
        "aliases": "|".join(sorted(seen.texts)),
        "mentions": seen.mentions,
        "documents": seen.documents,
        "first_doc_id": seen.first,
    }


def _key(canonical: str, known: Known, registered: Mapping[str, str]) -> str:
    """The key of the company, which is its fullest known name."""
    names = _names(canonical, known)
    if key := next((known.keys[n] for n in names if n in known.keys), None):
        return key
    full = next((registered[n] for n in names if n in registered), canonical)
    return known.keys.get(full, full)


def _names(canonical: str, known: Known) -> list[str]:
    """The name and what says the same: 微软公司 is 微软, and 重庆长安 is 长安, whose full name begins with 重庆."""
    bare, place = _bare(canonical), places.prefix(canonical)
    rest = canonical[len(place) :]
    same_place = bool(place) and known.keys.get(rest, "").startswith(place)
    # 统一公司 need not be 统一, which is a word as well
    return [canonical] + [bare] * (bare not in known.ambiguous) + [rest] * same_place


def _bare(name: str) -> str:
    return name.removesuffix("公司")
