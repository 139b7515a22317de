"""The response that Scrapy gets for a page that has been visited."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from scrapy.http import Headers, HtmlResponse, Response
from scrapy.responsetypes import responsetypes
from scrapy_playwright._utils import _encode_body

if TYPE_CHECKING:
    from playwright.async_api import Response as PlaywrightResponse

    from scrapy_c4._visit import Visit


async def response_of(visit: Visit, answer: PlaywrightResponse | None, html: str | None) -> Response:
    """``answer``: what the page was made from, as far as Playwright knows; ``html``: None when there is no page."""
    meta, documents = visit.request.meta, visit.documents
    url = visit.page.url
    flags = ["playwright"]
    if documents.hops:
        _add_redirects(meta, documents.hops, visit.request.url)
    known = documents.raw or documents.answer_for(url)
    headers = Headers()
    status = 200
    if known is not None:
        status, headers = known.status, known.headers.copy()
    elif answer is not None:
        status, headers = answer.status, Headers(await answer.all_headers())
    headers.pop("Content-Encoding", None)
    kwargs: dict[str, Any] = {}
    if documents.raw is not None:
        url = documents.raw.url
        body = await documents.raw.body
        if documents.raw.filename:
            meta["playwright_suggested_filename"] = documents.raw.filename
    elif html is not None:
        body, kwargs["encoding"] = _encode_body(headers=headers, text=html)
    else:
        body = await answer.body() if answer is not None else b""
    cls = responsetypes.from_args(headers=headers, url=url, body=body)
    if html is None:
        flags.append("c4-raw")
    elif not issubclass(cls, HtmlResponse):
        cls = HtmlResponse
    if visit.partial or documents.restless:
        flags.append("c4-partial")
    if answer is not None:
        with suppress(PlaywrightError, KeyError, ValueError):
            meta["playwright_security_details"] = await answer.security_details()
            egress = visit.guard.egress
            if egress is not None and egress.is_guarded(meta["playwright_context"]):
                if dialled := egress.address_of(url):
                    kwargs["ip_address"] = ip_address(dialled)
            elif address := await answer.server_addr():
                kwargs["ip_address"] = ip_address(address["ipAddress"])
    return cls(url=url, status=status, headers=headers, body=body, request=visit.request, flags=flags, **kwargs)


def _add_redirects(meta: dict[str, Any], hops: list[tuple[str, Any]], url: str) -> None:
    """Those that Scrapy has followed on its way to ``url`` come first; those of an earlier visit to it do not count."""
    urls, reasons = meta.get("redirect_urls") or [], meta.get("redirect_reasons") or []
    before = urls.index(url) if url in urls else len(urls)
    meta["redirect_urls"] = [*urls[:before], *(hop for hop, _ in hops)]
    meta["redirect_reasons"] = [*reasons[:before], *(status for _, status in hops)]
    meta["redirect_times"] = len(meta["redirect_urls"])
