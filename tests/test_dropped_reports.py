"""A report that a reader drops on a page: read in the browser, never sent, kept for the tab alone.

All is invented: the reports of the small graph, written as Word, PDF, web page and plain text.
"""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import SMALL, SMALL_REPORTS
from serving import start_server
from visits import Visit

from cop_graph.namespaces import COP, COPD, PREFIXES
from cop_graph.reports import parse_report

playwright = pytest.importorskip("playwright.sync_api")

TEXT = (SMALL_REPORTS / "alpha-1.txt").read_text(encoding="utf-8")
OTHER = (SMALL_REPORTS / "beta-1.txt").read_text(encoding="utf-8")
CLAIM = "claim-alpha-1-3-1-004"
WORDS = "partnered with Kite Works"
SAME = "word for word the one that the claim was taken from"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("serve")
    nothing = folder / "reports"
    nothing.mkdir()
    server = start_server("--data", str(SMALL), "--reports", str(nothing), log=folder / "log")
    yield server.address
    server.end()


# The same report in every format.


def word(text: str) -> bytes:
    """Write a Word document, one paragraph a line, the numbers as text."""
    import docx

    document = docx.Document()
    for line in text.splitlines():
        document.add_paragraph(line)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def counted_word(text: str) -> bytes:
    """Write a Word document whose numbers Word counts itself: they stand in no paragraph."""
    import docx
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document = docx.Document()
    numbering = document.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
        f'<w:lvlText w:val="{form}"/></w:lvl>'
        for level, form in enumerate(("%1", "%1.%2"))
    )
    numbering.insert(
        0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{levels}</w:abstractNum>')
    )
    numbering.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="78"><w:abstractNumId w:val="77"/></w:num>')
    )
    for part in parse_report(text):
        paragraph = document.add_paragraph(part.text)
        if part.number:
            level = part.number.count(".")
            paragraph._p.get_or_add_pPr().append(
                parse_xml(
                    f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/>'
                    '<w:numId w:val="78"/></w:numPr>'
                )
            )
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def page(text: str) -> bytes:
    """Write a web page, with all that a page could try to run or load."""
    lines = "".join(f"<p>{html.escape(line)}</p>\n" for line in text.splitlines())
    hostile = (
        "<script>document.title='broken'</script><img src='http://hostile.example/a.png' "
        "onerror=\"document.title='broken'\"><link rel=stylesheet href=//hostile.example/b.css>"
    )
    return f"<!DOCTYPE html><html><head>{hostile}</head><body>{hostile}{lines}".encode()


def pdf(text: str, *, password: str = "", has_text: bool = True) -> bytes:
    """Write a PDF: lines broken at a margin, each page with a heading and a number."""
    from reportlab.lib import pdfencrypt
    from reportlab.lib.utils import simpleSplit
    from reportlab.pdfgen.canvas import Canvas

    written = io.BytesIO()
    locked = pdfencrypt.StandardEncryption(password, strength=40) if password else None
    canvas = Canvas(written, pagesize=(420, 300), encrypt=locked)
    number, y = 0, 0.0
    for line in text.expandtabs(1).splitlines() if has_text else []:
        y -= 6
        for piece in simpleSplit(line, "Helvetica", 10, 330):
            if y < 50:
                if number:
                    canvas.showPage()
                number += 1
                canvas.setFont("Helvetica", 10)
                canvas.drawString(40, 280, "Meeting of the Forum, document 7")
                canvas.drawString(200, 20, f"{number}/5")
                y = 250
            canvas.drawString(40, y, piece)
            y -= 13
    canvas.rect(10, 10, 20, 20)
    canvas.save()
    return written.getvalue()


def drop(visit: Visit, name: str, content: bytes) -> None:
    """Choose a file, as the reader does."""
    given = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    visit.page.get_by_label("Or choose it").set_input_files(given)


def told(visit: Visit):
    """What the page says of the file."""
    return visit.page.locator(".told")


FORMATS: dict[str, Callable[[str], bytes]] = {
    "minutes.txt": lambda text: text.encode(),
    "windows.txt": lambda text: text.replace("\n", "\r\n").encode("windows-1252"),
    "wide.txt": lambda text: text.encode("utf-16"),
    "alpha-1.docx": word,
    "counted.docx": counted_word,
    "minutes.html": page,
    "minutes.pdf": pdf,
    "wrong-ending.txt": word,
}


@pytest.mark.parametrize("name", list(FORMATS))
def test_the_sentence_is_read_from_any_format_and_sent_nowhere(
    browser, address: str, name: str
) -> None:
    with Visit(browser, address) as visit:
        visit.page.goto(f"/id/{CLAIM}")
        visit.page.get_by_text("These words stand in paragraph 3.1").wait_for()
        assert "on lessons for parents" not in visit.page.content()
        asked = len(visit.asked)
        drop(visit, name, FORMATS[name](TEXT))
        note = visit.page.locator("[data-found]")
        playwright.expect(note).to_contain_text(f"Found in “{name}”, in paragraph 3.1")
        assert visit.page.locator("blockquote mark").inner_text() == WORDS
        sentence = "".join(
            visit.page.locator("blockquote .sentence, blockquote mark").all_inner_texts()
        )
        assert "on lessons for parents" in "".join(sentence)
        assert "1,200 children" in visit.page.locator("blockquote").inner_text()
        playwright.expect(told(visit)).to_contain_text("sent nowhere")
        reader = [url for url in visit.asked[asked:] if "/static/pdf-" in url]
        assert visit.asked[asked:] == reader
        assert len(reader) == (name == "minutes.pdf")
        assert "broken" not in visit.page.title()
        assert (visit.foreign, visit.complaints) == ([], [])


@pytest.mark.parametrize("name", ["alpha-1.docx", "minutes.html", "minutes.pdf"])
def test_every_claim_of_the_report_is_found_in_its_paragraph(
    browser, address: str, small_graph, name: str
) -> None:
    store = small_graph.store
    records = [
        record
        for kind in ("Claim", "Remark")
        for record in sorted(store.instances(COP + kind))
        if (store.value(record, COP + "paragraph") or "").startswith(f"{COPD}paragraph-alpha-1-")
    ]
    records = records if name.endswith(".docx") else records[::3]
    assert len(records) > 5
    with Visit(browser, address) as visit:
        visit.page.goto(f"/id/{CLAIM}")
        drop(visit, name, FORMATS[name](TEXT))
        visit.page.locator("blockquote.text").wait_for()
        for record in records:
            visit.page.goto(f"/id/{record.removeprefix(COPD)}")
            note = visit.page.locator("[data-found]")
            playwright.expect(note).to_contain_text("Found in “")
            number = store.value(store.value(record, COP + "paragraph"), COP + "number")
            number = number or store.value(
                store.value(record, COP + "paragraph"), PREFIXES["dcterms"] + "identifier"
            )
            assert f"in paragraph {number}" in note.inner_text()
            marks = visit.page.locator("blockquote mark").all_inner_texts()
            assert sorted(marks) == sorted(t.value for t in store.objects(record, COP + "anchor"))


def test_what_the_report_says_is_told_apart_from_what_stands_elsewhere(
    browser, address: str
) -> None:
    """The same words under another number, typed otherwise, and in no such place at all."""
    with Visit(browser, address) as visit:
        visit.page.goto(f"/id/{CLAIM}")
        note = visit.page.locator("[data-found]")
        drop(visit, "beta.txt", b"1\tOpening\n1.1\tNothing at all was said.")
        playwright.expect(note).to_contain_text("Not found in “beta.txt”")
        playwright.expect(note).to_contain_text("from paragraph 3.1 of “Report of the")
        assert note.get_attribute("class") == "warn"
        assert visit.page.locator("blockquote mark").inner_text() == WORDS  # the anchor stays
        drop(visit, "moved.txt", f"2\tNews\n2.1\tThey {WORDS} again.".encode())
        playwright.expect(note).to_contain_text("Not found in paragraph 3.1 of “moved.txt”")
        playwright.expect(note).to_contain_text("elsewhere in it, in paragraph 2.1")
        assert note.get_attribute("class") == "warn"
        drop(visit, "edition.txt", f"3.1\tThey \u00a0 {WORDS}, it is said.".encode())
        playwright.expect(note).to_contain_text("Found in “edition.txt”, in paragraph 3.1")
        assert SAME not in note.inner_text()
        assert note.get_attribute("class") == "note"
        drop(visit, "real.txt", TEXT.encode())
        playwright.expect(note).to_contain_text(SAME)
        visit.page.get_by_role("button", name="Forget the file").click()
        visit.page.get_by_text("These words stand in paragraph 3.1").wait_for()
        assert visit.complaints == []


def test_the_occurrence_that_is_meant_is_marked(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        page = visit.page

        def second(route) -> None:
            body = route.fetch().text()
            route.fulfill(body=body.replace(' data-hash="', ' data-occurrence="2" data-hash="'))

        page.route(f"**/id/{CLAIM}", second)
        page.goto(f"/id/{CLAIM}")
        drop(visit, "it.txt", f"3.1\tA {WORDS}, mispartnered, B {WORDS}, C {WORDS}.".encode())
        page.locator("blockquote.text").wait_for()
        pieces = page.locator("blockquote").evaluate(
            "quote => [...quote.childNodes].map((node) => [node.nodeName, node.textContent])"
        )
        marks = [place for place, (name, _) in enumerate(pieces) if name == "MARK"]
        assert len(marks) == 1
        assert "".join(text for _, text in pieces[: marks[0]]).count(WORDS) == 1


def sheet() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return packed.getvalue()


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("word/document.xml", b" " * 150_000_000)
    return packed.getvalue()


WRONG = {
    "empty.docx": (lambda: b"", "is empty"),
    "photo.docx": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "is a picture"),
    "old.doc": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is an old Word file"),
    "notes.rtf": (lambda: b"{\\rtf1 words}", "is an RTF file"),
    "sheet.docx": (sheet, "is a spreadsheet"),
    "torn.docx": (lambda: word(TEXT)[:9000], "is damaged"),
    "bomb.docx": (bomb, "is damaged"),
    "torn.pdf": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 4, "is damaged"),
    "locked.pdf": (lambda: pdf(TEXT, password="secret"), "has a password"),
    "scan.pdf": (lambda: pdf("", has_text=False), "holds no text"),
    "program.txt": (lambda: b"MZ\x90\x00\x03" + bytes(1000), "is no text"),
}


@pytest.mark.parametrize("name", list(WRONG))
def test_a_wrong_file_is_told_with_what_to_do(browser, address: str, name: str) -> None:
    make, words = WRONG[name]
    with Visit(browser, address) as visit:
        visit.page.goto(f"/id/{CLAIM}")
        drop(visit, name, make())
        said = told(visit)
        playwright.expect(said).to_contain_text(f"“{name}” {words}")
        assert any(word in said.inner_text().lower() for word in ("choose", "save", "print"))
        assert visit.page.locator("[data-found]").inner_text().startswith("These words stand")
        assert visit.page.evaluate("Object.keys(sessionStorage)") == []
        assert (visit.foreign, visit.complaints) == ([], [])


def test_a_file_that_is_far_too_large_is_not_even_read(
    browser, address: str, tmp_path: Path
) -> None:
    path = tmp_path / "disk.pdf"
    with open(path, "wb") as file:
        file.truncate(200_000_000)
    with Visit(browser, address) as visit:
        visit.page.goto(f"/id/{CLAIM}")
        visit.page.get_by_label("Or choose it").set_input_files(str(path))
        playwright.expect(told(visit)).to_contain_text("“disk.pdf” has 200 MB; a report has a few")


def test_a_dropped_report_is_kept_for_the_tab_and_nowhere_else(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        page = visit.page
        page.goto("/about")
        given = page.evaluate_handle(
            "text => { const d = new DataTransfer(); d.items.add(new File([text], 'mine.txt')); "
            "return d; }",
            TEXT,
        )
        page.dispatch_event("body", "drop", {"dataTransfer": given})
        playwright.expect(told(visit)).to_contain_text("Open the evidence of a line")
        page.goto("/id/organization-blue-lantern-office")
        page.locator("a.cite").first.click()
        drawer = page.get_by_role("dialog")
        drawer.get_by_text("Found in “mine.txt”").first.wait_for()
        kept = page.evaluate(
            "async () => [localStorage.length, (await indexedDB.databases()).length, "
            "(await caches.keys()).length, document.cookie, "
            "(await navigator.serviceWorker.getRegistrations()).length]"
        )
        assert kept == [0, 0, 0, "", 0]
        assert visit.context.cookies() == []
        other = visit.context.new_page()
        other.goto(f"/id/{CLAIM}")
        other.get_by_text("These words stand in paragraph 3.1").wait_for()
        assert other.evaluate("sessionStorage.length") == 0
        assert (visit.foreign, visit.complaints) == ([], [])


def test_a_report_is_read_where_storage_is_not_allowed(browser, address: str) -> None:
    with Visit(browser, address) as visit:
        visit.page.add_init_script(
            "Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('no'); } })"
        )
        visit.page.goto(f"/id/{CLAIM}")
        drop(visit, "alpha.txt", TEXT.encode())
        playwright.expect(visit.page.locator("[data-found]")).to_contain_text(SAME)
        assert visit.complaints == []
