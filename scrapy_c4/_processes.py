"""The process tree below this one, read from /proc. Where there is no /proc, nothing is known and nothing is done."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def _stat(pid: int) -> tuple[int, int] | None:
    """Parent and start time of a living process. Together with the pid, the start time names one process for ever."""
    try:
        # The name of the program, in brackets, may hold anything, brackets and spaces too.
        fields = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
        return None if fields[0] == "Z" else (int(fields[1]), int(fields[19]))
    except (OSError, ValueError, IndexError):
        return None


def family(roots: dict[int, int]) -> dict[int, int]:
    """The living ones of ``roots`` and every living process below them; both are pid → start time."""
    found = {pid: started for pid, started in roots.items() if (stat := _stat(pid)) and stat[1] == started}
    children: dict[int, list[tuple[int, int]]] = {}
    with suppress(OSError):
        for name in os.listdir(_PROC):
            stat = _stat(int(name)) if name.isdigit() else None
            if stat:
                children.setdefault(stat[0], []).append((int(name), stat[1]))
    pending = list(found)
    while pending:
        for child, started in children.get(pending.pop(), ()):
            if child not in found:
                found[child] = started
                pending.append(child)
    return found


def process(pid: int) -> dict[int, int]:
    """``{pid: start time}``, or nothing if there is no such process."""
    stat = _stat(pid)
    return {} if stat is None else {pid: stat[1]}


def kill(processes: dict[int, int]) -> None:
    """Ends the processes at once, even stopped ones; a pid that belongs to another process by now is left alone."""
    for pid, started in processes.items():
        stat = _stat(pid)
        if stat is not None and stat[1] == started:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def memory(pid: int) -> int:
    """Bytes of memory of the process; memory that several processes share counts in parts (PSS). 0 when unknown."""
    for name, key in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        with suppress(OSError, ValueError):
            for line in (_PROC / str(pid) / name).read_text(errors="replace").splitlines():
                if line.startswith(key):
                    return int(line.split()[1]) * 1024
    return 0


def tree_memory(pid: int) -> int:
    """Bytes of memory of the process and of everything below it."""
    return sum(memory(member) for member in family(process(pid)))
