"""Answers on disk, by what was asked of which model."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

_VERSION = 1


class AnswerCache:
    """One file per answer, written whole or not at all, so that several crawls can share a folder.

    Its methods block: call them in a thread.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self._path = Path(path)

    @staticmethod
    def key(provider: str, base_url: str | None, arguments: dict[str, Any], messages: list[dict[str, str]]) -> str:
        """The key of a question: model, parameters and prompt with the page's text; no credentials."""
        asked = [_VERSION, provider, base_url, arguments, messages]
        return hashlib.sha256(json.dumps(asked, sort_keys=True, default=repr).encode("utf-8", "replace")).hexdigest()

    def load(self, key: str) -> dict[str, Any] | None:
        """The stored answer; None when there is none or it cannot be read."""
        try:
            answer = json.loads(self._file(key).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return answer if isinstance(answer, dict) else None

    def store(self, key: str, answer: dict[str, Any]) -> None:
        """Raises OSError."""
        file = self._file(key)
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(answer, stream)
            os.replace(name, file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _file(self, key: str) -> Path:
        return self._path / key[:2] / f"{key}.json"
