"""Of the work that a page asks for faster than it is done, one piece runs, and only the newest waits."""

import asyncio

from chat.ui.estimate.newest_only import NewestOnly


class Work:
    """Pieces of work that end when told to, with what became of each."""

    def __init__(self) -> None:
        self.turns = NewestOnly()
        self.begun: list[str] = []
        self.overtaken: list[str] = []
        self.release = asyncio.Event()

    async def do(self, page: str, piece: str) -> None:
        async with self.turns.turn(page) as is_newest:
            if is_newest:
                self.begun.append(piece)
                await self.release.wait()
            else:
                self.overtaken.append(piece)


async def settled() -> None:
    """Let all tasks go as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_one_runs_the_newest_waits_and_the_others_end_at_once() -> None:
    work = Work()
    tasks = [asyncio.create_task(work.do("page", f"{number}")) for number in range(1000)]
    await settled()
    assert (work.begun, len(work.overtaken)) == (["0"], 998)
    work.release.set()
    await asyncio.gather(*tasks)
    assert work.begun == ["0", "999"]


async def test_pages_do_not_wait_for_each_other() -> None:
    work = Work()
    tasks = [asyncio.create_task(work.do(page, page)) for page in ("a", "b", "c")]
    await settled()
    assert work.begun == ["a", "b", "c"]
    work.release.set()
    await asyncio.gather(*tasks)


async def test_who_leaves_while_waiting_or_working_holds_nobody_up() -> None:
    work = Work()
    first, second = (asyncio.create_task(work.do("page", each)) for each in ("first", "second"))
    await settled()
    second.cancel()
    await settled()
    third = asyncio.create_task(work.do("page", "third"))
    await settled()
    first.cancel()
    await settled()
    assert (work.begun, work.overtaken) == (["first", "third"], [])
    work.release.set()
    await asyncio.gather(first, second, third, return_exceptions=True)
    await work.do("page", "fourth")
    assert work.begun == ["first", "third", "fourth"]


async def test_turn_that_comes_to_somebody_who_has_just_left_goes_on_to_the_next() -> None:
    work = Work()
    first, second = (asyncio.create_task(work.do("page", each)) for each in ("first", "second"))
    await settled()
    work.release.set()
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    await work.do("page", "third")
    assert work.begun[-1] == "third"
