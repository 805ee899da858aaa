"""Reports: a text file in, numbered paragraphs out, and anchors found in them.

The identifiers follow the printed numbers and never correct them. Text without a number has an
identifier too: ``0-p1`` before the first section, ``4-1-b05`` for a bullet, ``5-h1`` for a heading
within a section, ``5-1-p2`` for a second block under a number, ``signature`` at the end.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from cop_graph.errors import ReportError
from cop_graph.model import Paragraph, Report

ENVIRONMENT_VARIABLE: Final = "COP_GRAPH_REPORTS"
MOST_HEADING_WORDS: Final = 20
MOST_SIGNATURE_WORDS: Final = 8

_BOOKMARK: Final = re.compile(r"\[bookmark: [^\]]*\]")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_NUMBERED: Final = re.compile(r"(\d+(?:\.\d+)+)\.?\s+(\S.*)")
_SECTION: Final = re.compile(r"(\d+)\.?\s+(\S.*)")
_BULLET: Final = re.compile(r"[·•▪◦‣∙*–-]\s+(\S.*)")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[\"“‘(]?[A-Z0-9])")
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|No|Nos|Art|Rev|St|vs|e\.g|i\.e|etc|[A-Z])\.)$"
)
_TYPOGRAPHY: Final = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u2011": "-", "\u00a0": " "}
)


def normalise(text: str) -> str:
    r"""Give text in NFC, white space folded, without bookmarks and invisible characters.

    Example:
        >>> normalise("[bookmark: _a1]Two\tlines \n of text")
        'Two lines of text'
    """
    text = _INVISIBLE.sub("", _BOOKMARK.sub("", unicodedata.normalize("NFC", text)))
    return re.sub(r"\s+", " ", text).strip()


def text_hash(text: str) -> str:
    """Give the SHA-256 of a normalised text in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def count_words(text: str) -> int:
    """Count the words of a text: what stands between white space and holds a letter or digit.

    Example:
        >>> count_words("38.89 million views – in months")
        5
    """
    return sum(any(char.isalnum() for char in word) for word in text.split())


def read_report(path: str | os.PathLike[str]) -> Report:
    """Read a report from a plain text file, one paragraph a line.

    Raises:
        ReportError: There is no such file, it is not plain text in UTF-8, or nothing in it is a
            numbered paragraph.
    """
    name = os.fspath(path)
    try:
        raw = Path(name).read_bytes()
    except OSError as error:
        raise ReportError(f"cannot be read: {error.strerror}", path=name) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReportError(
            f"not plain text in UTF-8 (byte {error.start}). Save the report as plain text (.txt) "
            "with one paragraph a line, then try again",
            path=name,
        ) from error
    paragraphs = parse_report(text)
    if not any(paragraph.kind == "numbered" for paragraph in paragraphs):
        raise ReportError(
            "has no numbered paragraph such as '1.1 The meeting …'. Save the report as plain text "
            "with one paragraph a line",
            path=name,
        )
    return Report(name, tuple(paragraphs))


def parse_report(text: str) -> list[Paragraph]:
    """Cut the text of a report into paragraphs, one a line.

    Lines without a letter or digit are rules, not text, and are passed over.
    """
    reader = _Reader()
    for line, raw in enumerate(text.splitlines(), 1):
        content = normalise(raw)
        if any(char.isalnum() for char in content):
            reader.read(content, line)
    return _sign(reader.paragraphs)


class _Reader:
    """Walks down the lines and remembers which section, heading and number they stand under."""

    def __init__(self) -> None:
        self.paragraphs: list[Paragraph] = []
        self._taken: set[str] = set()
        self._section: str | None = None
        self._heading: str | None = None
        self._number: str | None = None
        self._list_heading: str | None = None
        self._blocks = self._bullets = self._headings = 0

    def read(self, text: str, line: int) -> None:
        if match := _NUMBERED.fullmatch(text):
            self._number = self._free(match[1].replace(".", "-"))
            self._blocks, self._bullets, self._list_heading = 1, 0, None
            under = self._heading or self._section
            self._add(self._number, "numbered", match[2], line, under, match[1])
        elif (match := _SECTION.fullmatch(text)) and self._is_next_section(match[1], match[2]):
            self._section = self._free(match[1])
            self._number = self._heading = self._list_heading = None
            self._blocks = self._headings = self._bullets = 0
            self._add(self._section, "section-heading", match[2], line, None, match[1])
        elif match := _BULLET.fullmatch(text):
            self._bullets += 1
            parent = self._number or self._section or "0"
            bullet = self._free(f"{parent}-b{self._bullets:02}")
            if match[1].endswith(":"):
                self._add(bullet, "group-heading", match[1], line, self._under(parent))
                self._list_heading = bullet
            else:
                under = self._list_heading or self._under(parent)
                self._add(bullet, "bullet", match[1], line, under)
        elif self._section is None:
            self._blocks += 1
            self._add(self._free(f"0-p{self._blocks}"), "title-block", text, line, None)
        elif text.endswith(":") and count_words(text) <= MOST_HEADING_WORDS:
            self._headings += 1
            self._number = self._list_heading = None
            self._blocks = 0
            self._heading = self._free(f"{self._section}-h{self._headings}")
            self._add(self._heading, "group-heading", text, line, self._section)
        else:
            self._blocks += 1
            parent = self._number or self._section
            block = self._free(f"{parent}-p{self._blocks}")
            self._add(block, "continuation", text, line, parent)

    def _is_next_section(self, number: str, title: str) -> bool:
        is_title = count_words(title) <= MOST_HEADING_WORDS and not title.endswith((".", ";", ","))
        return is_title and int(number) > int(self._section or "0")

    def _under(self, parent: str) -> str | None:
        return parent if parent != "0" else None

    def _free(self, identifier: str) -> str:
        """Keep identifiers unlike where a report prints one number twice."""
        free, again = identifier, 2
        while free in self._taken:
            free = f"{identifier}-x{again}"
            again += 1
        self._taken.add(free)
        return free

    def _add(
        self,
        identifier: str,
        kind: str,
        text: str,
        line: int,
        under: str | None,
        number: str | None = None,
    ) -> None:
        self.paragraphs.append(Paragraph(identifier, kind, text, line, under, number))


def _sign(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """Name the short lines without a full stop that end a report its signature."""
    start = len(paragraphs)
    while start and _may_sign(paragraphs[start - 1]):
        start -= 1
    names = ("signature" if n == 0 else f"signature-p{n + 1}" for n in range(len(paragraphs)))
    signed = [
        Paragraph(name, "signature", old.text, old.line)
        for name, old in zip(names, paragraphs[start:], strict=False)
    ]
    return [*paragraphs[:start], *signed]


def _may_sign(paragraph: Paragraph) -> bool:
    return (
        paragraph.kind == "continuation"
        and count_words(paragraph.text) <= MOST_SIGNATURE_WORDS
        and not paragraph.text.endswith((".", "!", "?", ";"))
    )


def find_reports_directory(given: str | None = None) -> Path | None:
    """Find where the user has the reports.

    Args:
        given: What ``--reports`` says. Else ``COP_GRAPH_REPORTS``, else ``../shared/reports``
            beside a checkout.

    Returns:
        The directory, or ``None`` where there is none.

    Raises:
        ReportError: A directory was named and does not exist.
    """
    named = given or os.environ.get(ENVIRONMENT_VARIABLE)
    if named:
        if not Path(named).is_dir():
            raise ReportError("no such directory of reports", path=named)
        return Path(named)
    checkout = Path(__file__).resolve().parent.parent
    beside = checkout.parent / "shared" / "reports"
    if (checkout / "pyproject.toml").is_file() and beside.is_dir():
        return beside
    return None


def find_report(identifier: str, directory: Path | None) -> Path | None:
    """Find the file of a report in a directory: ``<identifier>.txt``, or ``None``."""
    if directory is None or not is_file_name(identifier):
        return None
    path = directory / f"{identifier}.txt"
    return path if path.is_file() else None


def is_file_name(identifier: str) -> bool:
    """Tell whether an identifier names a file of one directory, and none above or below it."""
    return re.fullmatch(r"[\w-][\w.-]*", identifier) is not None


def anchor_spans(anchor: str, text: str) -> list[tuple[int, int]]:
    """Find an anchor in a text, on word boundaries, character for character.

    Returns:
        Start and end of each occurrence, in characters.

    Example:
        >>> anchor_spans("led by", "led by A, misled by B, led by C")
        [(0, 6), (23, 29)]
    """
    pattern = rf"(?<!\w){re.escape(anchor)}(?!\w)"
    return [match.span() for match in re.finditer(pattern, text)]


def repair_typography(anchor: str, text: str) -> str | None:
    """Give the anchor as the text types it: its quotation marks, dashes and spaces.

    Returns:
        The repaired anchor; ``None`` where it is right already or does not occur even so.
    """
    if anchor_spans(anchor, text):
        return None
    folded = normalise(anchor.translate(_TYPOGRAPHY))
    spans = anchor_spans(folded, text.translate(_TYPOGRAPHY))
    return text[slice(*spans[0])] if spans else None


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Cut a paragraph into sentences.

    Returns:
        Start and end of each sentence, in characters.

    Example:
        >>> text = "Mr. A spoke. He left."
        >>> [text[start:end] for start, end in split_sentences(text)]
        ['Mr. A spoke.', 'He left.']
    """
    spans, start = [], 0
    for match in _SENTENCE_END.finditer(text):
        if _ABBREVIATION.search(text, start, match.start()):
            continue
        spans.append((start, match.end() - len(match.group()) + len(match.group().rstrip())))
        start = match.end()
    spans.append((start, len(text)))
    return spans


def sentence_of(anchor: str, text: str, *, occurrence: int = 1) -> tuple[str, int, int] | None:
    """Give the sentence around an anchor, and where the anchor stands in it.

    Returns:
        The sentence, and start and end of the anchor in its characters; ``None`` where the anchor
        does not occur that often. An anchor across two sentences gives both.
    """
    spans = anchor_spans(anchor, text)
    if not 1 <= occurrence <= len(spans):
        return None
    start, end = spans[occurrence - 1]
    touched = [span for span in split_sentences(text) if span[0] < end and span[1] > start]
    first, last = touched[0][0], touched[-1][1]
    return text[first:last], start - first, end - first


def covered_words(anchors: Iterable[tuple[str, str]], texts: Mapping[str, str]) -> int:
    """Count the words of a report that anchors cover, each word once.

    Args:
        anchors: Paragraph identifier and anchor; where an anchor occurs more than once, its first
            occurrence stands for it.
        texts: Paragraph identifier to normalised text.
    """
    covered: set[tuple[str, int]] = set()
    for identifier, anchor in anchors:
        text = texts.get(identifier, "")
        words = list(_word_spans(text))
        for start, end in anchor_spans(anchor, text)[:1]:
            covered.update(
                (identifier, n) for n, (a, b) in enumerate(words) if a < end and b > start
            )
    return len(covered)


def _word_spans(text: str) -> Iterator[tuple[int, int]]:
    for match in re.finditer(r"\S+", text):
        if any(char.isalnum() for char in match.group()):
            yield match.span()
