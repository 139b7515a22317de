from __future__ import annotations

import pytest

from scrapy_c4.extractors.media_format import dimension, format_of, kind_of, url_size


@pytest.mark.parametrize(
    ("url", "mime", "expected"),
    [
        ("https://a.example/b.JPEG?x=1", None, "jpg"),
        ("https://a.example/b.png#frag.gif", None, "png"),
        ("https://a.example/b.jpg.webp", None, "webp"),
        ("https://a.example/b.jpg:large", None, "jpg"),
        ("https://a.example/b", None, None),
        ("https://a.png/", None, None),
        ("https://a.example/v1.2/show.php?id=3", None, None),
        # what the server is asked for goes before the name of the file it makes it from
        ("https://a.example/b.jpg?format=webp", None, "webp"),
        ("https://a.example/b.png?w=2&fm=jpg&auto=format", None, "jpg"),
        ("https://a.example/b.jpg?format=auto", None, "jpg"),
        ("https://a.example/image.php?src=/images/a.jpg&w=660", None, "jpg"),
        ("https://a.example/resize/?url=https%3A%2F%2Fb.example%2Fc.png", None, "png"),
        # the declared type goes before both
        ("https://a.example/b.jpg", "image/webp", "webp"),
        ("https://a.example/b", "image/svg+xml", "svg"),
        ("https://a.example/b", "IMAGE/JPEG; q=1", "jpg"),
        ("https://a.example/b", "audio/mpeg", "mp3"),
        ("https://a.example/b", 'video/mp4; codecs="avc1"', "mp4"),
        ("https://a.example/b.webm", "application/octet-stream", "webm"),
        ("https://a.example/b.m3u8", None, "m3u8"),
    ],
)
def test_format(url, mime, expected):
    assert format_of(url, mime) == expected


def test_kind():
    assert [kind_of(f) for f in ("jpg", "mp4", "mp3", "embed", None)] == ["image", "video", "audio", None, None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("640", 640), ("640px", 640), (" 12.6 ", 12), ("0", 0), ("50%", None), ("50 %", None), ("auto", None), ("", None),
     (None, None), ("-3", None), ("9" * 5000, None), ("٣", None)],
)  # fmt: skip
def test_dimension(text, expected):
    assert dimension(text) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/photo-330x140.jpg", (330, 140)),
        ("https://a.example/652*367/p.jpg", (652, 367)),
        ("https://a.example/p?w=65&h=20", (65, 20)),
        ("https://a.example/p?width=780&height=520&rect=1560x1040", (780, 520)),
        ("https://a.example/p?resize=300%2C175", (300, 175)),
        ("https://a.example/t/w_100,h_50/a.jpg", (100, 50)),
        ("https://a.example/avatar/44?s=128&d=mm", (128, None)),
        ("https://a.example/2019/11/photo.jpg", (None, None)),
        ("https://a.example/0x1234abcd.jpg", (None, None)),
    ],
)
def test_size_in_the_url(url, expected):
    assert url_size(url) == expected
