"""The ``exclude_*`` options as rules: which of them, if any, drops a link or a medium."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy_c4.extractors import urls

if TYPE_CHECKING:
    from scrapy_c4.items import LinkItem, MediaItem
    from scrapy_c4.options import Options


class ExcludeRules:
    """The exclusion rules in force on a page of ``page_domain`` (its registrable domain; None: it has no site).

    Every method returns the name of the option that drops its argument, or None to keep it. Domains match a host or
    any parent domain of it, at label boundaries.
    """

    def __init__(self, options: Options, page_domain: str | None):
        self._page_domain = page_domain
        self._external_links = options.exclude_external_links
        self._internal_links = options.exclude_internal_links
        self._social = frozenset(options.exclude_social_media_domains if options.exclude_social_media_links else ())
        self._domains = frozenset(options.exclude_domains)
        self._all_images = options.exclude_all_images
        self._external_images = options.exclude_external_images
        self._image_threshold = options.image_score_threshold
        #: False when no link can be dropped.
        self.drops_links = bool(self._external_links or self._internal_links or self._social or self._domains)
        #: False when no image can be dropped by where it is or what it is.
        self.drops_images = bool(self._all_images or self._external_images or self._domains)

    def link_rule(self, link: LinkItem) -> str | None:
        return self.url_rule_for_link(link.href)

    def url_rule_for_link(self, url: str) -> str | None:
        """The rule that drops a link to the absolute URL ``url``; one that leads to no host is neither in nor out."""
        if not self.drops_links:
            return None
        host = urls.host_of(url)
        if host is None:
            return None
        if self._external_links or self._internal_links:
            internal = urls.registrable_domain(host) == self._page_domain
            if self._external_links and not internal:
                return "exclude_external_links"
            if self._internal_links and internal:
                return "exclude_internal_links"
        if urls.host_matches(host, self._social):
            return "exclude_social_media_links"
        if urls.host_matches(host, self._domains):
            return "exclude_domains"
        return None

    def media_rule(self, media: MediaItem) -> str | None:
        if media.type == "image":
            rule = self.url_rule_for_image(media.src)
            if rule is None and media.score is not None and media.score <= self._image_threshold:
                return "image_score_threshold"
            return rule
        if self._domains and urls.host_matches(urls.host_of(media.src) or "", self._domains):
            return "exclude_domains"
        return None

    def url_rule_for_image(self, url: str) -> str | None:
        """The rule that drops an image at the absolute URL ``url``. A ``data:`` image belongs to its page."""
        if not self.drops_images:
            return None
        if self._all_images:
            return "exclude_all_images"
        host = urls.host_of(url)
        if host is None:
            return None
        if self._external_images and urls.registrable_domain(host) != self._page_domain:
            return "exclude_external_images"
        return "exclude_domains" if urls.host_matches(host, self._domains) else None
