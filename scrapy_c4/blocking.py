"""Which sub-resources a page can do without."""

from __future__ import annotations

from urllib.parse import urlsplit

#: Hosts that measure visitors or serve advertising; their sub-domains count too.
TRACKERS = frozenset(
    """
    2mdn.net 33across.com adform.net adnxs.com adobedtm.com adroll.com ads-twitter.com adsafeprotected.com adsrvr.org
    amazon-adsystem.com amplitude.com analytics.google.com analytics.tiktok.com app-measurement.com appdynamics.com
    bat.bing.com bidswitch.net bluekai.com bounceexchange.com branch.io bugsnag.com casalemedia.com chartbeat.com
    chartbeat.net clarity.ms clicktale.net connect.facebook.net contentsquare.net contextweb.com crazyegg.com criteo.com
    criteo.net crwdcntrl.net demdex.net dotmetrics.net doubleclick.net doubleverify.com everesttech.net exelator.com
    flashtalking.com fullstory.com google-analytics.com googleadservices.com googlesyndication.com googletagmanager.com
    googletagservices.com heap.io heapanalytics.com hotjar.com hotjar.io hs-analytics.net
    hs-scripts.com imrworldwide.com indexww.com ioam.de iocnt.net kissmetrics.com krxd.net lijit.com
    liveramp.com logrocket.com lr-ingest.io mathtag.com matomo.cloud mc.yandex.ru media.net mixpanel.com moatads.com
    mookie1.com mouseflow.com newrelic.com nr-data.net omtrdc.net openx.net optimizely.com
    outbrain.com parsely.com permutive.com piwik.pro plausible.io pubmatic.com px.ads.linkedin.com quantcount.com
    quantserve.com rlcdn.com rubiconproject.com scorecardresearch.com segment.com segment.io sharethis.com
    sharethrough.com simpli.fi smartadserver.com snap.licdn.com statcounter.com stats.wp.com
    taboola.com tapad.com teads.tv tiqcdn.com top-fwz1.mail.ru trc.taboola.com tribalfusion.com turn.com
    webtrends.com webtrekk.net wt-eu02.net xiti.com yieldmo.com zedo.com zemanta.com
    """.split()
)


def is_tracker(url: str) -> bool:
    """Whether the host of ``url``, or a parent domain of it, is in :data:`TRACKERS`."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    while host:
        if host in TRACKERS:
            return True
        host = host.partition(".")[2]
    return False
