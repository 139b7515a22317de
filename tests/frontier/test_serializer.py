"""Requests as JSON."""

from __future__ import annotations

import enum
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy import FormRequest, Request, Spider
from scrapy.http import JsonRequest
from scrapy.utils.request import request_from_dict

from scrapy_c4.frontier import serializer

URL = "http://127.0.0.1/"


class S(Spider):
    name = "s"

    def other(self, response: Any) -> None: ...

    def failed(self, failure: Any) -> None: ...


def there_and_back(request: Request) -> Request:
    spider = S()
    return request_from_dict(serializer.loads(serializer.dumps(request.to_dict(spider=spider))), spider=spider)


REQUESTS = {
    "bare": Request(URL),
    "everything": Request(
        URL + "?q=%C3%A9#x", callback=None, method="PUT", headers={"X-A": ["1", "2"], "Cookie": "é"},
        body=b"\x00\xff", cookies=[{"name": "a", "value": "b"}], meta={"c4": {"screenshot": True}, "depth": 3},
        encoding="latin-1", priority=-7, dont_filter=True, flags=["a"], cb_kwargs={"n": 1},
    ),
    "form": FormRequest(URL, formdata={"a": "1"}),
    "json": JsonRequest(URL, data={"a": [1, None]}),
    "not JSON by itself": Request(
        URL,
        meta={"t": (1, (b"x", [2.5])), 7: "seven", "$b": "a key like a mark", "n": {"$t": [1]}, "b": {b"k": b"\xff"}},
    ),
    "odd text": Request(URL, meta={"surrogate": "\ud800", "nul": "\0", "emoji": "😀", "inf": float("inf")}),
}  # fmt: skip


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_a_request_comes_back_as_it_was(request_: Request) -> None:
    back = there_and_back(request_)
    assert type(back) is type(request_)
    assert back.to_dict() == request_.to_dict()


def test_callbacks_are_those_of_the_spider() -> None:
    spider = S()
    request = Request(URL, spider.other, errback=spider.failed)
    back = request_from_dict(serializer.loads(serializer.dumps(request.to_dict(spider=spider))), spider=spider)
    assert (back.callback, back.errback) == (spider.other, spider.failed)


def test_what_every_request_has_takes_no_room() -> None:
    assert serializer.dumps(Request(URL).to_dict()) == b'{"url":"http://127.0.0.1/"}'


class Colour(str, enum.Enum):
    RED = "red"


def test_marked_texts_become_plain() -> None:
    assert there_and_back(Request(URL, meta={"colour": Colour.RED})).meta == {"colour": "red"}


def deep(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"page": object()}, "meta['page'] is of type object, which is no plain data"),
        ({"c4": {"js": [print]}}, "meta['c4']['js'][0] is of type builtin_function_or_method"),
        ({"s": {1, 2}}, "meta['s'] is of type set"),
        ({"c4": deep(5000)}, "levels deep"),
    ],
)
def test_what_is_no_plain_data_is_refused_by_name(meta: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="cannot be stored") as error:
        serializer.dumps(Request(URL, meta=meta).to_dict())
    assert message in str(error.value)
    assert URL in str(error.value)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"nonsense", b"[1]", b"{}", b'{"url": 1}', b"\x80\x04\x95", b"[" * 100_000,
        b'{"url": "http://x/", "body": {"$b": 7}}', b'{"url": "http://x/", "body": {"$b64": "*"}}',
        b'{"url": "http://x/", "meta": {"$d": [[1]]}}', b'{"url": "http://x/", "meta": {"$d": [[{"$d": []}, 1]]}}',
        b'{"url": "http://x/", "meta": {"$t": 7}}',
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a request"):
        serializer.loads(data)


@pytest.mark.parametrize(
    "path", ["subprocess.Popen", "os.system", "antigravity.Request", "scrapy.Spider", "Request", "", None, 7]
)
def test_a_stored_request_names_no_other_class(path: Any) -> None:
    with pytest.raises(ValueError, match="is no class of requests"):
        serializer.loads(json.dumps({"url": URL, "_class": path}))


keys = st.text(max_size=4) | st.binary(max_size=3) | st.integers()
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(keys, plain, max_size=4))
@settings(max_examples=200, deadline=None)
def test_plain_data_comes_back_the_same(meta: dict[Any, Any]) -> None:
    back = serializer.loads(serializer.dumps(Request(URL, meta=meta).to_dict()))
    assert repr(back.get("meta", {})) == repr(meta)
