"""What went wrong in the browser, by name, and whether trying again can help."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy.exceptions import DownloadCancelledError as DownloadCancelledError
    from scrapy.exceptions import DownloadFailedError as DownloadFailedError
    from scrapy.exceptions import DownloadTimeoutError as DownloadTimeoutError
else:
    try:
        from scrapy.exceptions import DownloadCancelledError, DownloadFailedError, DownloadTimeoutError
    except ImportError:  # Scrapy < 2.15, whose RETRY_EXCEPTIONS hold OSError

        class DownloadCancelledError(Exception):
            pass

        class DownloadFailedError(OSError):
            pass

        class DownloadTimeoutError(OSError):
            pass


__all__ = ["BrowserError", "BrowserLostError", "Fault", "classify", "first_line", "retry_reason", "to_raise"]


class BrowserError(Exception):
    """A page that the browser cannot make, however often it is asked. RetryMiddleware leaves it alone."""


class BrowserLostError(BrowserError):
    """There is no browser, and no new one can be started."""


class RendererCrashError(BrowserError):
    """The page has crashed its renderer."""


@dataclass(frozen=True)
class Fault:
    """``name`` for the stats; ``retries``: how often to try again (None: as often as Scrapy likes)."""

    name: str
    retries: int | None


NEVER, ONCE = 0, 1

# Faults of a network or a server that may be gone in a moment. Every other net::ERR_* is a fact about the page.
_TRANSIENT = frozenset(
    f"ERR_{name}"
    for name in (
        "ADDRESS_UNREACHABLE CONNECTION_ABORTED CONNECTION_CLOSED CONNECTION_FAILED CONNECTION_REFUSED "
        "CONNECTION_RESET CONNECTION_TIMED_OUT CONTENT_LENGTH_MISMATCH EMPTY_RESPONSE HTTP2_PING_FAILED "
        "HTTP2_PROTOCOL_ERROR HTTP2_SERVER_REFUSED_STREAM INCOMPLETE_CHUNKED_ENCODING INCOMPLETE_HTTP2_STREAM "
        "INSUFFICIENT_RESOURCES INTERNET_DISCONNECTED INVALID_CHUNKED_ENCODING INVALID_HTTP_RESPONSE "
        "NETWORK_CHANGED NETWORK_IO_SUSPENDED PROXY_CONNECTION_FAILED QUIC_PROTOCOL_ERROR SOCKET_NOT_CONNECTED "
        "TIMED_OUT TUNNEL_CONNECTION_FAILED"
    ).split()
)
_NET_ERROR = re.compile(r"net::(ERR_[A-Z0-9_]+)")
_CLOSED = (
    "has been closed",
    "Browser closed",
    "browser has disconnected",
    "Connection closed",
    "Target closed",
    "Session closed",
)


def classify(exception: BaseException) -> Fault | None:
    """The fault behind an exception of Playwright or of this package; None for any other exception."""
    if isinstance(exception, DownloadTimeoutError):
        return Fault("timeout", None)
    if isinstance(exception, DownloadCancelledError):
        return Fault("too_large", NEVER)
    if isinstance(exception, BrowserLostError):
        return Fault("browser_lost", NEVER)
    if isinstance(exception, RendererCrashError):
        return Fault("crash", ONCE)
    if isinstance(exception, BrowserError):
        return Fault("page", NEVER)
    kind = type(exception)
    if kind is Exception and "Connection closed" in str(exception):
        return Fault("closed", None)  # what older versions of Playwright raise when their driver has gone
    if not kind.__module__.startswith(("playwright.", "patchright.")):
        return None
    message = str(exception)
    if "crashed" in message or "frame was detached" in message:
        # The second is what a navigation says whose renderer was killed.
        return Fault("crash", ONCE)
    if "net::ERR_ABORTED" in message:
        # An answer without a page (204), or a renderer that was killed while the page came: trying once tells.
        return Fault("ERR_ABORTED", ONCE)
    if found := _NET_ERROR.search(message):
        return Fault(found[1], None if found[1] in _TRANSIENT else NEVER)
    if kind.__name__ == "TimeoutError":
        return Fault("timeout", None)
    if kind.__name__ == "TargetClosedError" or any(words in message for words in _CLOSED):
        return Fault("closed", None)
    return Fault("page", NEVER)


def retry_reason(exception: BaseException, retried: int = 0) -> str | None:
    """Why a request that failed with ``exception``, after ``retried`` retries, shall be tried again; None: not at all.

    For exceptions of Playwright itself, as a foreign download handler lets them through. GuardedDownloadHandler raises
    what RetryMiddleware knows already, so this answers None for it.
    """
    if isinstance(exception, (DownloadTimeoutError, DownloadFailedError)):
        return None
    fault = classify(exception)
    if fault is None or (fault.retries is not None and retried >= fault.retries):
        return None
    return f"browser: {fault.name}"


def to_raise(error: Exception, url: str, retried: int) -> Exception:
    """What a download handler raises for ``error``: RetryMiddleware retries it if and only if that may help."""
    fault = classify(error)
    if fault is None or isinstance(error, (DownloadTimeoutError, DownloadFailedError, DownloadCancelledError)):
        return error
    message = f"{url}: {first_line(error)}"
    if fault.name == "timeout":
        return DownloadTimeoutError(message)
    if fault.retries is None or retried < fault.retries:
        return DownloadFailedError(message)
    return error if isinstance(error, BrowserError) else BrowserError(message)


def first_line(error: BaseException) -> str:
    """The message of ``error``, as far as it fits into a line of a log."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
