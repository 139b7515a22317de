"""What a visit of a browser page brought home."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: The artefacts a page can be captured as, and their media types.
MEDIA_TYPES = {"screenshot": "image/png", "pdf": "application/pdf", "mhtml": "multipart/related"}


@dataclass
class Capture:
    """Plain data, so that it can be pickled by caches and queues."""

    #: The URL of the document when it was read, after redirects of any kind.
    url: str = ""
    #: The HTTP status of that document; None where the browser did not say.
    status: int | None = None
    screenshot: bytes | None = None
    pdf: bytes | None = None
    mhtml: bytes | None = None
    #: Names of artefacts that show only the beginning of the page.
    truncated: list[str] = field(default_factory=list)
    #: One dict per thing that went wrong without losing the page: ``{"action", "type", "message"}``.
    errors: list[dict[str, str]] = field(default_factory=list)
    #: One dict per removed overlay: ``{"tag", "id", "class", "reason"}``.
    removed: list[dict[str, str]] = field(default_factory=list)
    #: Seconds per action.
    timings: dict[str, float] = field(default_factory=dict)
    #: Whether the artefacts go into the item as base64 text.
    inline: bool = False

    def add_error(self, action: str, error: BaseException | str, type_: str | None = None) -> None:
        """Record what went wrong with ``action``, in one line of bounded length."""
        message = str(error).strip() or type(error).__name__
        self.errors.append(
            {"action": action, "type": type_ or type(error).__name__, "message": message.splitlines()[0][:500]}
        )

    def artefacts(self) -> dict[str, bytes]:
        """The artefacts there are, by name."""
        found = {name: getattr(self, name) for name in MEDIA_TYPES}
        return {name: data for name, data in found.items() if data is not None}


@dataclass
class Reading:
    """The HTML of a page as it was read, and how that ended."""

    html: str | None = None
    #: Why there is no HTML: ``{"action", "type", "message"}``.
    failure: dict[str, Any] | None = None
