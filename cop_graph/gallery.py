"""The gallery: the name of a picture and what is wanted of it become a finished picture.

Each picture is made of the rows of questions in ``queries/pictures/``, so that the same rows are to
be had by ``ask``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cop_graph.drawing import clean
from cop_graph.errors import PictureError
from cop_graph.files import write_whole
from cop_graph.framing import framed
from cop_graph.model import Answer, Evidence, Reference, Row
from cop_graph.names import classes_of, label_of
from cop_graph.namespaces import COP, compact
from cop_graph.palette import style_of
from cop_graph.picture_page import picture_page
from cop_graph.rendering import svg_to_pdf, svg_to_png
from cop_graph.scenes import SILENCE_NOTE, Fact, Said, Scene, iri

if TYPE_CHECKING:
    from cop_graph.graph import Graph

FORMATS: Final = ("html", "svg", "png", "pdf")
PICTURES: Final = ("world", "timeline", "matrix", "ego")
QUESTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "world": ("placed-actors", "placed-work", "world-ties"),
    "timeline": ("life-of-things",),
    "matrix": ("actors-and-themes", "theme-tree"),
    "ego": ("ties-of",),
}
"""Name of a picture to the questions whose rows it draws."""
_NODE_CLASSES: Final = ("State", "Person", "Group", "Organization", "Initiative")
_LANE_CLASSES: Final = ("Event", "Agreement", "Document", "Resource", "Initiative", "Actor")


def picture(
    graph: Graph,
    name: str,
    *,
    actor: str | Reference | None = None,
    theme: str | Reference | None = None,
    statuses: Sequence[str] = (),
) -> Picture:
    """Draw a picture of a graph.

    Args:
        graph: An open graph.
        name: ``world``, ``timeline``, ``matrix`` or ``ego``.
        actor: Only what touches this actor (label, alias, CURIE or IRI); ``ego`` needs one.
        theme: Only what is on this theme or a narrower one.
        statuses: Only claims of these statuses, such as ``done`` and ``planned``; none is all.

    Returns:
        A picture with ``svg``, ``html()`` and ``write(path)``.

    Raises:
        PictureError: There is no such picture, an ego map lacks its actor, or a status is unknown.
        NotBuiltError: The shapes of the world are not there, because the package was not built.
        UnknownEntityError: Actor or theme stand for nothing; suggests near ones.

    Example:
        >>> import cop_graph
        >>> graph = cop_graph.open_graph(named_graphs=False)
        >>> cop_graph.picture(graph, "ego", actor="ITU").title
        'Whom the reports tie to International Telecommunication Union'
    """
    if name not in PICTURES:
        raise PictureError(f"no picture {name!r}; there are {', '.join(PICTURES)}")
    wanted = _Wanted(graph, actor=actor, theme=theme, statuses=statuses)
    draw: dict[str, Callable[[_Wanted], tuple[Scene, Said]]] = {
        "world": _world,
        "timeline": _timeline,
        "matrix": _matrix,
        "ego": _ego,
    }
    scene, said = draw[name](wanted)
    scene.notes.append(SILENCE_NOTE)
    svg, crop = framed(scene)
    return Picture(scene, svg, crop, said.evidence)


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """A finished picture.

    ``svg`` is the picture itself, on white, for print and for the screen. ``evidence`` leads from
    each claim (a CURIE) to its paragraph and words. ``crop`` is the height at which drawing and
    legend begin and end, between title and caption.
    """

    scene: Scene
    svg: str
    crop: tuple[float, float]
    evidence: Mapping[str, Evidence]

    def __repr__(self) -> str:
        return f"Picture({self.title!r}, {len(self.facts)} facts)"

    @property
    def title(self) -> str:
        """The heading."""
        return self.scene.title

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What each mark stands for, and what was not drawn, in words."""
        return tuple(self.scene.facts)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is shown and what is not, in sentences; the first one counts."""
        return tuple(self.scene.notes)

    def html(self) -> str:
        """Give the picture as one page that shows the evidence and loads nothing."""
        return picture_page(self.scene, self.svg, self.crop, self.evidence)

    def content(self, format: str) -> str | bytes:
        """Give the picture in a format, one of ``FORMATS``.

        Raises:
            PictureError: There is no such format, or the extra ``pictures`` is not installed.
        """
        if format == "html":
            return self.html()
        if format == "svg":
            return self.svg
        if format == "png":
            return svg_to_png(self.svg)
        if format == "pdf":
            return svg_to_pdf(self.svg, title=clean(self.title))
        raise PictureError(f"no format {format!r}; there are {', '.join(FORMATS)}")

    def write(self, path: str | os.PathLike[str], *, format: str | None = None) -> None:
        """Write the picture, in a format or in the one that the ending of the path names.

        Raises:
            PictureError: The format is unknown, or the extra ``pictures`` is not installed.
            OutputError: The file cannot be written; what stood there is unchanged.
        """
        write_whole(path, self.content(format or format_of(path)))


def format_of(path: str | os.PathLike[str]) -> str:
    """Tell the format by the ending of a path.

    Raises:
        PictureError: The ending is none of ``FORMATS``.
    """
    ending = Path(path).suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        endings = ", ".join(f".{name}" for name in FORMATS)
        raise PictureError(
            f"{os.fspath(path)}: the ending names no format of a picture; "
            f"use one of {endings}, or say --format"
        )
    return ending


class _Wanted:
    """What is wanted of a picture, resolved; and the rows of questions that fit it."""

    def __init__(
        self,
        graph: Graph,
        *,
        actor: str | Reference | None,
        theme: str | Reference | None,
        statuses: Sequence[str],
    ) -> None:
        self.graph = graph
        self.actor = self._found(actor, "Actor", "Initiative")
        self.theme = self._found(theme, "Theme")
        self.asserting = frozenset(
            subject for subject, value in graph.store.pairs(COP + "asserts") if value == "true"
        )
        self.statuses = self._statuses(statuses)

    def _found(self, wanted: str | Reference | None, *classes: str) -> Reference | None:
        if not wanted:
            return None
        name = wanted.iri if isinstance(wanted, Reference) else wanted
        return self.graph.resolve(name, classes=classes)

    def _statuses(self, names: Sequence[str]) -> frozenset[str]:
        store = self.graph.store
        known = {label_of(store, subject): subject for subject, _ in store.pairs(COP + "asserts")}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise PictureError(f"no status {unknown[0]!r}; there are {', '.join(sorted(known))}")
        return frozenset(known[name] for name in names)

    def kept(self, answer: Iterable[Row]) -> list[Row]:
        """Keep the rows of the statuses that are wanted."""
        return [row for row in answer if not self.statuses or iri(row["status"]) in self.statuses]

    def words(self, begin: str) -> str:
        """Say what the picture is narrowed to."""
        words = begin
        if self.theme:
            words += f" Only what is on {self.theme.label} or a narrower theme."
        if self.statuses:
            names = sorted(label_of(self.graph.store, status) for status in self.statuses)
            words += f" Only what is {', '.join(names)}."
        return words

    def said(self, rows: Sequence[Row], columns: Sequence[str], *more: Reference) -> Said:
        """Look up the evidence of rows, and the kinds of the things in some of their columns."""
        from cop_graph.questions import evidence

        store = self.graph.store
        claims = sorted({claim for row in rows for claim in row["claims"] or ()})  # type: ignore[union-attr]
        found = evidence(store, claims)
        things = {iri(row[column]) for row in rows for column in columns if column in row.as_dict()}
        things |= {thing.iri for thing in more}
        styles = {thing: self._style(thing) for thing in sorted(things - {""})}
        return Said(
            {compact(claim): entry for claim, entry in found.items()}, self.asserting, styles
        )

    def _style(self, thing: str) -> tuple[str, str, str]:
        store = self.graph.store
        classes = classes_of(store, thing)
        category = next((name for name in _NODE_CLASSES if name in classes), "")
        kind = store.value(thing, COP + "kind")
        return style_of({"category": category, "kind": label_of(store, kind) if kind else ""})


def _world(wanted: _Wanted) -> tuple[Scene, Said]:
    from cop_graph.world import draw_world

    placed = wanted.graph.ask("placed-actors")
    work = wanted.kept(wanted.graph.ask("placed-work", about=wanted.theme))
    ties = wanted.kept(wanted.graph.ask("world-ties", actor=wanted.actor, about=wanted.theme))
    if wanted.actor or wanted.theme or wanted.statuses:
        work = [] if wanted.actor else work
        placed = replace(placed, rows=_touched(placed, work, ties))
    said = wanted.said([*placed, *work, *ties], ("source", "target"))
    title = "Where the reports place actors, and who works with whom"
    if wanted.actor:
        title = f"Where the reports place the ties of {wanted.actor.label}"
    subtitle = wanted.words(
        "States that the reports speak of, and the ties between actors. An actor stands on the map "
        "only where the reports say where it belongs."
    )
    return draw_world(placed, work, ties, said, title=title, subtitle=subtitle), said


def _touched(placed: Answer, work: Sequence[Row], ties: Sequence[Row]) -> list[Row]:
    """Keep the places of those who have one of the ties, and the states where there is work."""
    ends = {iri(row[end]) for row in ties for end in ("source", "target")}
    states = {iri(row["state"]) for row in work}
    states |= {iri(row["state"]) for row in placed if iri(row["actor"]) in ends}
    return [row for row in placed if iri(row["actor"]) in ends | (states - {""})]


def _timeline(wanted: _Wanted) -> tuple[Scene, Said]:
    from cop_graph.timeline import draw_timeline

    answer = wanted.graph.ask("life-of-things", actor=wanted.actor, about=wanted.theme)
    rows = wanted.kept(answer)
    said = wanted.said(rows, ())
    lanes = {}
    for thing in sorted({iri(row["thing"]) for row in rows}):
        classes = classes_of(wanted.graph.store, thing)
        lanes[thing] = next((name for name in _LANE_CLASSES if name in classes), "")
    title = "What happened when, and what is planned"
    if wanted.actor:
        title += f": {wanted.actor.label}"
    subtitle = wanted.words("Dates as exact as the reports give them; plans stand apart.")
    return draw_timeline(rows, lanes, answer, said, title=title, subtitle=subtitle), said


def _matrix(wanted: _Wanted) -> tuple[Scene, Said]:
    from cop_graph.matrix import draw_matrix, shelves

    answer = wanted.graph.ask("actors-and-themes", actor=wanted.actor, about=wanted.theme)
    rows = wanted.kept(answer)
    said = wanted.said(rows, ("actor",))
    placed = shelves(wanted.graph.ask("theme-tree"))
    title = "Who works on what"
    if wanted.actor:
        title = f"What {wanted.actor.label} works on"
    subtitle = wanted.words("Actors by themes: how many claims of the reports tie the two.")
    return draw_matrix(rows, placed, answer, said, title=title, subtitle=subtitle), said


def _ego(wanted: _Wanted) -> tuple[Scene, Said]:
    from cop_graph.ego import draw_ego

    if wanted.actor is None:
        raise PictureError(
            "an ego map needs the actor in its middle: --actor NAME, such as --actor ITU"
        )
    answer = wanted.graph.ask("ties-of", actor=wanted.actor, about=wanted.theme)
    rows = wanted.kept(answer)
    said = wanted.said(rows, ("partner",), wanted.actor)
    title = f"Whom the reports tie to {wanted.actor.label}"
    subtitle = wanted.words("Every tie to another actor or group, by kind.")
    scene = draw_ego(rows, wanted.actor, answer, said, title=title, subtitle=subtitle)
    return scene, said
