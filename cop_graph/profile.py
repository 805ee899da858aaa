"""Profiles: what is claimed of one thing, as a text that can be read from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cop_graph.exports import cell_text
from cop_graph.graph import Profile
from cop_graph.model import Row
from cop_graph.namespaces import compact
from cop_graph.tables import evidence_lines, printable


def profile_text(profile: Profile) -> str:
    """Give a profile as text: who it is, facts, plans, remarks, each with its evidence."""
    lines = [profile.entity.label, "=" * len(profile.entity.label)]
    lines.append(f"{', '.join(profile.classes)}  {compact(profile.entity.iri)}")
    if profile.names:
        lines.append(f"also: {'; '.join(profile.names)}")
    if profile.description:
        lines.append(profile.description)
    lines += [f"same as: {identifier}" for identifier in profile.identifiers]
    lines += _section("Stated", profile.facts, profile, _claim_words)
    lines += _section(
        "Planned, expected, proposed or not done: not facts", profile.plans, profile, _claim_words
    )
    lines += _section("Remarks", profile.remarks, profile, _remark_words)
    if not (profile.facts or profile.plans or profile.remarks):
        lines += ["", "The reports claim nothing of it."]
    lines += ["", f"Searched: {profile.scope}."]
    return "".join(f"{printable(line)}\n" for line in lines)


def _section(title: str, rows: Sequence[Row], profile: Profile, words: object) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield f"{title} ({len(rows)})"
    number = None
    for row in rows:
        if row["number"] != number:
            number = row["number"]
            yield ""
            yield f"  {number}"
        yield f"    {words(row)}"  # type: ignore[operator]
        for line in evidence_lines(dict(profile.evidence), row):
            yield f"      {line}"


def _claim_words(row: Row) -> str:
    text = f"{row['subject']} {row['relation']} {row['object']}"
    figure = " ".join(
        cell_text(row[name]) for name in ("bound", "value", "unit") if row[name] is not None
    )
    dates = " to ".join(cell_text(row[name]) for name in ("start", "end") if row[name] is not None)
    extras = [
        figure,
        dates,
        f"within {row['contexts']}" if row["contexts"] else "",
        cell_text(row["qualifiers"]),
        f"according to {row['voices']}" if row["voices"] else "",
        f"status: {row['status']}",
    ]
    return f"{text} ({'; '.join(extra for extra in extras if extra)})"


def _remark_words(row: Row) -> str:
    return f"{row['kind']}: {row['remark']} ({row['part']})"
