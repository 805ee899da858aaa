"""The pool: worker processes behind one asyncio event loop, with fair turns and limits.

A few jobs are answered at once. One that takes longer than ``slow_after_s`` moves to one of a few
long places, so that short ones are answered meanwhile; where all long places are taken and others
wait, it is stopped. There is a started worker for every place, so that nobody waits for one to
start. Past a limit the worker is ended, and another takes its place; since that costs a second of a
processor, a worker is ended for nothing less. One worker's death is nobody else's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final, cast

from cop_graph.errors import CopGraphError, QueryStoppedError, StoreError
from cop_graph.worker import (
    END,
    FAULT,
    FRAME,
    HEADER,
    PIECE,
    READY,
    job_bytes,
    rebuilt,
    start_process,
    stopped_by_memory,
)

PAUSE_BYTES: Final = 1 << 18
"""So much of an answer is held for a client that reads slowly; then the worker waits."""
NICE: Final = 10
HEAVY_AFTER: Final = 4
"""So many times ``slow_after_s`` make a job heavy: its worker gives way, and ends with it.
Less than that may be only a machine that has much to do."""
GIVEN_UP_S: Final = 1.0
"""So long the worker of a job that was given up may go on: starting another takes as long."""
START_FAILURES: Final = 5
CLOSING_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may use. Times in seconds, memory and answer in bytes."""

    time_s: float = 30.0
    memory_bytes: int = 2 * 1024**3
    rows: int = 1_000_000
    answer_bytes: int = 1024**3
    waiting: int = 256
    workers: int = 2
    long_places: int = 4
    slow_after_s: float = 0.25


class BusyError(QueryStoppedError):
    """Nothing is free and the queue is full, or no long place is."""


class Reply:
    """The answer to one job, as it comes.

    Iterate over it for the pieces; a fault is raised there or by ``header``.
    """

    def __init__(self, pool: Pool, client: str, *, is_page: bool = False) -> None:
        self.client = client
        self.is_page = is_page
        self._pool = pool
        self._loop = asyncio.get_running_loop()
        self._header: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._more: asyncio.Future[None] | None = None
        self._is_whole = False
        self._fault: CopGraphError | None = None
        self._channel: _Channel | None = None
        self.timers: list[asyncio.TimerHandle] = []

    async def header(self) -> dict[str, Any]:
        """Wait for what comes before the answer.

        Raises:
            CopGraphError: The job could not be done.
        """
        return await self._header

    def take(self) -> bytes | None:
        """Give the whole rest where it has all come, else ``None``."""
        if not self._is_whole or self._fault is not None:
            return None
        content = b"".join(self._pieces)
        self._pieces.clear()
        return content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            while self._pieces:
                piece = self._pieces.popleft()
                self._held -= len(piece)
                if self._channel is not None and self._held < PAUSE_BYTES // 2:
                    self._channel.resume()
                yield piece
            if self._fault is not None:
                raise self._fault
            if self._is_whole:
                return
            self._more = self._loop.create_future()
            await self._more

    def close(self) -> None:
        """Give up what has not come yet: the worker is ended if it is still at it."""
        if not self._is_whole and self._fault is None:
            self._pool.abandon(self)

    # What the channel tells.

    def taken(self, channel: _Channel) -> None:
        """Remember which worker is at it."""
        self._channel = channel

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self._is_whole or self._fault is not None

    def on_header(self, header: dict[str, Any]) -> None:
        """Take what comes before the answer."""
        if not self._header.done():
            self._header.set_result(header)

    def on_piece(self, piece: bytes) -> None:
        """Take a piece of the answer."""
        if self._fault is not None:  # nobody reads it
            return
        self._pieces.append(piece)
        self._held += len(piece)
        if self._channel is not None and self._held > PAUSE_BYTES:
            self._channel.pause()
        self._wake()

    def on_end(self) -> None:
        """Take that this was all."""
        self._is_whole = True
        self._finish()

    def on_fault(self, fault: CopGraphError) -> None:
        """Take that nothing more comes, and why."""
        if self.is_over:
            return
        self._fault = fault
        if not self._header.done():
            self._header.set_exception(fault)
            self._header.exception()  # nobody may be waiting for it any more
        self._finish()

    def _finish(self) -> None:
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()
        self._channel = None
        self._wake()

    def _wake(self) -> None:
        if self._more is not None and not self._more.done():
            self._more.set_result(None)


class _Channel(asyncio.Protocol):
    """Our end of the socket to one worker process."""

    def __init__(self, pool: Pool, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.is_ready = False
        self.is_long = False
        self.is_heavy = False
        self.is_ended = False
        self.network = ""
        self.reply: Reply | None = None
        self._pool = pool
        self._transport: asyncio.Transport | None = None
        self._held = bytearray()
        self._is_paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def send(self, reply: Reply, content: bytes) -> None:
        assert self._transport is not None
        self.reply = reply
        reply.taken(self)
        self._transport.write(content)

    def pause(self) -> None:
        if not self._is_paused and self._transport is not None:
            self._is_paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._is_paused and self._transport is not None:
            self._is_paused = False
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        held = self._held
        held += data
        at = 0
        while len(held) - at >= FRAME.size:
            kind, length = FRAME.unpack_from(held, at)
            if len(held) - at - FRAME.size < length:
                break
            start = at + FRAME.size
            at = start + length
            self._on_frame(kind, bytes(held[start:at]))
        del held[:at]

    def _on_frame(self, kind: bytes, content: bytes) -> None:
        reply = self.reply
        if kind == READY:
            self.is_ready = True
            self.network = json.loads(content)["network"]
            self._pool.on_ready(self)
        elif reply is None:
            if kind == FAULT:  # it could not open its store
                self._pool.on_unusable(rebuilt(json.loads(content)))
        elif kind == HEADER:
            reply.on_header(json.loads(content))
        elif kind == PIECE:
            reply.on_piece(content)
        elif kind in (END, FAULT):
            self.reply = None
            self.resume()
            if kind == END:
                reply.on_end()
            else:
                reply.on_fault(rebuilt(json.loads(content)))
            self._pool.on_free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        reply, self.reply = self.reply, None
        self.end()
        if reply is not None:
            reply.on_fault(stopped_by_memory(self._pool.limits.memory_bytes))
        self._pool.on_gone(self)

    def end(self) -> None:
        """End the process, whatever it is doing."""
        if self.is_ended:
            return
        self.is_ended = True
        self.process.kill()
        if self._transport is not None:
            self._transport.abort()
        asyncio.get_running_loop().run_in_executor(None, self.process.wait)


class Pool:
    """Workers of one kind.

    Args:
        settings: What each worker is told; see ``worker.settings_of``.
        limits: What one job may use, how many workers there are, and how many jobs may wait.
    """

    def __init__(self, settings: dict[str, Any], limits: Limits) -> None:
        self.limits = limits
        self._settings = {**settings, "memory_bytes": limits.memory_bytes}
        self._channels: set[_Channel] = set()
        self._free: deque[_Channel] = deque()
        self._queues: OrderedDict[str, deque[tuple[Reply, bytes]]] = OrderedDict()
        self._waiting = 0
        self._failures = 0
        self._is_closed = False
        self._unusable: CopGraphError | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._starting = 0
        self.network = ""

    async def __aenter__(self) -> Pool:
        self._fill()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()
        processes = [channel.process for channel in self._channels]
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(
                asyncio.gather(*(asyncio.to_thread(process.wait) for process in processes)),
                CLOSING_S,
            )

    def run(self, job: dict[str, Any], *, client: str = "", body: bytes = b"") -> Reply:
        """Give a job to a worker, or let it wait for one.

        Args:
            job: See ``jobs``.
            client: Whose turn it takes; turns go round between clients.
            body: What comes with the job.

        Raises:
            BusyError: Too many jobs wait already, or the pool has been stopped.
        """
        reply = Reply(self, client, is_page=job["do"] == "page")
        content = job_bytes(job, body)
        loop = asyncio.get_running_loop()
        reply.timers.append(loop.call_later(self.limits.time_s, self._on_late, reply))
        if self._is_closed:
            reply.on_fault(BusyError("the service is ending", limit="busy"))
        elif self._free and not self._waiting and self._has_turn():
            self._give(self._free.popleft(), reply, content)
        elif self._waiting >= self.limits.waiting:
            reply.on_fault(
                BusyError(
                    f"busy: {self._waiting} queries wait already. Try again in a few seconds",
                    limit="busy",
                )
            )
        else:
            self._queues.setdefault(client, deque()).append((reply, content))
            self._waiting += 1
            self._fill()
        return reply

    def stop(self) -> None:
        """End all workers, and tell those who wait."""
        self._is_closed = True
        ending = BusyError("the service is ending. Try again in a few seconds", limit="busy")
        for channel in list(self._channels):
            self._stop(channel, ending)
        for queue in self._queues.values():
            for reply, _content in queue:
                reply.on_fault(ending)
        self._queues.clear()
        self._waiting = 0

    def counts(self) -> dict[str, int]:
        """Count workers, those free and those at long queries, and jobs that wait."""
        return {
            "workers": sum(channel.is_ready for channel in self._channels),
            "free": len(self._free),
            "long": sum(channel.is_long for channel in self._channels),
            "waiting": self._waiting,
        }

    # What replies and channels tell.

    def abandon(self, reply: Reply) -> None:
        """Take a reply that nobody reads any more out of the queue, or end its worker soon.

        Clients that leave must not cost more than those that stay: a worker at a short job finishes
        it, and what still comes is dropped; one at a page does so too, for the next page finds what
        this one made.
        """
        queue = self._queues.get(reply.client)
        if queue:
            kept = deque(entry for entry in queue if entry[0] is not reply)
            self._waiting -= len(queue) - len(kept)
            self._queues[reply.client] = kept
        given_up = BusyError("given up", limit="busy")
        reply.on_fault(given_up)
        for channel in self._channels:
            if channel.reply is reply:
                channel.resume()
                loop = asyncio.get_running_loop()
                wait_s = 0.0 if channel.is_long else GIVEN_UP_S
                if reply.is_page:
                    wait_s = self.limits.time_s
                reply.timers.append(loop.call_later(wait_s, self._end_if_at, reply, channel))
                if not channel.is_long:  # its turn is not for longer than any other's
                    slow_after_s = self.limits.slow_after_s
                    reply.timers.append(
                        loop.call_later(slow_after_s, self._on_slow, reply, channel)
                    )

    def on_ready(self, channel: _Channel) -> None:
        """Give a worker that has started its first job."""
        self._failures = 0
        self._unusable = None
        self.network = channel.network
        self._next(channel)

    def on_free(self, channel: _Channel) -> None:
        """Give a worker that has done its job the next."""
        channel.is_long = False
        if channel.is_heavy:  # it may hold much memory, and has less of the processor
            channel.end()
        elif not channel.is_ended:
            self._next(channel)

    def on_unusable(self, error: CopGraphError) -> None:
        """Remember why a worker could not start."""
        self._unusable = error

    def on_gone(self, channel: _Channel) -> None:
        """Put another worker in the place of one that has ended."""
        self._channels.discard(channel)
        with contextlib.suppress(ValueError):
            self._free.remove(channel)
        if self._is_closed:
            return
        if not channel.is_ready:
            self._failures += 1
            if self._failures >= START_FAILURES:
                self._give_up()
                return
        self._fill()
        self._hand_out()

    def _give_up(self) -> None:
        """Tell all who wait that no worker starts; the next job tries again."""
        error = self._unusable or StoreError("no worker process starts", path="the service")
        self._failures = 0
        for queue in self._queues.values():
            for reply, _content in queue:
                reply.on_fault(error)
        self._queues.clear()
        self._waiting = 0

    def _next(self, channel: _Channel) -> None:
        """Let a free worker rest, or give it what waits longest of whoever's turn it is."""
        self._free.append(channel)
        self._hand_out()

    def _hand_out(self) -> None:
        """Give free workers to what waits, while there are turns."""
        while self._queues and self._free and self._has_turn():
            client, queue = next(iter(self._queues.items()))
            del self._queues[client]
            while queue:
                reply, content = queue.popleft()
                self._waiting -= 1
                if reply.is_over:
                    continue
                if queue:
                    self._queues[client] = queue  # at the end: the others come first
                self._give(self._free.popleft(), reply, content)
                break

    def _has_turn(self) -> bool:
        """Tell whether one more job may be answered now: long ones do not count."""
        short = sum(one.reply is not None and not one.is_long for one in self._channels)
        return short < self.limits.workers

    def _give(self, channel: _Channel, reply: Reply, content: bytes) -> None:
        if channel.process.poll() is not None:  # ended while it rested; another takes its place
            self._queues.setdefault(reply.client, deque()).appendleft((reply, content))
            self._waiting += 1
            self._hand_out()
            return
        loop = asyncio.get_running_loop()
        reply.timers.append(
            loop.call_later(self.limits.slow_after_s, self._on_slow, reply, channel)
        )
        channel.send(reply, content)

    def _on_slow(self, reply: Reply, channel: _Channel) -> None:
        if channel.reply is not reply:
            return
        if self._long() < self.limits.long_places:
            channel.is_long = True
            if not reply.is_page:  # the next page finds what this one made
                reply.timers.append(
                    asyncio.get_running_loop().call_later(
                        self.limits.slow_after_s * (HEAVY_AFTER - 1), self._on_heavy, reply, channel
                    )
                )
            self._hand_out()
        elif self._waiting:
            self._stop(
                channel,
                BusyError(
                    f"stopped after {self.limits.slow_after_s:g} s, because "
                    f"{self.limits.long_places} longer queries run already. Try again later, or "
                    "ask for less",
                    limit="busy",
                ),
            )
        else:  # nobody waits for its place
            reply.timers.append(
                asyncio.get_running_loop().call_later(
                    self.limits.slow_after_s / 5, self._on_slow, reply, channel
                )
            )

    def _on_heavy(self, reply: Reply, channel: _Channel) -> None:
        if channel.reply is reply:
            channel.is_heavy = True
            with contextlib.suppress(OSError, AttributeError):  # short queries come first
                os.setpriority(os.PRIO_PROCESS, channel.process.pid, NICE)

    def _end_if_at(self, reply: Reply, channel: _Channel) -> None:
        if channel.reply is reply:
            channel.reply = None
            channel.end()

    def _on_late(self, reply: Reply) -> None:
        time_s = self.limits.time_s
        for channel in self._channels:
            if channel.reply is reply:
                self._stop(
                    channel,
                    QueryStoppedError(
                        f"stopped after {time_s:g} s. Ask for less (bind more, LIMIT)", limit="time"
                    ),
                )
                return
        reply.on_fault(
            BusyError(
                f"busy: no worker was free for {time_s:g} s. Try again in a few seconds",
                limit="busy",
            )
        )

    def _stop(self, channel: _Channel, error: CopGraphError) -> None:
        reply, channel.reply = channel.reply, None
        channel.end()
        if reply is not None:
            reply.on_fault(error)

    def _long(self) -> int:
        return sum(channel.is_long for channel in self._channels)

    def _fill(self) -> None:
        """Start workers until there is one for each place."""
        wanted = self.limits.workers + self.limits.long_places
        while not self._is_closed and len(self._channels) + self._starting < wanted:
            self._start()

    def _start(self) -> None:
        self._starting += 1
        task = asyncio.get_running_loop().create_task(self._started())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _started(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            process, ours = start_process(self._settings)
        except OSError as error:
            self._starting -= 1
            self._unusable = StoreError(f"no worker starts: {error}", path="the service")
            self._give_up()
            return
        ours.setblocking(False)
        _transport, channel = await loop.create_connection(
            lambda: _Channel(self, process), sock=ours
        )
        self._starting -= 1  # not when this task is over: a place that counts twice stays empty
        if channel.is_ended:  # before it was counted
            self._fill()
            return
        self._channels.add(channel)
        if self._is_closed:
            channel.end()
