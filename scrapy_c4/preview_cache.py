"""The previews of a crawl: the newest in memory, all of them in a temporary database that goes with the process."""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from typing import Any


class PreviewCache:
    """Maps a key to a JSON-able dict, with flat memory over millions of keys."""

    def __init__(self, in_memory: int = 1000):
        self._newest: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._in_memory = in_memory
        self._spilled: sqlite3.Connection | None = None

    def get(self, key: str) -> dict[str, Any] | None:
        value = self._newest.get(key)
        if value is None and self._spilled is not None:
            row = self._spilled.execute("SELECT value FROM preview WHERE key = ?", (key,)).fetchone()
            return json.loads(row[0]) if row else None
        return value

    def set(self, key: str, value: dict[str, Any]) -> None:
        self._newest[key] = value
        if len(self._newest) > self._in_memory:
            oldest, old_value = self._newest.popitem(last=False)
            if self._spilled is None:
                # An empty name is a private database on disk that SQLite deletes by itself.
                self._spilled = sqlite3.connect("", isolation_level=None, check_same_thread=False)
                self._spilled.execute("PRAGMA synchronous = OFF")
                self._spilled.execute("CREATE TABLE preview (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
            self._spilled.execute("INSERT OR REPLACE INTO preview VALUES (?, ?)", (oldest, json.dumps(old_value)))

    def close(self) -> None:
        self._newest.clear()
        if self._spilled is not None:
            self._spilled.close()
            self._spilled = None
