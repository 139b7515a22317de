"""What a medium's URL and attributes say about its format and size, without loading it."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

__all__ = ["FORMATS", "dimension", "format_of", "kind_of", "url_size"]

_IMAGE = "jpg jpeg jpe jfif png apng webp avif gif svg svgz bmp ico tif tiff heic heif jxl jp2"
_VIDEO = "mp4 m4v webm ogv mov avi mkv flv wmv mpg mpeg 3gp m3u8 mpd swf"
_AUDIO = "mp3 m4a aac ogg oga opus wav flac weba mid midi aif aiff wma"
#: Known file name extensions and the type of medium they mean.
FORMATS: dict[str, str] = {
    **dict.fromkeys(_IMAGE.split(), "image"),
    **dict.fromkeys(_VIDEO.split(), "video"),
    **dict.fromkeys(_AUDIO.split(), "audio"),
}
_SAME = {
    "jpeg": "jpg", "jpe": "jpg", "jfif": "jpg", "pjpg": "jpg", "pjpeg": "jpg", "svgz": "svg", "svg+xml": "svg",
    "tiff": "tif", "x-icon": "ico", "vnd.microsoft.icon": "ico", "heif": "heic", "mpeg3": "mp3", "quicktime": "mov",
    "x-m4v": "m4v", "x-wav": "wav", "x-ms-bmp": "bmp", "x-png": "png", "x-flv": "flv", "midi": "mid", "aiff": "aif",
    "vnd.apple.mpegurl": "m3u8", "x-mpegurl": "m3u8", "dash+xml": "mpd", "x-shockwave-flash": "swf", "x-m4a": "m4a",
}  # fmt: skip
_AUDIO_MIME = {"mpeg": "mp3", "mp4": "m4a", "x-mpeg": "mp3", "webm": "weba", "mpegurl": "m3u8"}

# A part of a URL that ends in an extension; some servers put a size behind it (photo.jpg:large, photo.jpg@webp).
_EXTENSION = re.compile(r"\.([a-z0-9]{2,5})(?=$|[@!:;,&|])", re.IGNORECASE)
_FORMAT_PARAMETER = re.compile(
    r"[?&;](?:format|fm|fmt|f|ext|output|output-format|type|wx_fmt)=(?:image(?:/|%2f))?([a-z0-9+]+)", re.IGNORECASE
)


def format_of(url: str, mime: str | None = None) -> str | None:
    """The format (``jpg``, ``webp``, ``mp4`` …) by the declared MIME type, else by the URL; None when neither says.

    A parameter such as ``?format=webp`` goes before the extension of the path, as it names what the server sends.
    """
    if mime:
        known = _format_of_mime(mime)
        if known:
            return known
    return _format_of_url(url) if len(url) < 1000 else _format_of_url.__wrapped__(url)


@lru_cache(maxsize=4096)
def _format_of_url(url: str) -> str | None:
    address, _, query = url.partition("#")[0].partition("?")
    if query:
        for match in _FORMAT_PARAMETER.finditer("?" + query):
            known = _known(match[1])
            if known:
                return known
    last = address[address.rfind("/") + 1 :]
    known = _last_extension(last)
    if known is None and "." in query:
        # image.php?src=/photo.jpg, /resize/?url=https%3A%2F%2Fa.example%2Fphoto.jpg
        known = _last_extension(unquote(query))
    return known


def _last_extension(text: str) -> str | None:
    found = None
    for match in _EXTENSION.finditer(text):
        found = _known(match[1]) or found
    return found


def _known(word: str) -> str | None:
    word = word.lower()
    word = _SAME.get(word, word)
    return word if word in FORMATS or word == "vtt" else None


def _format_of_mime(mime: str) -> str | None:
    kind, _, name = mime.partition(";")[0].strip().lower().partition("/")
    if kind == "audio" and name in _AUDIO_MIME:
        return _AUDIO_MIME[name]
    return _known(name)


def kind_of(format: str | None) -> str | None:
    """``image``, ``video`` or ``audio``: what a format holds."""
    return FORMATS.get(format) if format else None


_NUMBER = re.compile(r"\s*\+?([0-9]{1,7})(?![0-9])(?:\.[0-9]*)?\s*(%?)")


def dimension(text: str | None) -> int | None:
    """A ``width`` or ``height`` attribute in pixels ("640", "640px"); None for percentages and anything else."""
    if not text:
        return None
    if len(text) < 8 and text.isdecimal() and text.isascii():
        return int(text)
    match = _NUMBER.match(text)
    return int(match[1]) if match and not match[2] else None


_SIZE = re.compile(r"(?<![0-9a-z])([0-9]{1,4})(?:x|\*)([0-9]{1,4})(?![0-9a-z])", re.IGNORECASE)
_BOTH = re.compile(r"[?&;](?:resize|fit|size|dimensions)=([0-9]{1,4})(?:x|,|%2c)([0-9]{1,4})(?![0-9])", re.IGNORECASE)
_WIDTH = re.compile(r"[?&;/,](?:w|width|wid|s|sz|size)[=_]([0-9]{1,4})(?![0-9a-z.])", re.IGNORECASE)
_HEIGHT = re.compile(r"[?&;/,](?:h|height|hei)[=_]([0-9]{1,4})(?![0-9a-z.])", re.IGNORECASE)


def url_size(url: str) -> tuple[int | None, int | None]:
    """Width and height that the URL speaks of (photo-300x200.jpg, ?w=300&h=200): a hint, the server decides."""
    url = url[:2000]
    if "=" in url or "_" in url:
        both = _BOTH.search(url)
        if both:
            return int(both[1]), int(both[2])
        width, height = _WIDTH.search(url), _HEIGHT.search(url)
        if width or height:
            return (int(width[1]) if width else None, int(height[1]) if height else None)
    sizes = _SIZE.findall(url.partition("?")[0])
    return (int(sizes[-1][0]), int(sizes[-1][1])) if sizes else (None, None)
