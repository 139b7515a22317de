"""Attacks, on loopback alone: 127.0.0.1 stands in for a private network, a proxy for the public Internet."""

from __future__ import annotations

import asyncio
import csv
import ipaddress
import re
import socket
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.utils.test import get_crawler
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.protocol import Factory, Protocol

from scrapy_c4._public_only import _checked
from scrapy_c4._secrets import SecretFilter
from scrapy_c4._upstream import Upstream
from scrapy_c4.artifacts import artefact_paths
from scrapy_c4.egress import MAX_SERVERS, EgressProxy
from scrapy_c4.options import OptionError
from scrapy_c4.security import EgressMiddleware
from scrapy_c4.spiders import C4Spider
from tests.frontier.test_remote_browser import RemoteBrowser
from tests.project import Project
from tests.proxy import Proxy, answer
from tests.site import Answer, Site
from tests.test_render import LAUNCH

PUBLIC = "http://public.example/"
SPIDER = """
class T(scrapy.Spider):
    name = "t"
    async def start(self):
        for url in self.url.split():
            yield scrapy.Request(url, meta=self.meta, errback=self.failed)
    def parse(self, response):
        yield {"url": response.url, "status": response.status, "text": response.text, "ip": str(response.ip_address)}
    def failed(self, failure):
        yield {"failed": failure.request.url, "why": str(failure.value)}
"""
EGRESS = {"DOWNLOADER_MIDDLEWARES": {"scrapy_c4.security.EgressMiddleware": 40}}
BROWSER = {**EGRESS, "C4_RENDER": "always", "C4_EMIT": [], "PLAYWRIGHT_LAUNCH_OPTIONS": LAUNCH}


def spider(proxy: Proxy | None = None, **meta: Any) -> str:
    return SPIDER.replace("self.meta", repr({**({"proxy": proxy.url} if proxy else {}), **meta}))


def items(crawl: Any) -> list[dict[str, Any]]:
    assert crawl.items, crawl.log
    return [item for _, item in crawl.items]


def loop(test: Callable[..., Any]) -> Callable[..., None]:
    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


# The browser

WAYS = (
    "img img-redirect iframe frame-redirect frame-refresh script css object video prefetch preload fetch "
    "redirected-fetch xhr worker events beacon form websocket localhost "
    "modulepreload import font background svg input embed ping srcdoc data-frame import-scripts dynamic-import "
    "keepalive header csp"
).split()


def evil_page(inside: str, host: str, udp: int) -> str:
    def leak(way: str) -> str:
        return f"{inside}/leak-{way}"

    return f"""<!doctype html><title>Evil</title>
<link rel=stylesheet href={leak("css")}><link rel=prefetch href={leak("prefetch")}>
<link rel=preload as=image href={leak("preload")}>
<img src={leak("img")}><img src=/to/leak-img-redirect><iframe src={leak("iframe")}></iframe>
<iframe src=/to/leak-frame-redirect></iframe><iframe src=/refresh></iframe><script src={leak("script")}></script>
<object data={leak("object")} type=text/html></object><video src={leak("video")} preload=auto></video>
<img src=http://localhost:{inside.rpartition(":")[2]}/leak-localhost>
<form id=form target=frame method=post action={leak("form")}></form><iframe name=frame></iframe>
<link rel=modulepreload href={leak("modulepreload")}>
<style>@import url({leak("import")}); @font-face {{ font-family: x; src: url({leak("font")}) }}
p {{ font-family: x; background: url({leak("background")}) }}</style><p>text</p>
<svg><image href="{leak("svg")}"/></svg><input type=image src={leak("input")}><embed src={leak("embed")}>
<a id=ping href="#" ping={leak("ping")}>x</a><iframe srcdoc="<img src={leak("srcdoc")}>"></iframe>
<iframe src="data:text/html,<img src={leak("data-frame")}>"></iframe>
<script type=speculationrules>{{"prefetch": [{{"source": "list", "urls": ["{leak("prefetch")}"]}}],
"prerender": [{{"source": "list", "urls": ["{leak("prefetch")}"], "eagerness": "immediate"}}]}}</script>
<script>
document.getElementById("ping").click();
import("{leak("dynamic-import")}").catch(() => 0);
new Worker(URL.createObjectURL(new Blob(['try {{ importScripts("{leak("import-scripts")}") }} catch (e) {{ }}'])));
fetch("{leak("keepalive")}", {{keepalive: true, mode: "no-cors"}}).catch(() => 0);
(async () => {{
    const [one, two] = [new RTCPeerConnection(), new RTCPeerConnection()];
    one.createDataChannel("x");
    await one.setLocalDescription(await one.createOffer());
    await two.setRemoteDescription(one.localDescription);
    await two.setLocalDescription(await two.createAnswer());
    await one.setRemoteDescription(two.localDescription);
    const candidate = "candidate:1 1 udp 2122260223 127.0.0.1 {udp} typ host";
    await one.addIceCandidate({{candidate, sdpMid: "0", sdpMLineIndex: 0}});
}})();
fetch("{leak("fetch")}", {{mode: "no-cors"}}).catch(() => 0);
fetch("/to/leak-redirected-fetch", {{mode: "no-cors"}}).catch(() => 0);
const xhr = new XMLHttpRequest(); xhr.open("GET", "{leak("xhr")}"); xhr.send();
new EventSource("{leak("events")}");
navigator.sendBeacon("{leak("beacon")}", "x");
try {{ new WebSocket("ws://{host}/leak-websocket"); }} catch (e) {{}}
window.open("{leak("popup")}");
new Worker(URL.createObjectURL(new Blob(['fetch("{leak("worker")}", {{mode: "no-cors"}}).catch(() => 0)'])));
document.getElementById("form").submit();
const peer = new RTCPeerConnection({{iceServers: [{{urls: "stun:127.0.0.1:{udp}"}}]}});
peer.createDataChannel("x");
peer.createOffer().then(offer => peer.setLocalDescription(offer));
</script>"""


@pytest.mark.browser
@pytest.mark.parametrize("guarded", [True, False])
def test_public_pages_do_not_reach_private_networks_in_the_browser(site: Site, project: Project, guarded: bool) -> None:
    site.pages = {"/": "<title>inside</title>"}
    host = site.url.removeprefix("http://")
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    udp.setblocking(False)
    evil = evil_page(site.url, host, udp.getsockname()[1])
    proxy = Proxy({
        PUBLIC: answer(
            evil, "200 OK", f"Link: <{site.url}/leak-header>; rel=preload; as=script",
            f"Content-Security-Policy-Report-Only: default-src 'none'; report-uri {site.url}/leak-csp",
        ),
        f"{PUBLIC}refresh": answer(f'<meta http-equiv=refresh content="0;url={site.url}/leak-frame-refresh">'),
        **{
            f"{PUBLIC}to/leak-{way}": answer("", "302 Found", f"Location: {site.url}/leak-{way}")
            for way in ("img-redirect", "frame-redirect", "redirected-fetch")
        },
    })  # fmt: skip
    try:
        crawl = project.crawl(
            spider(proxy), "-a", f"url={PUBLIC}",
            settings={**BROWSER, "C4_DELAY_BEFORE_RETURN_HTML": 2, "C4_ALLOW_PRIVATE_NETWORKS": not guarded},
        )  # fmt: skip
    finally:
        proxy.close()
    (item,) = items(crawl)
    assert "<title>Evil" in item.get("text", ""), (item, crawl.log)
    packets = 0
    while True:
        try:
            udp.recv(2000)
        except BlockingIOError:
            break
        packets += 1
    udp.close()
    reached = [url for url in proxy.asked + [a.path for a in site.asked] if "leak-" in url or host in url]
    reached = [url for url in reached if not url.startswith(f"{PUBLIC}to/")]
    if guarded:
        assert reached == []
        assert packets == 0
    else:
        ways = {url.partition("/leak-")[2] or "websocket" for url in reached}
        assert set(WAYS) <= ways, set(WAYS) - ways
        assert packets > 0


@pytest.mark.browser
@pytest.mark.parametrize("way", ["redirect", "script", "refresh"])
def test_the_page_itself_is_not_led_into_a_private_network(site: Site, project: Project, way: str) -> None:
    site.pages = {"/secret": "<title>secret"}
    secret = f"{site.url}/secret"
    proxy = Proxy({
        PUBLIC: {
            "redirect": answer("", "302 Found", f"Location: {secret}"),
            "script": answer(f"<title>Public</title><script>location = '{secret}'</script>"),
            "refresh": answer(f'<title>Public</title><meta http-equiv=refresh content="0;url={secret}">'),
        }[way]
    })  # fmt: skip
    try:
        crawl = project.crawl(
            spider(proxy), "-a", f"url={PUBLIC}", settings={**BROWSER, "C4_DELAY_BEFORE_RETURN_HTML": 0.5}
        )
    finally:
        proxy.close()
    (item,) = items(crawl)
    if way == "redirect":
        assert secret in item["why"]
        assert "C4_ALLOW_PRIVATE_NETWORKS" in item["why"]
    elif way == "script":
        assert secret in item["why"]
    assert crawl.stats["c4/egress/refused_count"] == 1
    assert site.asked == []
    assert [url for url in proxy.asked if "secret" in url] == []


@pytest.mark.browser
def test_private_pages_keep_their_network_and_the_proxy_its_login(site: Site, project: Project) -> None:
    """Both kinds in one crawl; a proxy with a login behind the guard."""
    other = Site()
    other.pages = {"/img": "x"}
    site.pages = {"/": f"<title>Intranet</title><img src={other.url}/img>"}
    proxy = Proxy({PUBLIC: answer("<title>Public</title><img src=/pixel>")})
    code = """
class T(scrapy.Spider):
    name = "t"
    async def start(self):
        for url, meta in self.visits:
            yield scrapy.Request(url, meta=meta)
    def parse(self, response):
        yield {"title": response.css("title::text").get(), "ip": str(response.ip_address),
               "context": response.meta["playwright_context"]}
"""
    login = proxy.url.replace("http://", "http://user:word@")
    visits = [(f"{site.url}/", {}), (PUBLIC, {"proxy": login}), (f"{site.url}/?again", {"proxy": None})]
    try:
        crawl = project.crawl(code.replace("self.visits", repr(visits)), settings={**BROWSER, "LOG_LEVEL": "DEBUG"})
    finally:
        proxy.close()
        other.close()
    found = sorted((item["title"], item["ip"]) for item in items(crawl))
    assert found == [("Intranet", "127.0.0.1"), ("Intranet", "127.0.0.1"), ("Public", "None")], crawl.log
    assert other.paths().count("/img") >= 1
    assert f"{PUBLIC}pixel" in proxy.asked
    assert all("Proxy-Authorization: Basic dXNlcjp3b3Jk" in head for head in proxy.heads)
    assert "word" not in crawl.log


@pytest.mark.browser
def test_a_crawl_may_start_in_a_network_with_names_of_its_own(site: Site, project: Project) -> None:
    """Where the crawl starts is the operator's choice, however private its address; where links lead is not."""
    site.pages = {"/": "<title>Inside</title>"}
    code = """
import socket
real = socket.getaddrinfo
def getaddrinfo(host, *args, **kwargs):
    return real("127.0.0.1" if str(host).endswith(".example") else host, *args, **kwargs)
socket.getaddrinfo = getaddrinfo

class T(scrapy.Spider):
    name = "t"
    def parse(self, response):
        yield {"url": response.url, "ip": str(response.ip_address)}
        for host in ("inside.example", "other.example"):
            yield response.follow(f"http://{host}:{self.port}/?2", errback=self.failed)
    def failed(self, failure):
        yield {"failed": failure.request.url, "why": str(failure.value)}
"""
    start, second, other = (f"http://{name}.example:{site.port}/" for name in ("inside", "inside", "other"))
    rules = "--host-resolver-rules=MAP *.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    launch = {**LAUNCH, "args": [*(arg for arg in LAUNCH["args"] if "resolver" not in arg), rules]}
    crawl = project.crawl(
        code.replace('name = "t"', f'name = "t"\n    start_urls = [{start!r}]'), "-a", f"port={site.port}",
        settings={**BROWSER, "PLAYWRIGHT_LAUNCH_OPTIONS": launch},
    )  # fmt: skip
    found = items(crawl)
    assert sorted(item["url"] for item in found if "url" in item) == [start, f"{second}?2"], (found, crawl.log)
    (failed,) = [item for item in found if "failed" in item]
    assert failed["failed"] == f"{other}?2"
    assert "private network" in failed["why"]
    assert [asked.headers["host"] for asked in site.asked if asked.headers["host"].startswith("other")] == []


@pytest.mark.browser
def test_documents_in_a_remote_browser(site: Site, project: Project) -> None:
    """The network of a remote browser is not ours, but no document comes from a private address."""
    site.pages = {"/secret": "<title>secret"}
    proxy = Proxy({
        PUBLIC: answer(f"<title>Public</title><iframe src={site.url}/secret></iframe><iframe src=/to></iframe>"),
        f"{PUBLIC}to": answer("", "302 Found", f"Location: {site.url}/secret"),
    })  # fmt: skip
    browser = RemoteBrowser("cdp", project.path)
    try:
        crawl = project.crawl(
            spider(proxy), "-a", f"url={PUBLIC} {PUBLIC}to",
            settings={**EGRESS, "C4_RENDER": "always", "C4_EMIT": [], **browser.settings},
        )  # fmt: skip
    finally:
        browser.kill()
        proxy.close()
    found = {item.get("url") or item["failed"]: item for item in items(crawl)}
    assert "<title>Public" in found[PUBLIC]["text"]
    assert f"{site.url}/secret is in a private network" in found[f"{PUBLIC}to"]["why"]
    assert site.asked == []
    assert [url for url in proxy.asked if "secret" in url] == []


# The proxy of the guard


async def through(proxy: EgressProxy, request: str, behind: dict[str, str] | None = None) -> bytes:
    given = await proxy.proxy(behind)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(given["server"].rpartition(":")[2]))
    writer.write(request.replace("\n", "\r\n").encode())
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


def not_2(address: str) -> bool:
    return ipaddress.ip_address(address) != ipaddress.ip_address("127.0.0.2")


def resolver(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """What getaddrinfo says for names of example, one answer after the other."""
    asked: list[str] = []
    real = asyncio.BaseEventLoop.getaddrinfo

    async def getaddrinfo(self: Any, host: Any, port: Any, **kwargs: Any) -> Any:
        if not str(host).endswith(".example"):
            return await real(self, host, port, **kwargs)
        asked.append(host)
        addresses = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port or 0)) for address in addresses]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    "spelling",
    ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "0", "127.1", "[::ffff:127.0.0.1]", "[::1]", "[::]",
     "localhost", "①②⑦.⓪.⓪.①", "%31%32%37.0.0.1", "localhost.", "127.0.0.1.", "user@127.0.0.1"],
)  # fmt: skip
@pytest.mark.parametrize("tunnel", [True, False])
@loop
async def test_the_proxy_refuses_private_addresses(site: Site, spelling: str, tunnel: bool) -> None:
    proxy = EgressProxy()
    for behind in (None, {"server": site.url}):
        target = f"{spelling}:{site.port}"
        request = f"CONNECT {target} HTTP/1.1\n\n" if tunnel else f"GET http://{target}/secret HTTP/1.1\nHost: x\n\n"
        try:
            reply = await through(proxy, request, behind)
        except UnicodeEncodeError:
            continue
        assert b"200" not in reply
        assert reply[:12] in (b"", b"HTTP/1.1 502", b"HTTP/1.1 400")
    await proxy.close()
    assert site.asked == []


@pytest.mark.parametrize(
    ("answers", "reached"),
    [
        ([["127.0.0.1"]], True),
        ([["127.0.0.2"]], False),
        ([["127.0.0.1", "127.0.0.2"]], False),
        ([["127.0.0.1"], ["127.0.0.2"]], True),  # the address that was checked is the one that is dialled
    ],
)
@pytest.mark.parametrize("tunnel", [True, False])
@loop
async def test_names(
    site: Site, monkeypatch: pytest.MonkeyPatch, answers: list[list[str]], reached: bool, tunnel: bool
) -> None:
    site.pages = {"/": "hello"}
    resolver(monkeypatch, *answers)
    proxy = EgressProxy(allowed=not_2)
    for _ in range(2):
        if tunnel:
            request = f"CONNECT a.example:{site.port} HTTP/1.1\n\nGET / HTTP/1.0\n\n"
        else:
            request = f"GET http://a.example:{site.port}/ HTTP/1.1\nHost: a.example\nProxy-Connection: keep-alive\n\n"
        reply = await through(proxy, request)
        assert (b"hello" in reply) == reached
        assert proxy.address_of("a.example") == ("127.0.0.1" if reached else None)
    await proxy.close()
    assert len(site.asked) == 2 * reached
    assert all("proxy-connection" not in asked.headers for asked in site.asked)


@loop
async def test_a_second_request_goes_nowhere(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kept connection must not lead past the check."""
    site.pages = {"/": "hello"}
    resolver(monkeypatch, ["127.0.0.1"])
    proxy = EgressProxy(allowed=not_2)
    first = f"POST http://a.example:{site.port}/ HTTP/1.1\nHost: a.example\nContent-Length: 2\n\nhi"
    await through(proxy, first + f"GET http://127.0.0.2:{site.port}/second HTTP/1.1\nHost: x\n\n")
    await proxy.close()
    assert "/second" not in "".join(site.paths())


@loop
async def test_a_socks_proxy_behind_it(site: Site) -> None:
    site.pages = {"/": "hello"}
    asked = []

    async def socks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            assert await reader.readexactly(3) == b"\x05\x01\x00"
            writer.write(b"\x05\x00")
            *_, length = await reader.readexactly(5)
            asked.append((await reader.readexactly(length)).decode())
            port = int.from_bytes(await reader.readexactly(2), "big")
            if asked[-1] == "refused.example":
                writer.write(b"\x05\x05\x00\x01" + bytes(6))
            else:
                writer.write(b"\x05\x00\x00\x03\x01x\x00\x00")
                remote, to_remote = await asyncio.open_connection("127.0.0.1", port)
                to_remote.write(await reader.readuntil(b"\r\n\r\n"))
                writer.write(await remote.read())
                to_remote.close()
        writer.close()

    server = await asyncio.start_server(socks, "127.0.0.1", 0)
    behind = {"server": f"socks5://127.0.0.1:{server.sockets[0].getsockname()[1]}"}
    proxy = EgressProxy()
    for host, reply in (("a.example", b"hello"), ("refused.example", b""), ("127.0.0.1", b""), ("localhost", b"")):
        request = f"GET http://{host}:{site.port}/ HTTP/1.1\nHost: {host}\n\n"
        assert (await through(proxy, request, behind)).endswith(reply)
    tunnel = f"CONNECT b.example:{site.port} HTTP/1.1\n\nGET / HTTP/1.0\n\n"
    assert (await through(proxy, tunnel, behind)).endswith(b"hello")
    await proxy.close()
    server.close()
    assert asked == ["a.example", "refused.example", "b.example"]
    assert len(site.asked) == 2
    assert "hidden" not in repr(Upstream.of({"server": "h:1", "username": "u", "password": "hidden"}))
    assert "aGlk" not in repr(Upstream.of({"server": "h:1", "username": "hid", "password": "hidden"}))


@loop
async def test_proxies_that_change_all_the_time() -> None:
    proxy = EgressProxy()
    servers = {(await proxy.proxy({"server": f"http://127.0.0.1:{n + 1}"}))["server"] for n in range(MAX_SERVERS + 20)}
    again = await proxy.proxy({"server": f"http://127.0.0.1:{MAX_SERVERS}"})
    assert again["server"] in servers
    listening = 0
    for server in servers:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", int(server.rpartition(":")[2]))
            writer.close()
            listening += 1
    assert listening == MAX_SERVERS
    await proxy.close()


@loop
async def test_what_the_proxy_is_asked(site: Site) -> None:
    proxy = EgressProxy(allowed=not_2)
    for nonsense in ("GET / HTTP/1.1\n\n", "x\n\n", "GET ftp://127.0.0.1/ HTTP/1.1\n\n", "CONNECT [ HTTP/1.1\n\n"):
        assert not (await through(proxy, nonsense)).startswith(b"HTTP/1.1 2")
    behind = {"server": site.url, "username": "user", "password": "word", "bypass": "*.inside"}
    given = await proxy.proxy(behind)
    assert given["bypass"] == "<-loopback>,*.inside"
    assert given["password"] != "word"
    request = "GET http://a.example/ HTTP/1.1\nHost: a.example\n"
    assert (await through(proxy, request + "\n", behind)).startswith(b"HTTP/1.1 407")
    assert site.asked == []
    login = b64encode(f"{given['username']}:{given['password']}".encode()).decode()
    await through(proxy, f"{request}Proxy-Authorization: Basic {login}\n\n", behind)
    assert site.asked[0].headers["proxy-authorization"] == "Basic " + b64encode(b"user:word").decode()
    with pytest.raises(ValueError, match="socks5"):
        await proxy.proxy({"server": "quic://127.0.0.1:1"})
    await proxy.close()


# Plain requests


@pytest.mark.parametrize("guarded", [True, False])
@pytest.mark.parametrize("way", ["302 Found", "refresh"])
def test_redirects_do_not_lead_into_private_networks(site: Site, project: Project, guarded: bool, way: str) -> None:
    secret = f"{site.url}/secret"
    proxy = Proxy({
        PUBLIC: answer("", way, f"Location: {secret}") if way[0] == "3"
        else answer(f'<meta http-equiv=refresh content="0;url={secret}">'),
        secret: answer("<title>secret"),
    })  # fmt: skip
    try:
        crawl = project.crawl(
            spider(proxy), "-a", f"url={PUBLIC}",
            settings={**EGRESS, "C4_ALLOW_PRIVATE_NETWORKS": not guarded, "ROBOTSTXT_OBEY": True, "C4_EMIT": []},
        )  # fmt: skip
    finally:
        proxy.close()
    (item,) = items(crawl)
    inside = [url for url in proxy.asked if site.url in url]
    if guarded:
        assert secret in item["why"]
        assert inside == site.asked == []
        assert crawl.stats["c4/egress/refused_count"] == 1
        assert f"{secret} is in a private network" in crawl.log
    else:
        assert item["text"] == "<title>secret"
        assert inside == [secret]
        assert site.paths() == ["/robots.txt"]


@pytest.mark.parametrize(
    ("address", "marked"),
    [("93.184.216.34", True), ("2606:4700:4700::1111", True), ("127.0.0.1", False), (None, False)],
)
def test_a_name_may_change_between_a_page_and_its_redirect(address: str, marked: bool) -> None:
    """A host that redirects to itself, at a private address by then; where the crawl starts, it may be at one."""
    middleware = EgressMiddleware.from_crawler(get_crawler(Spider))
    first, second = (
        Request("http://a.example/"),
        Request("http://a.example/2", meta={"redirect_urls": ["http://a.example/"]}),
    )
    response = Response(first.url, ip_address=ipaddress.ip_address(address) if address else None)
    middleware.process_request(first)
    middleware.response_downloaded(response, first)
    middleware.process_request(second)
    assert "c4_public_only" not in first.meta
    assert ("c4_public_only" in second.meta) == marked


def test_private_pages_may_redirect_to_private_pages(site: Site, project: Project) -> None:
    other = Site("127.0.0.2")
    other.pages = {"/": "<title>inside"}
    site.pages = {"/": Answer("", 302, {"Location": f"{other.url}/"})}
    try:
        crawl = project.crawl(spider(), "-a", f"url={site.url}/", settings={**EGRESS, "C4_EMIT": []})
    finally:
        other.close()
    assert items(crawl)[0]["text"] == "<title>inside"


@pytest.mark.parametrize("guarded", [True, False])
def test_links_of_public_pages_are_not_followed_into_private_networks(
    site: Site, project: Project, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    hrefs = (f"{site.url}/secret", f"http://2130706433:{site.port}/2", "/ok")
    page = "<title>Start</title>" + "".join(f"<a href={href}>x</a>" for href in hrefs)
    proxy = Proxy({PUBLIC: answer(page), f"{PUBLIC}ok": answer("<title>ok")})
    monkeypatch.setenv("http_proxy", proxy.url)
    settings = {**EGRESS, "C4_ALLOW_PRIVATE_NETWORKS": not guarded}
    try:
        crawl = project.crawl("", "-a", f"url={PUBLIC}", "-a", "follow=all", settings=settings, name="c4")
    finally:
        proxy.close()
    assert sorted(item["title"] for item in crawl.of("PageItem")) == ["Start", "ok"]
    inside = [url for url in proxy.asked if not url.startswith(PUBLIC)]
    assert inside == [] if guarded else len(inside) == 2
    assert crawl.stats.get("c4/egress/refused_count") == (2 if guarded else None)


RESOLVER = """
from scrapy.resolver import CachingThreadedResolver
from twisted.internet import defer
class Resolver(CachingThreadedResolver):
    def getHostByName(self, name, timeout=None):
        if name.endswith(".example"):
            return defer.succeed("127.0.0.1")
        return super().getHostByName(name, timeout)
"""


@pytest.mark.parametrize(
    ("meta", "guarded"), [({"c4_public_only": True}, True), ({}, True), ({"c4_public_only": True}, False)]
)
@pytest.mark.parametrize("small", [False, True])
def test_names_of_marked_requests(
    site: Site, project: Project, meta: dict[str, Any], guarded: bool, small: bool
) -> None:
    site.pages = {"/": "<title>inside"}
    code = RESOLVER + spider(**meta, **({"c4_small_reads": True} if small else {}))
    crawl = project.crawl(
        code, "-a", f"url=http://name.example:{site.port}/",
        settings={**EGRESS, "DNS_RESOLVER": "spiders.Resolver", "C4_ALLOW_PRIVATE_NETWORKS": not guarded},
    )  # fmt: skip
    (item,) = [item for name, item in crawl.items if name == "dict"]
    if meta and guarded:
        assert "private network" in item["why"]
        assert site.asked == []
    else:
        assert item["text"] == "<title>inside"


def test_the_connected_address_is_looked_at_too() -> None:
    """An answer of the DNS that has changed between the look and the call."""
    factory = _checked(Factory)()
    factory.protocol = Protocol
    assert factory.buildProtocol(IPv4Address("TCP", "93.184.216.34", 80)) is not None
    for address in (IPv4Address("TCP", "127.0.0.1", 80), IPv6Address("TCP", "fe80::1%lo", 80)):
        with pytest.raises(ConnectionRefusedError):
            factory.buildProtocol(address)


# Schemes


@pytest.mark.parametrize("url", [
    "file:///etc/hostname", "data:text/html,<p>x", "view-source:http://127.0.0.1/", "chrome://version/",
    "javascript:alert(1)", "ftp://127.0.0.1/x", "s3://bucket/x",
])  # fmt: skip
def test_schemes_of_start_urls(url: str) -> None:
    with pytest.raises(OptionError, match=r"not an http\(s\) URL|not possible"):
        C4Spider(url=url)


SCHEMES = ("file:///etc/hostname", "data:text/html,<title>data", "view-source:http://127.0.0.1/", "chrome://version/",
           "javascript:document.title='js'", "ftp://127.0.0.1/x", "s3://bucket/x")  # fmt: skip


def test_schemes_of_links_and_redirects(site: Site, project: Project) -> None:
    site.pages = {"/": "<title>Start</title>" + "".join(f'<a href="{url}">x</a>' for url in SCHEMES)}
    urls = []
    for n, url in enumerate(SCHEMES):
        site.pages[f"/r{n}"] = Answer("", 302, {"Location": url})
        site.pages[f"/m{n}"] = f'<title>Start</title><meta http-equiv=refresh content="0;url={url}">'
        urls += [f"{site.url}/r{n}", f"{site.url}/m{n}"]
    crawl = project.crawl("", "-a", f"url={site.url}/ {' '.join(urls)}", "-a", "follow=all", settings=EGRESS, name="c4")
    assert crawl.of("LinkItem") == []
    assert {item["title"] for item in crawl.of("PageItem")} <= {"Start", None}
    assert len(crawl.of("PageItem")) >= len(SCHEMES)  # Scrapy itself fails for a refresh to javascript:


@pytest.mark.browser
def test_schemes_in_the_browser(site: Site, project: Project) -> None:
    hostname = socket.gethostname()
    frames = '<iframe src="file:///etc/hostname"></iframe>'
    site.pages = {"/": f"<title>Start</title>{frames}", "/file": Answer("", 302, {"Location": "file:///etc/hostname"})}
    site.pages["/script"] = "<title>Start</title><script>location = 'file:///etc/hostname'</script>"
    crawl = project.crawl(
        spider(), "-a", f"url={site.url}/ {site.url}/file {site.url}/script",
        settings={**BROWSER, "C4_PROCESS_IFRAMES": True, "C4_PAGE_TIMEOUT": 5000},
    )  # fmt: skip
    assert len(items(crawl)) == 3
    assert hostname not in str(crawl.items).replace(site.url, "")


# Feeds, files, logs


def test_csv_without_formulas(project: Project) -> None:
    rows = {
        "=1+1": "'=1+1", "+1 234": "'+1 234", "-2+3": "'-2+3", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "\rx": "'\rx",
        " =x": "' =x", "＝x": "'＝x", "-5": "-5", "+5.25": "+5.25", "-1,234.5 %": "-1,234.5 %", "-1e5": "-1e5",
        "a=b": "a=b", "": "", "-": "'-", "'x": "'x",
    }  # fmt: skip
    code = f"""
class T(scrapy.Spider):
    name = "t"
    start_urls = ["data:,"]
    def parse(self, response):
        for text in {list(rows)!r}:
            yield {{"=key": text, "number": -1.5, "none": None, "list": ["=a", "b"]}}
"""
    project.crawl(
        code,
        settings={
            "FEEDS": {"out.csv": {"format": "csv"}},
            "FEED_EXPORTERS": {"csv": "scrapy_c4.exporters.SafeCsvItemExporter"},
        },
    )
    with open(project.path / "out.csv", encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    assert header == ["'=key", "number", "none", "list"]
    assert [line[0] for line in lines] == list(rows.values())
    assert {tuple(line[1:]) for line in lines} == {("-1.5", "", "'=a,b")}


@pytest.mark.parametrize("name", [
    "/../../../../evil", "/%2e%2e/%2e%2e/evil", "/..%5c..%5cevil", "/a%00b", "/" + "x" * 5000, "/CON", "/~/.ssh/id",
    "/?u=../../evil", "/;rm%20-rf", "/%E2%80%AE.gnp",
])  # fmt: skip
def test_artifacts_stay_in_their_store(name: str) -> None:
    for path in artefact_paths(f"http://127.0.0.1{name}", dict.fromkeys(("screenshot", "pdf", "mhtml"), b"")).values():
        assert re.fullmatch(r"[0-9a-f]{40}-[0-9a-f]{8}/[a-z]+\.[a-z]+", path)


@pytest.mark.browser
def test_secrets_of_browsers_are_not_logged(site: Site, project: Project) -> None:
    crawl = project.crawl(
        spider(), "-a", f"url={site.url}/",
        settings={
            "C4_RENDER": "always", "LOG_LEVEL": "DEBUG",
            "PLAYWRIGHT_CDP_URL": "http://me:p%40s3cr3t@127.0.0.1:9/?token=s3cr3t-token",
            "PLAYWRIGHT_CDP_KWARGS": {"headers": {"Authorization": "Bearer s3cr3t"}},
        },
    )  # fmt: skip
    assert "browser" in items(crawl)[0]["why"]
    assert "s3cr3t" not in crawl.log + str(crawl.items) + str(crawl.stats)
    assert "Connecting using CDP: http://me:[hidden]@127.0.0.1:9/?token=[hidden]" in crawl.log


def test_hidden_secrets() -> None:
    hidden = SecretFilter(["ws://u:pass%20word@h/?a=1&token=abc%2Fdef", {"proxy": {"password": "hunter22"}}, None, 5,
                           "ws://127.0.0.1:9/a-token-in-the-path"])  # fmt: skip
    assert hidden.hide("ws://127.0.0.1:9/a-token-in-the-path failed") == "ws://127.0.0.1:9/[hidden] failed"
    assert hidden.hide("pass%20word pass word abc%2Fdef abc/def hunter22 u 1") == " ".join(
        ["[hidden]"] * 5 + ["u", "1"]
    )
