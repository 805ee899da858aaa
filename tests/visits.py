"""Visits to pages in Chromium: what a page asks for, and what it complains of, is noted."""

from __future__ import annotations


class Visit:
    """A page that notes what it asks for and what it complains of."""

    def __init__(self, browser, address: str, **given) -> None:
        self.context = browser.new_context(base_url=address, accept_downloads=True, **given)
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.address = address

    def _note(self, kind: str, text: str) -> None:
        is_driver = "GL Driver Message" in text  # a graphics card that is software says it is slow
        if kind in ("error", "warning") and "status of 404" not in text and not is_driver:
            self.complaints.append(text)

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    @property
    def foreign(self) -> list[str]:
        return [url for url in self.asked if not url.startswith((self.address, "data:", "blob:"))]
