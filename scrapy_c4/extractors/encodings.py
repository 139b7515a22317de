"""Encodings that pages may name."""

from __future__ import annotations

from functools import cache

from w3lib.encoding import DEFAULT_ENCODING_TRANSLATION

#: Codecs of Python that no browser knows, by the names of their modules: those that give no text, and those that take
#: minutes for a page (punycode).
_NOT_FOR_PAGES = (
    "base64_codec", "bz2_codec", "hex_codec", "idna", "mbcs", "oem", "punycode", "quopri_codec", "raw_unicode_escape",
    "rot_13", "undefined", "unicode_escape", "uu_codec", "zlib_codec",
)  # fmt: skip


@cache
def forget_codecs_that_are_none_of_pages() -> None:
    """Make Scrapy and w3lib take their names for what they are to browsers: unknown, as if the page had not said any.

    A page of one line could otherwise fail, or hold up the whole crawl, wherever something asks for its text.
    """
    for name in _NOT_FOR_PAGES:
        DEFAULT_ENCODING_TRANSLATION[name] = f"x-unknown-{name}"
