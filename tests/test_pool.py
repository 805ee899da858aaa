"""Workers behind one event loop: fair turns, limits, and nobody harmed by another's end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from serving import is_running

import cop_graph.pool
from cop_graph.dataset import Source
from cop_graph.errors import CopGraphError, QueryRefusedError, QueryStoppedError, StoreError
from cop_graph.pool import PAUSE_BYTES, BusyError, Limits, Pool, Reply
from cop_graph.worker import settings_of

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
GREEDY = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?f ?c"
LONG = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 200000"
MEMORY = 400 * 1024**2
PATIENT_S = 60.0

Use = Callable[[Pool], Awaitable[None]]


def job(text: str) -> dict[str, Any]:
    return {"do": "query", "text": text, "accept": "text/csv"}


async def whole(reply: Reply) -> bytes:
    await reply.header()
    return b"".join([piece async for piece in reply])


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENT_S):
        while not holds():
            await asyncio.sleep(0.02)


@pytest.fixture
def with_pool(small_source: Source) -> Callable[..., None]:
    """Run something with a pool whose workers have started."""

    def run(use: Use, *, store: str | None = None, **limits: Any) -> None:
        given = {"time_s": PATIENT_S, "workers": 1, "long_places": 1, "memory_bytes": MEMORY}

        async def main() -> None:
            made = Limits(**{**given, **limits})
            async with Pool(settings_of(small_source, store=store), made) as pool:
                await until(lambda: pool.counts()["free"] == made.workers + made.long_places)
                await use(pool)

        asyncio.run(main())

    return run


def processes(pool: Pool) -> list[int]:
    return [channel.process.pid for channel in pool._channels]


def test_pool_answers_and_tells_of_faults(with_pool: Callable[..., None]) -> None:
    async def use(pool: Pool) -> None:
        assert await whole(pool.run(job("ASK {}"))) == b"true"
        with pytest.raises(QueryRefusedError):
            await pool.run(job("ASK { SERVICE <http://a/> {} }")).header()
        assert await whole(pool.run(job("ASK {}"))) == b"true"
        await until(lambda: pool.counts()["workers"] == 2)
        assert pool.counts() == {"workers": 2, "free": 2, "long": 0, "waiting": 0}

    with_pool(use)


def test_turns_go_round_between_clients(with_pool: Callable[..., None]) -> None:
    async def use(pool: Pool) -> None:
        order: list[str] = []

        async def ask(client: str, number: int) -> None:
            reply = pool.run(job(f"ASK {{}} # {client}{number}"), client=client)
            await reply.header()
            order.append(client)

        tasks = [asyncio.create_task(ask("greedy", number)) for number in range(12)]
        await asyncio.sleep(0)
        tasks += [asyncio.create_task(ask("modest", number)) for number in range(3)]
        await asyncio.gather(*tasks)

        assert order.index("modest") <= 3
        assert max(place for place, client in enumerate(order) if client == "modest") <= 8

    with_pool(use, slow_after_s=30.0)


def test_short_jobs_are_answered_beside_long_ones(with_pool: Callable[..., None]) -> None:
    async def use(pool: Pool) -> None:
        long = pool.run(job(ENDLESS), client="a")
        short = await asyncio.gather(
            *(whole(pool.run(job(f"ASK {{}} # {n}"), client="b")) for n in range(5))
        )

        assert short == [b"true"] * 5
        assert not long.is_over
        assert pool.counts()["long"] == 1
        long.close()

    with_pool(use, slow_after_s=0.5)


def test_long_job_without_a_place_is_stopped_where_others_wait(
    with_pool: Callable[..., None],
) -> None:
    async def use(pool: Pool) -> None:
        first = pool.run(job(ENDLESS), client="a")
        await until(lambda: pool.counts()["long"] == 1)
        second = pool.run(job(ENDLESS), client="a")
        await asyncio.sleep(0.3)
        assert not second.is_over  # nobody waits for its place
        short = pool.run(job("ASK {}"), client="b")
        with pytest.raises(BusyError, match="longer queries run already") as caught:
            await second.header()

        assert caught.value.limit == "busy"
        assert await whole(short) == b"true"
        assert not first.is_over
        first.close()

    with_pool(use, slow_after_s=0.1)


def test_queue_has_a_bound(with_pool: Callable[..., None]) -> None:
    async def use(pool: Pool) -> None:
        replies = [pool.run(job(ENDLESS), client=str(number)) for number in range(4)]
        with pytest.raises(BusyError, match="2 queries wait already") as caught:
            await pool.run(job("ASK {}")).header()

        assert caught.value.limit == "busy"
        assert pool.counts()["waiting"] == 2
        for reply in replies:
            reply.close()
        assert await whole(pool.run(job("ASK {}"))) == b"true"

    with_pool(use, waiting=2, workers=2, long_places=0, slow_after_s=30.0)


def test_time_counts_from_the_question_on(with_pool: Callable[..., None]) -> None:
    async def use(pool: Pool) -> None:
        before = processes(pool)
        replies = [pool.run(job(ENDLESS), client=str(number)) for number in range(4)]
        for reply, match, limit in (
            (replies[0], "stopped after 1 s. Ask for less", "time"),
            (replies[3], "no worker was free for 1 s. Try again", "busy"),
        ):
            with pytest.raises(QueryStoppedError, match=match) as caught:
                await reply.header()
            assert caught.value.limit == limit
        await until(lambda: not all(map(is_running, before)))
        await until(lambda: pool.counts()["free"] == 3)
        assert await whole(pool.run(job("ASK {}"))) == b"true"

    with_pool(use, time_s=1.0, slow_after_s=30.0, long_places=2)


def test_place_is_filled_whenever_its_worker_ends(with_pool: Callable[..., None]) -> None:
    """While another one starts, too: at no step of that may a place count twice."""

    async def use(pool: Pool) -> None:
        for steps in range(10):
            first, second, *_ = pool._channels
            first.end()
            for _ in range(steps):
                await asyncio.sleep(0)
            second.end()
            await until(lambda gone={first, second}: not gone & pool._channels)
            await until(lambda: pool.counts()["free"] == 3)

    with_pool(use, workers=1, long_places=2)


def test_memory_limit_ends_one_worker_only(with_pool: Callable[..., None]) -> None:
    async def use(pool: Pool) -> None:
        greedy = pool.run(job(GREEDY), client="a")
        short = [await whole(pool.run(job(f"ASK {{}} # {n}"), client="b")) for n in range(5)]
        with pytest.raises(QueryStoppedError, match="more memory than its limit") as caught:
            await greedy.header()

        assert caught.value.limit == "memory"
        assert short == [b"true"] * 5
        await until(lambda: pool.counts()["free"] == 2)

    with_pool(use, slow_after_s=0.5)


def test_death_of_a_worker_is_told_to_whom_it_served(with_pool: Callable[..., None]) -> None:
    async def use(pool: Pool) -> None:
        mine, others = pool.run(job(ENDLESS), client="a"), pool.run(job(ENDLESS), client="b")
        await until(lambda: pool.counts()["free"] == 0)
        [victim] = [one for one in pool._channels if one.reply is mine]
        os.kill(victim.process.pid, signal.SIGKILL)
        with pytest.raises(QueryStoppedError, match="or its process was ended"):
            await mine.header()

        assert not others.is_over
        assert await whole(pool.run(job("ASK {}"))) == b"true"
        others.close()

    with_pool(use, workers=2, long_places=0, slow_after_s=30.0)


def test_reply_that_is_given_up_ends_its_worker(with_pool: Callable[..., None]) -> None:
    async def use(pool: Pool) -> None:
        running = pool.run(job(ENDLESS))
        await until(lambda: pool.counts()["free"] == 1)
        [channel] = [one for one in pool._channels if one.reply is running]
        waiting = pool.run(job(ENDLESS), client="w")
        assert pool.counts()["waiting"] == 1
        waiting.close()
        running.close()

        assert pool.counts()["waiting"] == 0
        await until(lambda: not is_running(channel.process.pid))
        await until(lambda: pool.counts()["free"] == 2)
        for reply in (running, waiting):
            with pytest.raises(BusyError, match="given up"):
                await reply.header()

    with_pool(use, slow_after_s=30.0)


def test_short_job_that_is_given_up_costs_no_worker(
    with_pool: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cop_graph.pool, "GIVEN_UP_S", PATIENT_S)  # however busy the machine is

    async def use(pool: Pool) -> None:
        before = processes(pool)
        for number in range(50):
            pool.run(job(f"ASK {{}} # {number}"), client=str(number)).close()
        page = pool.run(job(LONG))
        page.is_page = True
        page.close()

        assert await whole(pool.run(job("ASK {}"))) == b"true"
        await until(lambda: pool.counts()["free"] == 2)
        assert sorted(processes(pool)) == sorted(before)

    with_pool(use)


def test_page_that_is_given_up_holds_nobody_up(with_pool: Callable[..., None]) -> None:
    async def use(pool: Pool) -> None:
        page = pool.run(job(ENDLESS))
        page.is_page = True
        page.close()

        assert await whole(pool.run(job("ASK {}"))) == b"true"
        assert pool.counts()["long"] == 1

    with_pool(use, slow_after_s=0.1, time_s=20.0)


def test_only_a_heavy_job_ends_with_its_worker(
    with_pool: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use(pool: Pool) -> None:
        before = set(processes(pool))
        monkeypatch.setattr(cop_graph.pool, "HEAVY_AFTER", 1000)
        reply = pool.run(job(LONG))
        await reply.header()
        await until(lambda: pool.counts()["long"] == 1)
        assert await whole(reply) != b""
        await until(lambda: pool.counts()["free"] == 2)
        assert set(processes(pool)) == before

        monkeypatch.setattr(cop_graph.pool, "HEAVY_AFTER", 2)
        reply = pool.run(job(LONG))
        await reply.header()
        await until(lambda: any(channel.is_heavy for channel in pool._channels))
        assert await whole(reply) != b""
        await until(lambda: len(before & set(processes(pool))) == 1)

    with_pool(use, slow_after_s=0.1)


def test_answer_waits_for_a_slow_reader(with_pool: Callable[..., None]) -> None:
    async def use(pool: Pool) -> None:
        reply = pool.run(job(LONG))
        await reply.header()
        await asyncio.sleep(1.0)
        held = reply._held
        size = 0
        async for piece in reply:
            size += len(piece)
            assert reply._held < PAUSE_BYTES + (1 << 19)

        assert 0 < held < PAUSE_BYTES + (1 << 19)
        assert size > 10_000_000
        assert await whole(pool.run(job("ASK {}"))) == b"true"

    with_pool(use)


def test_answer_that_breaks_off_raises(with_pool: Callable[..., None]) -> None:
    async def use(pool: Pool) -> None:
        reply = pool.run({**job(LONG), "most_rows": 5000})
        await reply.header()
        with pytest.raises(QueryStoppedError, match="more than 5000 rows"):
            async for _piece in reply:
                pass
        assert reply.take() is None

    with_pool(use)


def test_store_that_cannot_be_read_is_told_of(
    small_source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        settings = {**settings_of(small_source, store=str(tmp_path)), "role": "writer"}
        (tmp_path / "LOCK").mkdir()
        async with Pool(settings, Limits(workers=1, long_places=0)) as pool:
            reply = pool.run({"do": "delete", "graph": None})
            with pytest.raises(CopGraphError):
                await reply.header()

    asyncio.run(main())

    async def without_processes() -> None:
        async with Pool(settings_of(small_source), Limits(workers=1)) as pool:
            with pytest.raises(StoreError, match="no worker starts"):
                await pool.run(job("ASK {}")).header()

    def fail(_settings: object) -> None:
        raise OSError("too many processes")

    monkeypatch.setattr(cop_graph.pool, "start_process", fail)
    asyncio.run(without_processes())


def test_pool_that_ends_leaves_no_process_and_tells_who_waits(
    with_pool: Callable[..., None],
) -> None:
    started: list[int] = []
    replies: list[Reply] = []

    async def use(pool: Pool) -> None:
        started.extend(processes(pool))
        replies.extend(pool.run(job(ENDLESS), client=str(number)) for number in range(3))
        pool.stop()
        for reply in [*replies, pool.run(job("ASK {}"))]:
            with pytest.raises(BusyError, match="the service is ending"):
                await reply.header()

    with_pool(use)

    assert len(started) == 2
    assert not any(map(is_running, started))
