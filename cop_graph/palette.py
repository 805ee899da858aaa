"""The palette: one colour and one shape a kind, the same in every picture.

Kinds are told apart by shape as well as by colour, and plans by dashes, so that no picture depends
on colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

# Okabe and Ito (2008), "Color Universal Design": told apart by all kinds of colour vision.
BLUE, SKY, GREEN, ORANGE = "#0072B2", "#56B4E9", "#009E73", "#E69F00"
VERMILION, PURPLE, YELLOW, GREY = "#D55E00", "#CC79A7", "#F0E442", "#8A8F98"

STYLES: Final[Mapping[str, tuple[str, str, str]]] = {
    "State": ("State", BLUE, "square"),
    "Group": ("Group of people or actors", GREY, "diamond"),
    "Person": ("Person", YELLOW, "triangle"),
    "Theme": ("Theme", PURPLE, "diamond"),
    "Initiative": ("Initiative", ORANGE, "hexagon"),
    "Agreement": ("Agreement or law", GREEN, "square"),
    "Document": ("Document", GREY, "square"),
    "Event": ("Event", VERMILION, "triangle"),
    "Resource": ("Resource", SKY, "triangleDown"),
    "Place": ("Place", GREEN, "diamond"),
    "intergovernmental organization": ("Intergovernmental organization", GREEN, "dot"),
    "regional organization": ("Intergovernmental organization", GREEN, "dot"),
    "treaty body": ("Committee, working group or unit", SKY, "hexagon"),
    "working group or committee": ("Committee, working group or unit", SKY, "hexagon"),
    "organizational unit": ("Committee, working group or unit", SKY, "hexagon"),
    "governmental body": ("Governmental body", BLUE, "dot"),
    "ministry": ("Governmental body", BLUE, "dot"),
    "regulator": ("Governmental body", BLUE, "dot"),
    "local authority": ("Governmental body", BLUE, "dot"),
    "law enforcement body": ("Governmental body", BLUE, "dot"),
    "civil society organization": ("Civil society organization", ORANGE, "dot"),
    "alliance or coalition": ("Alliance or coalition", PURPLE, "star"),
    "private company": ("Company or industry association", VERMILION, "triangleDown"),
    "online service": ("Company or industry association", VERMILION, "triangleDown"),
    "industry association": ("Company or industry association", VERMILION, "triangleDown"),
}
OTHER_STYLE: Final = ("Other organization", "#44475A", "dot")
OTHER_THING_STYLE: Final = ("Other thing", "#44475A", "diamond")

EDGE_STYLES: Final[Mapping[str, tuple[str, str]]] = {
    "partners with": ("#33475B", "works together with"),
    "assists": (GREEN, "helps"),
    "is a member of": (PURPLE, "is a member of"),
    "is part of": (SKY, "is part of"),
    "represents": (ORANGE, "represents"),
}

SYMBOLS: Final = {
    "dot": '<circle cx="10" cy="10" r="7"/>',
    "square": '<rect x="3.5" y="3.5" width="13" height="13"/>',
    "diamond": '<path d="M10 2 18 10 10 18 2 10Z"/>',
    "triangle": '<path d="M10 3 18 17H2Z"/>',
    "triangleDown": '<path d="M10 17 2 3H18Z"/>',
    "hexagon": '<path d="M6 3h8l4 7-4 7H6l-4-7Z"/>',
    "star": '<path d="m10 1.5 2.5 5.6 6.1.6-4.6 4 1.4 6-5.4-3.2-5.4 3.2 1.4-6-4.6-4 6.1-.6Z"/>',
}


def symbol(shape: str, colour: str) -> str:
    """Give a symbol as an element of SVG in a box of 20 by 20, filled with a colour."""
    return SYMBOLS[shape].replace("/>", f' fill="{colour}"/>', 1)


def style_of(attributes: Mapping[str, Any]) -> tuple[str, str, str]:
    """Give the name, colour and shape of a node with ``category`` and ``kind``."""
    category = attributes["category"]
    if category == "Organization":
        return STYLES.get(attributes["kind"], OTHER_STYLE)
    return STYLES.get(category, OTHER_THING_STYLE)
