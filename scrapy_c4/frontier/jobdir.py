"""JobDirGuard: says so when a JOBDIR was left by a process that was killed."""

from __future__ import annotations

import json
import logging
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import NotConfigured

from scrapy_c4 import _kinds as kinds
from scrapy_c4 import _processes as processes
from scrapy_c4.options import OptionError, crawl_setting
from scrapy_c4.startup import clear_option_errors

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    # typing.Self requires Python 3.11
    from typing_extensions import Self

logger = logging.getLogger(__name__)

#: In the JOBDIR as long as a crawl runs on it.
MARK = "c4.running"
_KILLED = (
    "JOBDIR %(jobdir)s was left by a crawl that was killed%(who)s. What it still had to crawl cannot be read, and "
    "%(seen)s are marked as seen and will not be made again: this crawl may end with nothing done. Start over with an "
    "empty JOBDIR (HTTPCACHE_ENABLED spares the pages that are there), and end crawls with one Ctrl-C or SIGTERM. "
    "C4_JOBDIR_STRICT = True refuses to start instead"
)
_DAMAGED = (
    "what it still had to crawl cannot be read from requests.queue/active.json (%s). Start over with an empty JOBDIR; "
    "HTTPCACHE_ENABLED spares the pages that are there"
)
#: Characters of a mark that are read; ours have a hundred.
_MAX_MARK = 4096
_IN_USE = "JOBDIR %(jobdir)s is in use by another crawl%(who)s: two crawls on one JOBDIR spoil it"


class JobDirGuard:
    """Scrapy writes down what is left to crawl only when it stops by itself. After ``kill -9`` or a power cut the
    next run on the same JOBDIR takes everything it knows for done, and ends as if all were well.

    This extension marks a JOBDIR while a crawl runs on it. Where a start finds the mark of a crawl that is no more,
    or the traces of one that ran without this extension, it logs an error and counts ``c4/jobdir/unclean_count``;
    with ``C4_JOBDIR_STRICT`` it refuses to start, and leaves the JOBDIR as it is. The same goes for a JOBDIR that
    another process of this machine is using. A JOBDIR whose list of queues is damaged is always refused.
    """

    def __init__(self, crawler: Crawler):
        jobdir = crawler.settings["JOBDIR"]
        if not jobdir:
            raise NotConfigured
        self._mark = Path(jobdir, MARK)
        with clear_option_errors(crawler):
            strict = crawl_setting(crawler.settings, "C4_JOBDIR_STRICT", kinds.BOOL, False)
            damage = _damage(Path(jobdir))
            if damage:
                # Scrapy would end, too, in the middle of its start and with many tracebacks.
                raise OptionError(f"JOBDIR = {str(jobdir)!r} is not possible: {_DAMAGED % damage}")
            trouble = _trouble(Path(jobdir))
            if trouble and strict:
                raise OptionError(f"JOBDIR = {str(jobdir)!r} is not possible: {trouble}")
        if trouble:
            # stats are there before extensions are
            crawler.stats.inc_value("c4/jobdir/unclean_count")
            logger.error("%s", trouble)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def spider_opened(self) -> None:
        content = json.dumps(
            {
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "started": processes.process(os.getpid()).get(os.getpid()),
            }
        )
        new = self._mark.with_suffix(".new")
        try:
            new.write_text(content, encoding="utf-8")
            # In one step, and whatever bears the name: a pipe would be written to for ever.
            new.replace(self._mark)
        except OSError as error:
            logger.error("JOBDIR cannot be marked, so a killed crawl will go unnoticed: %s", error)

    def spider_closed(self) -> None:
        # The scheduler has written its state by now.
        try:
            self._mark.unlink(missing_ok=True)
        except OSError as error:
            logger.error("The mark of a running crawl cannot be taken off JOBDIR: %s", error)


def _trouble(jobdir: Path) -> str | None:
    """What is wrong with ``jobdir``, or None."""
    mark = _read_mark(jobdir / MARK)
    if mark is None and not _left_by_killed(jobdir):
        return None
    owner: dict[str, Any] = {}
    with suppress(ValueError, RecursionError):
        loaded = json.loads(mark or "")
        owner = loaded if isinstance(loaded, dict) else {}
    host, pid, started = owner.get("host"), owner.get("pid"), owner.get("started")
    who = f" (process {pid} on {host})" if isinstance(pid, int) and str(host).isprintable() else ""
    in_use = (
        host == socket.gethostname()
        and isinstance(pid, int)
        and pid != os.getpid()
        and started is not None
        and processes.process(pid).get(pid) == started
    )
    message = _IN_USE if in_use else _KILLED
    return message % {"jobdir": jobdir, "who": who, "seen": _seen(jobdir)}


def _read_mark(path: Path) -> str | None:
    """The beginning of the mark; None where there is none. Whatever else bears its name is an empty one."""
    if not path.is_file():
        return "" if os.path.lexists(path) else None
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_MAX_MARK)
    except OSError:
        return ""


def _damage(jobdir: Path) -> str | None:
    """What is wrong with the list of queues that Scrapy has written when it stopped, or None."""
    try:
        active = json.loads((jobdir / "requests.queue" / "active.json").read_bytes())
    except OSError:
        return None
    except (ValueError, RecursionError) as error:
        return str(error)
    queues = active.values() if isinstance(active, dict) else [active or []]
    return None if all(isinstance(priorities, list) for priorities in queues) else "no lists of numbers are in it"


def _left_by_killed(jobdir: Path) -> bool:
    """Whether Scrapy began to write in ``jobdir`` and has never come to the end."""
    queue = jobdir / "requests.queue"
    if (queue / "active.json").exists():
        return False
    seen = jobdir / "requests.seen"
    return (seen.exists() and seen.stat().st_size > 0) or (queue.is_dir() and any(queue.iterdir()))


def _seen(jobdir: Path) -> str:
    try:
        with (jobdir / "requests.seen").open("rb") as file:
            binary = file.read(2) == b"\0\x14"
            size = file.seek(0, os.SEEK_END)
    except OSError:
        return "the requests that it knew"
    # 20 bytes with their length before them; before Scrapy 2.17 as hexadecimal digits and a line feed.
    return f"{size // (22 if binary else 41)} requests or more"
