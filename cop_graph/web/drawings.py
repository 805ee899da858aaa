"""Pages of pictures: the picture itself, and below it the same as a table with its evidence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from cop_graph.errors import UnknownEntityError
from cop_graph.gallery import Picture, picture
from cop_graph.namespaces import COP, COPD, compact, expand
from cop_graph.web.answers import MOST_CHOICES, resolved
from cop_graph.web.pages import SECURITY_HEADERS, Page

if TYPE_CHECKING:
    from cop_graph.web.layout import Layout

ACTOR_CLASSES: Final = ("Actor", "Initiative")
THEME_CLASSES: Final = ("Theme",)
MOST_KEPT: Final = 24
"""How many drawn pictures a process keeps; the map of the world takes seconds to draw."""
NAMES: Final = {
    "map": "Network",
    "world": "World",
    "timeline": "Timeline",
    "matrix": "Who works on what",
}


def drawing(layout: Layout, name: str, ending: str | None) -> Page:
    """Show the world, the timeline or the matrix, narrowed to an actor or a theme."""
    given = {key: layout.request.query.get(key, "").strip()[:300] for key in ("actor", "theme")}
    actor = resolved_iri(layout, given["actor"], ACTOR_CLASSES)
    theme = resolved_iri(layout, given["theme"], THEME_CLASSES)
    drawn = _drawn(layout, name, actor, theme)
    if ending:
        return _svg(drawn)
    fields = [
        ("actor", "Only what touches", actor, ACTOR_CLASSES),
        ("theme", "Only on the theme", theme, THEME_CLASSES),
    ]
    return _page(layout, name, drawn, [field(layout, *one) for one in fields])


def ego(layout: Layout, slug: str, ending: str | None) -> Page:
    """Show whom the reports tie to one actor."""
    iri = COPD + slug
    if not layout.classes(iri) & set(ACTOR_CLASSES):
        raise UnknownEntityError(slug, wanted="actors and initiatives", suggestions=[])
    drawn = _drawn(layout, "ego", iri, None)
    return _svg(drawn) if ending else _page(layout, "ego", drawn, [], about=iri)


def _page(
    layout: Layout, name: str, drawn: Picture, fields: list[dict[str, Any]], about: str = ""
) -> Page:
    scene = drawn.scene
    return layout.page(
        "drawing.html",
        title=scene.title,
        name=name,
        names=NAMES,
        about=about,
        scene=scene,
        svg=_cropped(drawn),
        notes=drawn.notes,
        facts=[fact for fact in scene.facts if fact.asserts],
        plans=[fact for fact in scene.facts if not fact.asserts],
        iri_of=expand,
        evidence=drawn.evidence,
        fields=fields,
        narrowed={"actor": None, "theme": None}
        | {one["name"]: one["slug"] or None for one in fields},
    )


def _svg(drawn: Picture) -> Page:
    return Page(200, "image/svg+xml; charset=utf-8", drawn.svg.encode(), SECURITY_HEADERS)


def _drawn(layout: Layout, name: str, actor: str | None, theme: str | None) -> Picture:
    """Draw a picture, or take it from those that were drawn of this version of the data."""
    pictures = layout.kept.pictures
    key = (name, actor, theme)
    if key not in pictures:
        while len(pictures) >= MOST_KEPT:
            pictures.pop(next(iter(pictures)))
        pictures[key] = picture(layout.graph, name, actor=actor, theme=theme)
    return pictures[key]


def _cropped(drawn: Picture) -> str:
    """Give the drawing with its legend; title and notes are text of the page."""
    svg = drawn.svg.partition("\n")[2]
    top, bottom = drawn.crop
    found = re.search(r'width="([\d.]+)" height="[\d.]+" viewBox="[^"]*"', svg)
    if found is None:
        return svg
    height = f"{bottom - top:.1f}"
    box = f'width="{found[1]}" height="{height}" viewBox="0 {top:.1f} {found[1]} {height}"'
    return svg.replace(found[0], box, 1).replace('role="img"', 'role="group"', 1)


def resolved_iri(layout: Layout, text: str, classes: tuple[str, ...]) -> str | None:
    """Give the IRI of what a field names; ``None`` where it is empty."""
    if not text:
        return None
    if re.fullmatch(r"[a-z][\w-]*", text) and layout.store.holds(COP + text):
        text = COP + text
    found = resolved(layout, text, classes)
    return layout.graph.resolve(found if isinstance(found, str) else found.iri, classes=classes).iri


def field(
    layout: Layout, name: str, label: str, iri: str | None, classes: tuple[str, ...]
) -> dict[str, Any]:
    """Give a field of a form, filled from the data where that is not too much."""
    return {
        "name": name,
        "label": label,
        "value": layout.graph.resolve(iri, classes=classes).label if iri else "",
        "slug": iri.removeprefix(COPD).removeprefix(COP) if iri else "",
        "choices": layout.choices(classes, most=MOST_CHOICES),
        "kinds": "|".join(classes),
        "curie": compact(iri) if iri else "",
    }
