"""What the routes share: the workers, the version of the data, and answers that are remembered."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cop_graph import generations
from cop_graph.dataset import Source
from cop_graph.pool import Limits, Pool, Reply
from cop_graph.worker import settings_of

REMEMBERED_BYTES: Final = 64 * 1024**2
REMEMBERED_ANSWER_BYTES: Final = 1 << 18
_CHANGES_BY_ITSELF: Final = re.compile(r"NOW|RAND|UUID|BNODE|SERVICE|\\u", re.IGNORECASE)
"""What makes a query answer otherwise at another time; a hit within a text only costs speed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a service is run. ``token`` allows updates; ``services`` names hosts for SERVICE."""

    source: Source
    store: str
    limits: Limits = field(default_factory=Limits)
    token: str | None = None
    services: tuple[str, ...] = ()
    reports: str | None = None
    show_report_text: bool = False

    @property
    def is_remote(self) -> bool:
        """Whether the store is a server elsewhere."""
        return "://" in self.store


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state of the data: which generation, and its version (empty where nobody knows it)."""

    generation: str | None
    version: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer that can be given again while the data stay the same."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Service:
    """The workers behind the routes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        told = settings_of(
            settings.source,
            store=settings.store,
            services=settings.services,
            reports=settings.reports,
        )
        self.readers = Pool(told, settings.limits)
        one = Limits(
            time_s=settings.limits.time_s,
            memory_bytes=settings.limits.memory_bytes,
            waiting=settings.limits.waiting,
            workers=1,
            long_places=0,
            slow_after_s=settings.limits.time_s + 1,
        )
        self.writer = Pool({**told, "role": "writer"}, one) if settings.token is not None else None
        self._remembered: OrderedDict[tuple[str, bytes, bool], Remembered] = OrderedDict()
        self._remembered_bytes = 0
        self._seen: tuple[int, int] | None = None
        self._snapshot = Snapshot(None, "")

    async def __aenter__(self) -> Service:
        await self.readers.__aenter__()
        if self.writer is not None:
            await self.writer.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        pools = [self.readers, *([self.writer] if self.writer is not None else [])]
        await asyncio.gather(*(pool.__aexit__(None, None, None) for pool in pools))

    def snapshot(self) -> Snapshot:
        """Give the newest finished state of the data.

        Raises:
            StoreError: There is none.
        """
        if self.settings.is_remote:
            return self._snapshot
        root = Path(self.settings.store)
        try:
            stat = os.stat(root / generations.CURRENT)
            seen = (stat.st_ino, stat.st_mtime_ns)
        except OSError:
            seen = None
        if seen is None or seen != self._seen:
            name = generations.current(root)
            if name is not None:
                version = generations.version_of(root / name)
                self._snapshot = Snapshot(str(root / name), version)
                self._seen = seen
                self._remembered.clear()
                self._remembered_bytes = 0
        return self._snapshot

    def read(self, job: dict[str, Any], *, client: str, snapshot: Snapshot) -> Reply:
        """Give a reading job to a worker; see ``jobs.Reader``."""
        return self.readers.run({**job, "generation": snapshot.generation}, client=client)

    def remembered(self, snapshot: Snapshot, key: bytes, is_gzip: bool) -> Remembered | None:
        """Give the answer to the same question on the same data, if it was given before."""
        found = self._remembered.get((snapshot.version, key, is_gzip))
        if found is not None:
            self._remembered.move_to_end((snapshot.version, key, is_gzip))
        return found

    def remember(self, snapshot: Snapshot, key: bytes, is_gzip: bool, answer: Remembered) -> None:
        """Keep an answer; what was not asked for longest goes first."""
        if len(answer.body) > REMEMBERED_ANSWER_BYTES or not snapshot.version:
            return
        self._remembered[(snapshot.version, key, is_gzip)] = answer
        self._remembered_bytes += len(answer.body) + len(key)
        while self._remembered_bytes > REMEMBERED_BYTES:
            (_, old_key, _), old = self._remembered.popitem(last=False)
            self._remembered_bytes -= len(old.body) + len(old_key)


def answers_alike(text: str) -> bool:
    """Tell whether a query gives the same answer on the same data at any time.

    Example:
        >>> answers_alike("ASK { ?s ?p ?o }"), answers_alike("SELECT (NOW() AS ?t) {}")
        (True, False)
    """
    return _CHANGES_BY_ITSELF.search(text) is None


def key_of(*parts: object) -> bytes:
    """Give a key for a question: 16 bytes that differ where the parts do."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).digest()


def etag_of(snapshot: Snapshot, key: bytes) -> str | None:
    """Give the entity tag of an answer; none where the version of the data is not known."""
    return f'W/"{snapshot.version}-{key.hex()}"' if snapshot.version else None
