"""Players of other sites, shown in frames."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scrapy_c4.extractors.urls import host_matches, host_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

__all__ = ["embed_kind"]

_VIDEO_HOSTS = frozenset(
    ["youtube.com", "youtube-nocookie.com", "youtu.be", "vimeo.com", "dailymotion.com", "dai.ly", "wistia.net",
     "wistia.com", "brightcove.net", "brightcove.com", "jwplatform.com", "jwplayer.com", "twitch.tv", "tiktok.com",
     "streamable.com", "rutube.ru", "bilibili.com", "ted.com", "loom.com", "vidyard.com", "kaltura.com", "ooyala.com",
     "cnevids.com", "mediadelivery.net", "cloudflarestream.com", "videodelivery.net", "peertube.tv", "vidazoo.com",
     "rumble.com", "odysee.com", "youku.com", "ok.ru", "glomex.com", "kinja.com", "liveleak.com", "metacafe.com"]
)  # fmt: skip
_AUDIO_HOSTS = frozenset(
    ["soundcloud.com", "open.spotify.com", "bandcamp.com", "mixcloud.com", "embed.podcasts.apple.com", "anchor.fm",
     "player.megaphone.fm", "playlist.megaphone.fm", "libsyn.com", "buzzsprout.com", "simplecast.com", "spreaker.com",
     "embed.music.apple.com", "widget.deezer.com", "omny.fm", "art19.com", "acast.com", "audioboom.com",
     "podbean.com", "embed.tidal.com", "audiomack.com"]
)  # fmt: skip
# Paths of the hosts above that are players; they have buttons and chats in frames too.
_PLAYER_PATH = re.compile(
    r"/(?:embed|embedded|embedplayer|player|players|v|video|videos|iframe|e|show|widget|i|oembed|share|playlist)"
    r"(?:[/.?_-]|$)|player",
    re.IGNORECASE,
)
_VIDEO_WORD = re.compile(
    r"(?:^|[^a-z])(?:player|videos?|vid|embedded[-_]?video|video[-_]?ext)(?:[^a-z]|$)", re.IGNORECASE
)
_AUDIO_WORD = re.compile(r"(?:^|[^a-z])(?:audio|podcasts?)(?:[^a-z]|$)", re.IGNORECASE)


def embed_kind(url: str, element: HtmlElement) -> str | None:
    """``video`` or ``audio`` for the URL of a player, None for other frames (forms, maps, advertisements)."""
    host = host_of(url)
    if host is None or not url.startswith("http"):
        return None
    path = url.partition("#")[0].partition("//")[2]
    path = path[path.find("/") :] if "/" in path else "/"
    if host_matches(host, _AUDIO_HOSTS):
        return "audio"
    if host_matches(host, _VIDEO_HOSTS):
        return "video" if _PLAYER_PATH.search(path) or host.startswith(("player.", "players.", "embed.")) else None
    path = path.partition("?")[0]
    if _VIDEO_WORD.search(path) or host.partition(".")[0] in ("player", "players", "video"):
        # facebook.com/plugins/video.php, vk.com/video_ext.php and players of the site's own
        return "video"
    if _AUDIO_WORD.search(path) and "embed" in path.lower():
        return "audio"
    if (
        element.get("allowfullscreen") is not None or "fullscreen" in element.get("allow", "")
    ) and "embed" in path.lower():
        return "video"
    return None
