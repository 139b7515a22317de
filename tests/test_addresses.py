from __future__ import annotations

import pytest

from scrapy_c4.addresses import is_public_address, is_public_host
from scrapy_c4.extractors.urls import host_of

NOT_PUBLIC = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.100.100.200", "100.64.0.1", "0.0.0.0", "192.0.0.192", "168.63.129.16", "198.18.0.1", "203.0.113.5",
    "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.88.99.1",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::", "2001::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
    "::ffff:0:7f00:1", "64:ff9b:1::1", "100::1", "5f00::1", "3fff::1", "4000::1", "1::1", "fd20:ce::254", "fe80::1%1",
]  # fmt: skip
PUBLIC = ["93.184.216.34", "8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_private_special_and_embedding_addresses_are_not_public(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://0/", "http://127.1/",
        "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://①②⑦.⓪.⓪.①/", "http://user@127.0.0.1/",
        "http://localhost/", "http://LOCALHOST./", "http://a.localhost/", "http://printer/", "http://db.internal/",
        "http://169.254.169.254/latest/meta-data/", "http://metadata.google.internal/", "http://router.lan/",
        "http://127.0.0.1.:8000/",
    ],
)  # fmt: skip
def test_every_spelling_of_a_private_host_is_seen_through(url: str) -> None:
    host = host_of(url)
    assert host is not None
    assert is_public_host(host) is False


@pytest.mark.parametrize(
    ("url", "public"),
    [("http://8.8.8.8/", True), ("http://example.com/", None), ("http://localhost.example.com/", None)],
)
def test_other_hosts(url: str, public: bool | None) -> None:
    assert is_public_host(host_of(url) or "") is public
