from __future__ import annotations

import json

import pytest
from lxml.html import document_fromstring
from scrapy.http import HtmlResponse

from scrapy_c4 import analyze
from scrapy_c4.extractors.document import Document
from scrapy_c4.extractors.media import extract_media

PAGE = "https://shop.example/blog/post.html"


def media(html, url=PAGE, **kwargs):
    return extract_media(Document(document_fromstring(html), url), **kwargs)


def sources(html, url=PAGE):
    return [m.src.removeprefix("https://shop.example") for m in media(html, url)]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<img src=a.jpg>", ["/blog/a.jpg"]),
        ("<img src=' /a.jpg\n'>", ["/a.jpg"]),
        ("<img src='/a b.jpg?x=1&amp;y=2#z'>", ["/a%20b.jpg?x=1&y=2#z"]),
        ("<img src=//cdn.example/a.jpg>", ["https://cdn.example/a.jpg"]),
        ("<base href=/x/><img src=a.jpg>", ["/x/a.jpg"]),
        # nothing to fetch
        ("<img><img src><img src=''><img src=data:image/png;base64,AA><img src=blob:x><img src='javascript:a'>", []),
        ("<img src='{{ photo.url }}'><img data-src='a_{width}x.jpg'><img src='#'>", []),
        ("<img src='http://[bad/a.jpg'><img src='ftp://a.example/a.jpg'>", []),
        # srcset and picture
        (
            "<img src=a.jpg srcset='/t/w_1,h_2/b.jpg 100w, c.jpg 2x'>",
            ["/blog/a.jpg", "/t/w_1,h_2/b.jpg", "/blog/c.jpg"],
        ),
        (
            "<picture><source srcset='a.avif 1x, b.avif 2x' type=image/avif><source data-srcset=c.webp>"
            "<img src=d.jpg></picture>",
            ["/blog/a.avif", "/blog/b.avif", "/blog/c.webp", "/blog/d.jpg"],
        ),
        # lazy loading, galleries and page builders
        ("<img src=data:image/gif;base64,AA data-src=a.jpg>", ["/blog/a.jpg"]),
        (
            "<img data-src='/my photos/a 1.jpg'><img data-original='/w|80|/b'>",
            ["/my%20photos/a%201.jpg", "/w%7C80%7C/b"],
        ),
        ("<img data-src='<768:a.jpg ! >768:b.jpg'><img data-src='see a.jpg, b.jpg'><img data-src='w / h'>", []),
        (
            "<img data-lazy-src=/img/7 data-srcset='b.jpg 2x' data-original=c.jpg>",
            ["/img/7", "/blog/b.jpg", "/blog/c.jpg"],
        ),
        ("<img data-large-file='/l.png?x=1' data-permalink=/page data-image-title=x.y>", ["/l.png?x=1"]),
        ("<img data-id=12.5 data-href=/a.jpg data-size=1/2 data-ratio=0.66>", []),
        ("""<img data-src-map='{"small": "/s.jpg", "large": {"url": "/l.jpg"}}'>""", ["/s.jpg", "/l.jpg"]),
        ("""<img data-a-dynamic-image='{"/x.jpg": [300, 200]}'>""", ["/x.jpg"]),
        ("<img data-interchange='[/s.jpg, small], [/l.jpg, (large)]'>", ["/s.jpg", "/l.jpg"]),
        ("<img zoomfile=/data/a.JPG onerror=\"this.src='/b.jpg'\">", ["/data/a.JPG"]),
        (
            "<div data-bg=bg/a.jpg></div><a data-background-image=\"url('b.png')\">x</a>",
            ["/blog/bg/a.jpg", "/blog/b.png"],
        ),
        (
            "<div data-src=https://w.example/index.html></div><div data-thumb=https://w.example/7></div>",
            ["https://w.example/7"],
        ),
        # noscript, as elements and as text
        ("<noscript><img src=a.jpg></noscript>", ["/blog/a.jpg"]),
        ("<noscript>&lt;img src='a.jpg'&gt;&lt;p&gt;x</noscript>", ["/blog/a.jpg"]),
        ("<noscript>&lt;</noscript><noscript>a &lt; b</noscript>", []),
        # styles
        ("<div style=\"background-image: url('a.jpg'), url(b.jpg)\">x</div>", ["/blog/a.jpg", "/blog/b.jpg"]),
        ("<body background=a.gif><table><td background='b.gif '>x</table>", ["/blog/a.gif", "/blog/b.gif"]),
        ("<p style='cursor: url(a.cur)'>x", []),
        # the head
        (
            "<meta property=og:image content=/a.jpg><meta property=og:image:secure_url content=/a2.jpg>"
            "<meta name=twitter:image content=/b.jpg><link rel='image_src' href=/c.jpg>"
            "<link rel=preload as=image href=/d.jpg imagesrcset='/e.jpg 1x'><link rel=icon href=/no.ico>",
            ["/a.jpg", "/a2.jpg", "/b.jpg", "/c.jpg", "/d.jpg", "/e.jpg"],
        ),
        # other elements
        ("<svg><image href=a.png /><image xlink:href=b.png /></svg>", ["/blog/a.png", "/blog/b.png"]),
        ("<input type=IMAGE src=a.gif><input src=b.gif>", ["/blog/a.gif"]),
        ("<object data=a.svg type=image/svg+xml></object><object data=b.pdf></object>", ["/blog/a.svg"]),
        ("<amp-img src=a.jpg></amp-img>", ["/blog/a.jpg"]),
    ],
)
def test_every_url(html, expected):
    assert sources(html) == expected


def test_json_ld():
    data = {
        "@graph": [
            {
                "@type": "Article",
                "image": ["/a.jpg", {"@type": "ImageObject", "url": "/b.jpg", "width": "640px", "height": 480}],
            },
            {"@type": "Organization", "logo": {"@type": "ImageObject", "url": "/logo.png"}},
            {
                "@type": "VideoObject",
                "contentUrl": "/v.mp4",
                "embedUrl": "https://p.example/e/1",
                "thumbnailUrl": "/t.jpg",
            },
        ]
    }
    found = media(
        f"<script type='application/ld+json'>{json.dumps(data)}</script><script>{{'image': '/no.jpg'}}</script>"
    )
    assert [(m.type, m.src.rpartition("/")[2], m.format) for m in found] == [
        ("image", "a.jpg", "jpg"), ("image", "b.jpg", "jpg"), ("image", "logo.png", "png"),
        ("video", "v.mp4", "mp4"), ("video", "1", "embed"), ("image", "t.jpg", "jpg"),
    ]  # fmt: skip
    assert (found[1].width, found[1].height) == (640, 480)
    assert found[2].score < 2 < found[0].score


@pytest.mark.parametrize(
    "text", ["", "{", "[[[", "null", '"image"', '{"image": 1}', '{"image": [null, {}]}', '{"@type": [1]}', "[" * 5000]
)
def test_json_ld_that_is_none(text):
    assert media(f"<body><script type='application/ld+json'>{text} mage</script>") == []


def test_variants_share_a_group_and_differ_in_size_and_format():
    found = media(
        "<img src=/one.png width=10 height=10>"
        "<picture><source type=image/webp srcset='/a.php?1 400w, /a.php?2 800w'>"
        "<img src=/a.jpg srcset='/b.jpg 400w' width=400 height=300px alt=' The  alt '></picture>"
        "<img src=/two.png style='width: 50px; height:20.5px' width='100%'>"
    )
    assert [(m.src[20:], m.group_id, m.format, m.width, m.height) for m in found] == [
        ("/one.png", 0, "png", 10, 10),
        ("/a.php?1", 1, "webp", 400, 300),
        ("/a.php?2", 1, "webp", 800, None),
        ("/a.jpg", 1, "jpg", 400, 300),
        ("/b.jpg", 1, "jpg", 400, 300),
        ("/two.png", 2, "png", 50, 20),
    ]
    assert {m.alt for m in found if m.group_id == 1} == {"The alt"}
    assert len({m.score for m in found if m.group_id == 1}) == 1


def test_the_same_url_is_one_item_of_one_picture():
    found = media(
        "<img data-src=/a.jpg><noscript><img src=/a.jpg alt=A width=640></noscript><p><img src=/b.jpg><img src=/a.jpg>"
    )
    assert [(m.src[20:], m.group_id, m.alt, m.width) for m in found] == [
        ("/a.jpg", 0, "A", 640),
        ("/b.jpg", 1, None, None),
    ]


def test_a_shared_placeholder_does_not_join_pictures():
    found = media("".join(f"<p><img src=/holder.gif data-src=/{n}.jpg>" for n in range(3)))
    assert [(m.src[20:], m.group_id) for m in found] == [
        ("/holder.gif", 0),
        ("/0.jpg", 0),
        ("/1.jpg", 1),
        ("/2.jpg", 2),
    ]


def test_an_alt_that_is_empty_is_not_one_that_is_missing():
    assert [m.alt for m in media("<img src=a.jpg alt><img src=b.jpg><img src=c.jpg alt='ä\n b'>")] == ["", None, "ä b"]


def test_video_and_audio():
    found = media(
        "<video src=/v.webm poster=/p.jpg width=640 height=360 title='The film'><source src=/v.mp4 type=video/mp4>"
        "<track kind=captions srclang=en label=English src=/en.vtt></video>"
        "<video></video><video><source></video>"
        "<audio><source src=/a.php type=audio/mpeg><source src=/a.ogg>no audio</audio>"
        "<div data-mp4=/film.mp4>x</div><embed src=/e.mp4>"
    )
    assert [(m.type, m.src[20:], m.group_id, m.format, m.width) for m in found] == [
        ("video", "/v.webm", 0, "webm", 640),
        ("video", "/v.mp4", 0, "mp4", 640),
        ("image", "/p.jpg", 1, "jpg", 640),
        ("video", "/en.vtt", 0, "vtt", None),
        ("audio", "/a.php", 2, "mp3", None),
        ("audio", "/a.ogg", 2, "ogg", None),
        ("video", "/film.mp4", 3, "mp4", None),
        ("video", "/e.mp4", 4, "mp4", None),
    ]
    assert [m.desc for m in found[:2]] == ["The film"] * 2
    assert (found[3].alt, found[3].desc) == ("English", "captions en")


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        ("<iframe src=https://www.youtube.com/embed/abc?rel=0></iframe>", "video"),
        ("<iframe data-src=//www.youtube-nocookie.com/embed/abc></iframe>", "video"),
        ("<iframe src=https://player.vimeo.com/video/1></iframe>", "video"),
        ("<iframe src='https://www.facebook.com/plugins/video.php?href=x'></iframe>", "video"),
        ("<iframe src=https://vk.com/video_ext.php?oid=1></iframe>", "video"),
        ("<iframe src=https://tv.example/embed/77 allowfullscreen></iframe>", "video"),
        ("<iframe src='https://w.soundcloud.com/player/?url=x'></iframe>", "audio"),
        ("<iframe src=https://open.spotify.com/embed/track/1></iframe>", "audio"),
        ("<object data=https://www.youtube.com/v/abc type=application/x-shockwave-flash></object>", "video"),
        ("<iframe src=https://maps.example/embed?pb=1></iframe>", None),
        ("<iframe src=https://www.facebook.com/plugins/like.php></iframe>", None),
        ("<iframe src=https://notyoutube.com.example/x></iframe>", None),
        ("<iframe src=https://www.youtube.com/subscribe_widget></iframe>", None),
        ("<iframe src=about:blank></iframe><iframe></iframe>", None),
        ("<embed src=banner.swf>", None),
    ],
)
def test_players_in_frames(frame, kind):
    assert [(m.type, m.format) for m in media(f"<p>x {frame}")] == ([(kind, "embed")] if kind else [])


BIG = "A" * 3_000_000
LONG = "Words that go on. " * 60


@pytest.mark.parametrize(
    ("html", "desc"),
    [
        (
            "<figure><a href=x><img src=a.jpg title=T></a><figcaption>The <b>cap</b>tion</figcaption></figure>",
            "The caption",
        ),
        ("<figure><figcaption>Both</figcaption><img src=a.jpg></figure>", "Both"),
        ("<img src=a.jpg aria-describedby='d e'><p id=d>One</p><p id=e>two</p>", "One two"),
        ("<img src=a.jpg aria-label='The label' title=T>", "The label"),
        ("<img src=a.jpg title='The title'><p>Text", "The title"),
        ("<div><div><img src=a.jpg></div><p class=wp-caption-text>Below it</p></div>", "Below it"),
        ("<div class=card><a href=x><img src=a.jpg></a><h3>Tea pot</h3><p>12 €</p></div>", "Tea pot 12 €"),
        (f"<div><p>{LONG}</p><p><img src=a.jpg></p><p>Then this.</p><p>{LONG}</p></div>", "Then this."),
        (f"<div><p>{LONG}</p><h2>Before</h2><img src=a.jpg></div>", "Before"),
        ("<p>Some text <script>var x</script><style>p{}</style><img src=a.jpg> goes on</p>", "Some text goes on"),
        ("<div style='background: url(a.jpg)'><h2>Inside of it</h2></div><p>Not this</p>", "Inside of it"),
        ("<img src=a.jpg>", None),
        ("<div> <img src=a.jpg> <br> </div>", None),
    ],
)
def test_description(html, desc):
    assert media(f"<body>{html}</body>")[0].desc == desc


def test_descriptions_are_short_and_long_enough():
    html = f"<p><img src=a.jpg>{LONG}</p><figure><img src=b.jpg><figcaption>Three words here</figcaption></figure>"
    first, second = media(html)
    assert 200 < len(first.desc) <= 300
    assert LONG.startswith(first.desc)
    assert second.desc == "Three words here"
    assert [m.desc for m in media("<p>Two words <img src=a.jpg></p>", min_desc_words=3)] == [None]
    assert [m.desc for m in media(html, min_desc_words=80)] == [None, None]


CARD = '<div class=card><a href="/story-{0}"><img id=teaser{0} src="/t/{0}-150x100.jpg"></a></div>'
ARTICLE = f"""
<html><head><title>A walk to the old mill | News</title>
<meta property="og:image" content="/photos/mill-1200x800.jpg"></head>
<body class="sidebar-right">
<header><a href="/"><img src="/static/logo.svg" alt="News"></a><nav><img src="/img/menu.png"></nav></header>
<main><h1>A walk to the old mill</h1>
  <img id=hero src="/photos/mill-800x600.jpg" alt="The old mill in winter">
  <article><p>{LONG}</p>
    <p><img id=inline src="/photos/silicon-valley-catalogo.jpg"></p>
    <p>{LONG}</p>
    <figure><img id=figure src="/uploads/wheel.jpg" width=640 height=480><figcaption>The wheel</figcaption></figure>
    <p>{LONG}</p>
  </article>
</main>
<aside class="related">{"".join(map(CARD.format, range(6)))}</aside>
<div class="author-bio"><img id=avatar src="https://secure.gravatar.com/avatar/1?s=48" width=48 height=48></div>
<footer><img id=badge src="/img/badge.png" alt="Badge"></footer>
<img id=pixel src="https://stats.example/count.php?id=1" width=1 height=1>
<noscript><img id=tracker src="https://www.facebook.com/tr?id=1&amp;ev=PageView"></noscript>
<img id=spacer src="/img/spacer.gif" width=100 height=20>
</body></html>
"""


def test_scores_tell_content_from_the_rest():
    scores = {m.src.rpartition("/")[2]: m.score for m in media(ARTICLE, "https://news.example/walk")}
    content = [
        scores[name] for name in ("silicon-valley-catalogo.jpg", "wheel.jpg", "mill-800x600.jpg", "mill-1200x800.jpg")
    ]
    teasers = [scores[f"{n}-150x100.jpg"] for n in range(6)]
    junk = ["logo.svg", "menu.png", "1?s=48", "badge.png", "count.php?id=1", "tr?id=1&ev=PageView", "spacer.gif"]
    assert min(content) > max(teasers) > max(scores[name] for name in junk)
    assert min(content) > 5
    assert max(scores[name] for name in junk) < 2
    assert all(0 <= score <= 10 for score in scores.values())


def test_pictures_of_one_kind_score_alike_wherever_they_stand():
    # As on a page of a shop: nothing tells the last from the first.
    shop = "".join(
        f"<li class=product><a href=/p{n}><img src=/p/{n}.jpg alt='Tea pot'></a> Tea pot, 12 €</li>" for n in range(30)
    )
    scores = {m.score for m in media(f"<main><ul>{shop}</ul></main>")}
    assert len(scores) == 1
    assert scores.pop() > 2


@pytest.mark.parametrize(
    "html",
    [
        "<img src=/a.jpg>",
        "<p><a href=/a-large.jpg><img src=/a.jpg></a></p>",
        "<div class=silicon><img class=headerless src=/dialog.png alt='Iconic Logograms'></div>",
        "<div class='download-area'><img src=/adventure/leads.jpg></div>",
        "<img src=/a.jpg width=640 height=480 loading=lazy>",
        "<img src=data:image/gif;base64,AA data-src=/a.jpg width=1 height=1>",
        "<div class=product-gallery><img src=/a.webp></div>",
        "<img src=/photo/9f3ad4logo88.jpg>",
    ],
)
def test_plain_pictures_are_kept_by_default(html):
    response = HtmlResponse(PAGE, body=f"<body>{html}</body>".encode())
    assert analyze(response).media


@pytest.mark.parametrize(
    "html",
    [
        "<img src=/a.jpg width=1 height=1>",
        "<img src=/a.jpg style='width:1px;height:1px'>",
        "<img src=/spacer.gif>",
        "<img src=/images/logo.png>",
        "<a href=/><img src=/images/logo-white@2x.png alt=Home></a>",
        "<img src=/assets/icons/arrow.svg width=16>",
        "<img src=/img/sprite.png>",
        "<img src=https://secure.gravatar.com/avatar/ab?s=50>",
        "<img src=https://b.scorecardresearch.com/p?c1=2>",
        "<img src=https://piwik.shop.example/piwik.php?idsite=1>",
        "<div class=social><a href=https://x.example/s><img src=/i/twitter.png></a></div>",
    ],
)
def test_trackers_spacers_and_icons_are_dropped_by_default(html):
    response = HtmlResponse(PAGE, body=f"<body>{html}</body>".encode())
    assert analyze(response).media == []
    assert len(analyze(response, image_score_threshold=-1).media) == 1


@pytest.mark.parametrize(
    "name",
    [
        "/images/placeholder.png", "/img/product-placeholder-2.jpg", "/placeholder/400x300", "/img/blank.gif",
        "/static/grey.gif", "/assets/loading.svg", "/i/bg_transparent.png", "/pixel.gif", "/spacer2.gif",
    ],
)  # fmt: skip
def test_placeholders_of_lazy_pictures_are_dropped_by_default(name):
    html = f"<main><p>{'Some running text. ' * 20}</p><img src={name} data-src=/p0.jpg alt='Product 0'></main>"
    response = HtmlResponse(PAGE, body=html.encode())
    assert [item.src for item in analyze(response).media] == ["https://shop.example/p0.jpg"]
    low, real = analyze(response, image_score_threshold=-100).media
    assert (low.src, low.alt, low.group_id) == (f"https://shop.example{name}", "Product 0", real.group_id)
    assert low.score < 2 < real.score


@pytest.mark.parametrize(
    "html",
    [
        "<img src=/grey-sofa.jpg data-src=/big.jpg>",
        "<img src=/google-pixel-8.jpg data-src=/big.jpg>",
        "<img src=/placeholders/../photo.jpg?placeholder=blur data-src=/big.jpg>",
        "<img src=/photo.jpg data-src=/big.jpg>",
        "<img src=/grey.jpg width=640 height=480>",
        "<img src=/grey.jpg data-src=/big.jpg><img src=/grey.jpg width=640 height=480>",
    ],
)
def test_pictures_that_are_no_placeholders_keep_their_score(html):
    response = HtmlResponse(PAGE, body=f"<main><p>{'Some running text. ' * 20}</p>{html}</main>".encode())
    assert all(item.score > 2 for item in analyze(response, image_score_threshold=-9).media)


def test_options():
    body = (
        "<body><img src=/own.jpg srcset='https://cdn.example.com/2.jpg 2x, https://example.org/3.jpg 3x'>"
        "<img src=data:image/gif;base64,AA data-src=/lazy.jpg><video src=https://example.org/v.mp4></video>"
        "<figure><img src=/c.jpg><figcaption>Two words</figcaption></figure>"
    )
    response = HtmlResponse("https://www.example.com/", body=body.encode())

    def kept(**options):
        return [m.src.rpartition("/")[2] for m in analyze(response, **options).media]

    assert kept() == ["own.jpg", "2.jpg", "3.jpg", "lazy.jpg", "v.mp4", "c.jpg"]
    assert kept(exclude_external_images=True) == ["own.jpg", "2.jpg", "lazy.jpg", "v.mp4", "c.jpg"]
    assert kept(exclude_all_images=True) == ["v.mp4"]
    assert kept(exclude_domains=["cdn.example.com"]) == ["own.jpg", "3.jpg", "lazy.jpg", "v.mp4", "c.jpg"]
    assert kept(css_selector="figure") == ["c.jpg"]
    assert analyze(response, image_description_min_word_threshold=3).media[-1].desc is None


@pytest.mark.parametrize(
    "html",
    [
        "<img src=a.jpg>" * 20_000,
        "<p>" + "".join(f"<img src={n}.jpg>" for n in range(10_000)) + "</p>",
        "<figure>" + "".join(f"<img src={n}.jpg>" for n in range(10_000)) + "</figure>",
        "<div><i>" * 1500 + "<img src=a.jpg>" + "</i></div>" * 1500,
        "".join(f"<div><img src={n}.jpg><i></i>" for n in range(1500)),
        "<a href=x>" + "<span>some words that are longer than sixty characters, so that they look like text " * 1500,
        "<img srcset='" + "a.jpg 1w," * 100_000 + "'>",
        f"<img src='data:image/png;base64,{BIG}'><div style='background:url(data:x;base64,{BIG})'>",
        "<img data-src='" + "{" * 100_000 + "' alt='" + "word " * 100_000 + "' class='" + "logo-" * 100_000 + "'>",
        "<ul>" + "<li><img src=/holder.gif data-src=/a.jpg>" * 10_000 + "</ul>",
        "<source src=a.jpg>" * 3000 + "<img src=b.jpg>",
        "<noscript>&lt;noscript&gt;" * 50 + "<img src=a.jpg>",
        "<img aria-describedby=x src=a.jpg>" * 5000,
        "<div class=caption>" + "<b></b>" * 20_000 + "</div>" + "<img src=a.jpg>" * 200,
    ],
    ids=["same", "paragraph", "figure", "deep", "stairs", "spans", "srcset", "data", "attributes", "lazy", "source",
         "noscript", "ids", "caption"],
)  # fmt: skip
def test_hostile_pages(html):
    found = media(f"<body>{html}</body>")
    assert len({(m.type, m.src) for m in found}) == len(found)


def test_the_tree_is_left_as_it_is():
    from lxml.etree import tostring

    root = document_fromstring(ARTICLE)
    before = tostring(root)
    extract_media(Document(root, PAGE))
    assert tostring(root) == before
