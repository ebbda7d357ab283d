"""Turns: one at a time, in order, the urgent first, and nobody who left holds the others up."""

from __future__ import annotations

import asyncio

from storage.writers import Writers


async def test_in_order_and_the_urgent_first() -> None:
    writers, order, gate = Writers(), list[str](), asyncio.Event()

    async def take(name: str, *, first: bool = False) -> None:
        async with writers.turn(first=first):
            order.append(name)
            await gate.wait()

    tasks = []
    for name, first in (("running", False), ("a", False), ("b", False), ("urgent", True)):
        tasks.append(asyncio.create_task(take(name, first=first)))
        await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*tasks)
    assert order == ["running", "urgent", "a", "b"]


async def test_one_at_a_time() -> None:
    writers, inside = Writers(), 0

    async def take() -> None:
        nonlocal inside
        async with writers.turn():
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(take() for _ in range(20)))


async def test_who_leaves_the_queue_holds_nobody_up() -> None:
    writers = Writers()
    async with writers.turn():
        leaving = [asyncio.create_task(writers.turn().__aenter__()) for _ in range(2)]
        staying = asyncio.create_task(writers.turn().__aenter__())
        await asyncio.sleep(0)
        leaving[0].cancel()
    leaving[1].cancel()  # in the very moment in which its turn comes
    async with asyncio.timeout(5):
        await staying
    assert all(task.cancelled() for task in await _ended(leaving))


async def test_who_fails_passes_it_on() -> None:
    writers = Writers()
    try:
        async with writers.turn():
            raise ValueError
    except ValueError:
        pass
    async with asyncio.timeout(5), writers.turn():
        pass


async def _ended(tasks: list[asyncio.Task[None]]) -> list[asyncio.Task[None]]:
    await asyncio.gather(*tasks, return_exceptions=True)
    return tasks
