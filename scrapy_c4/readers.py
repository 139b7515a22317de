"""Further processes that read pages: a crawl uses more than one processor, and its event loop is free meanwhile.

They are started when a crawl turns out to have work for them, so a short one never pays for them, and they end with it:
each reads its pages from a pipe that closes with the process that crawls, however that ends.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import signal
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scrapy_c4.analysis import analysis_of, snapshot
from scrapy_c4.page import off_loop
from scrapy_c4.startup import processes_wanted

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import HtmlResponse

    from scrapy_c4.options import Options

__all__ = ["Readers"]

logger = logging.getLogger(__name__)

#: Seconds that the crawl's own process has to spend on pages, or that pages have to wait for the processes there are,
#: before there is help that nobody asked for.
PATIENCE = 0.5
#: The share of all time that is no reason for help: a crawl that waits for its browser reads a page now and then.
IDLE_SHARE = 0.2
#: Processes that nobody asked for, at most: as many as one crawl's own process can keep busy.
MAX_PROCESSES = 4
#: Pages a process has at a time: one that it reads, and the next ones, so that it never waits for one.
PAGES_AT_ONCE = 4
#: Seconds after which a process that has not answered is ended.
READ_TIMEOUT = 120.0
#: Processes that may be lost before no more are started.
MAX_LOST = 3
_CLOSE_TIMEOUT = 2.0
#: The child looks for modules where its parent does, wherever that has them from.
_CODE = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); from scrapy_c4.reader_process import main; main()"
)


class _Process:
    """One child, which answers in the order it is asked."""

    def __init__(self, process: asyncio.subprocess.Process):
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin, self._stdout = process.stdin, process.stdout
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._receiver: asyncio.Task[None] | None = None
        self.is_lost = False

    @classmethod
    async def start(cls) -> _Process:
        """A child that is ready for pages. Raises OSError or NotImplementedError."""
        child = cls(
            await asyncio.create_subprocess_exec(
                sys.executable, "-c", _CODE,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20,
                # Ctrl-C is for the crawl, which goes on with its pages.
                start_new_session=True,
            )
        )  # fmt: skip
        child._receiver = asyncio.ensure_future(child._receive())
        child._stdin.write(pickle.dumps(sys.path))
        if await child._answer() is None:
            raise OSError("it does not start")
        return child

    async def ask(self, question: Any) -> Any:
        """The answer; None if there is none."""
        data = pickle.dumps(question, pickle.HIGHEST_PROTOCOL)
        if self.is_lost:
            return None
        self._stdin.write(len(data).to_bytes(8, "big"))
        self._stdin.write(data)
        return await self._answer()

    async def _answer(self) -> Any:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        try:
            with suppress(ConnectionError):
                await self._stdin.drain()
            return await asyncio.wait_for(asyncio.shield(answer), READ_TIMEOUT)
        except asyncio.TimeoutError:
            self._end()
            return None

    async def _receive(self) -> None:
        try:
            while True:
                size = int.from_bytes(await self._stdout.readexactly(8), "big")
                data = await self._stdout.readexactly(size)
                answer = self._waiting.popleft()
                if not answer.done():
                    answer.set_result(pickle.loads(data))
        except (EOFError, ConnectionError):  # IncompleteReadError among them
            pass
        finally:
            self._end()
            for answer in self._waiting:
                if not answer.done():
                    answer.set_result(None)

    def _end(self) -> None:
        self.is_lost = True
        # Not its kill(), which may take the exit status away from the event loop.
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    async def close(self) -> None:
        self._stdin.close()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._process.wait(), _CLOSE_TIMEOUT)
        self._end()
        if self._receiver is not None:
            await self._receiver
        await self._process.wait()


@dataclass(order=True)
class _Place:
    """Where a page can be read: the lower its rank, the sooner it is taken. Without a process: right here."""

    rank: int
    process: _Process | None = field(default=None, compare=False)


class Readers:
    """Whatever reads the pages of one crawl: this process, and as many more as ``C4_PROCESSES`` says.

    Without that setting there is one when there is enough to do, and a further one when pages have to wait for those
    there are, up to one for each processor; none where there is but one processor. Raises OptionError.
    """

    def __init__(self, crawler: Crawler):
        self._wanted = processes_wanted(crawler.settings)
        processors = _processors()
        most = min(processors, MAX_PROCESSES) if processors > 1 else 0
        self._limit = most if self._wanted is None else self._wanted
        self._stats = crawler.stats
        self._processes: list[_Process] = []
        self._starting: asyncio.Task[None] | None = None
        self._lost = 0
        #: Seconds spent on pages here, or with pages that waited for other processes, lately and since one was started.
        self._spent = 0.0
        self._noted = time.perf_counter()
        self._waiting = 0
        self._waiting_since = 0.0
        self._places: asyncio.PriorityQueue[_Place] = asyncio.PriorityQueue()
        #: The place right here, while there are others.
        self._resting: _Place | None = None
        self._places.put_nowait(_Place(PAGES_AT_ONCE))

    async def open(self) -> None:
        """Start what was asked for."""
        if self._wanted:
            await asyncio.gather(*(self._start() for _ in range(self._wanted)))

    async def read(self, response: HtmlResponse, options: Options, parts: tuple[str, ...]) -> None:
        """Have the ``parts`` of the page's analysis ready; one that fails will say so where it is asked for."""
        place = await self._free_place()
        try:
            if place.process is None or not await self._read_there(place.process, response, options, parts):
                self._note(await off_loop(lambda: _read_here(response, options, parts), len(response.body)))
        finally:
            self._give_back(place)
        self._get_help()

    async def _free_place(self) -> _Place:
        if not self._places.empty():
            return self._places.get_nowait()
        if not self._waiting:
            self._waiting_since = time.perf_counter()
        self._waiting += 1
        try:
            return await self._places.get()
        finally:
            self._waiting -= 1
            now = time.perf_counter()
            if self._processes:
                self._note(now - self._waiting_since)
            self._waiting_since = now

    def _note(self, seconds: float) -> None:
        now = time.perf_counter()
        self._spent = max(0.0, self._spent - IDLE_SHARE * (now - self._noted)) + seconds
        self._noted = now

    async def _read_there(
        self, process: _Process, response: HtmlResponse, options: Options, parts: tuple[str, ...]
    ) -> bool:
        question = (response.url, response.body, response.encoding, options, parts)
        try:
            answer = await process.ask(question)
        except Exception as error:  # pickle raises whatever it likes
            logger.debug("%(response)s cannot be read elsewhere: %(error)s", {"response": response, "error": error})
            return False
        if answer is None:
            return False
        known, records = answer
        for name, level, message in records:
            logging.getLogger(name).log(level, "%s", message)
        if known is None:
            return False
        analysis_of(response, options, pickle.loads(known))
        self._stats.inc_value("c4/extract/helped_count")
        return True

    def _give_back(self, place: _Place) -> None:
        process = place.process
        if process is None and self._processes:
            # With help, this process is for downloads and items: it would hold them up, and nothing would be faster.
            self._resting = place
        elif process is None or not process.is_lost:
            self._places.put_nowait(place)
        elif process in self._processes:
            self._processes.remove(process)
            self._lost += 1
            if not self._processes and self._resting is not None:
                self._places.put_nowait(self._resting)
                self._resting = None

    def _get_help(self) -> None:
        if self._spent < PATIENCE or len(self._processes) >= self._limit or self._lost >= MAX_LOST:
            return
        if self._starting is None or self._starting.done():
            self._spent = 0.0
            self._starting = asyncio.ensure_future(self._start())

    async def _start(self) -> None:
        try:
            process = await _Process.start()
        except (OSError, NotImplementedError) as error:
            self._limit = 0
            logger.warning("Pages are read by this process alone: no other could be started (%s)", error)
            return
        self._processes.append(process)
        self._stats.max_value("c4/extract/process_count", len(self._processes))
        for rank in range(PAGES_AT_ONCE):
            self._places.put_nowait(_Place(rank, process))

    async def close(self) -> None:
        self._limit = 0
        if self._starting is not None:
            await self._starting
        for process in self._processes:
            await process.close()


def _read_here(response: HtmlResponse, options: Options, parts: tuple[str, ...]) -> float:
    """Returns the seconds that took, of a processor: a browser may take most of it."""
    started = time.thread_time()
    snapshot(analysis_of(response, options), parts)
    return time.thread_time() - started


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
