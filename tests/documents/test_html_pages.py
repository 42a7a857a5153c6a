"""HTML: markup stays as it is, marks go around the words that theirs became."""

import time

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phrasebook import links, louder, speaker, unchanged

from translator.documents.html_pages import translate_html
from translator.errors import CorpusError

TAGS = [
    *("<b>", "</b>", "<i class='x>y'>", "</i>", "<p>", "</p>", "<br/>", '<img alt="a dog">'),
    *("<a href='x y'>", "</a>", "<!-- a -->", "<?php ?>", "</", "<span translate=no>", "</span>"),
]
TEXTS = [
    *("&", "&amp;", "&#65;", "&nbsp;", '"', "=", "\n", "\r\n", " ", "\t", "a dog", "runs."),
    *("{name}", "%s", "ä", "\u2028", "]]>", "http://a.b/c"),
]
FRAGMENTS = [
    *("<code>", "</code>", "<pre>", "<script>", "</script>", "<!--", "<a href='", "'>", "<", ">"),
    *("<title>", "<textarea>", "<![CDATA[", "<b"),
]


@given(st.lists(st.sampled_from([*TAGS, *TEXTS, *FRAGMENTS]), max_size=12).map("".join))
@settings(max_examples=100, deadline=None)
def test_a_page_that_is_translated_into_its_own_language_is_the_same(page: str) -> None:
    assert translate_html(page, unchanged) == page


@given(st.lists(st.sampled_from([*TAGS[:-3], *TEXTS]), max_size=12).map("".join))
@settings(max_examples=100, deadline=None)
def test_no_tag_is_lost_or_added(page: str) -> None:
    translated = translate_html(page, louder)

    tags = TAGS[:7] + TAGS[8:-3]
    assert [translated.count(tag) for tag in tags] == [page.count(tag) for tag in tags]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>The dog runs.</p>", "<p>Der Hund rennt.</p>"),
        ("The <b>dog</b> runs.", "Der <b>Hund</b> rennt."),
        ("<i>The</i> dog <b>runs.</b>", "<i>Der</i> Hund <b>rennt.</b>"),
        ("The <a href=x><b>dog</b> runs</a>.", "Der <a href=x><b>Hund</b> rennt</a>."),
        ("<b>It rains</b> today.", "Heute <b>regnet es</b>."),
        ("It rains <b>today</b>.", "<b>Heute</b> regnet es."),
        ("The woman <u>bought</u> the hat.", "Die Frau <u>hat</u> den Hut gekauft."),
        ("The man turns on <u>the lamp</u>.", "Der Mann schaltet <u>die Lampe</u> ein."),
        ("The dog<sup>1</sup> runs.", None),
        ("The dog<img src=1> runs.", "Der Hund<img src=1> rennt."),
        ("It <img src=1> rains today.", "Heute <img src=1> regnet es."),
        ("It rains <a id=1></a>today.", "<a id=1></a>Heute regnet es."),
        ("<a id=1></a>It rains today. <img>", "<a id=1></a>Heute regnet es. <img>"),
        ("<p>\n  The dog\n  runs.\n</p>", "<p>\n  Der Hund\n  rennt.\n</p>"),
        ("A dog<br>A dog", "Ein Hund<br>Ein Hund"),
        ("<b>A dog<br>A dog</b>", "<b>Ein Hund<br>Ein Hund</b>"),
        ("<P>A&nbsp;dog<LI>A dog", "<P>Ein Hund<LI>Ein Hund"),
        ("A dog &amp; <b>A dog</b>", None),
    ],
)
def test_marks_go_around_the_words_that_theirs_became(page: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(KeyError):  # one sentence, which the phrase book does not have
            translate_html(page, speaker(), links)
    else:
        assert translate_html(page, speaker(), links) == expected


@pytest.mark.parametrize(
    "page",
    [
        "<script>a dog</script><style>a dog</style><pre>a dog</pre><textarea>a dog</textarea>",
        "<code>a dog</code>, <kbd>a dog</kbd>.",
        "<p translate=no>a <b>dog</b></p><span translate='no'>a dog</span>",
        "<div translate=no>a <div>dog</div> dog</div>",
        "<!-- a dog --><!doctype html><?php a dog ?>",
        "<a href='a dog' class=\"a dog\" data-title='a dog' onclick='a dog'></a>",
        "<script>'<b>' </SCRIPT >12 &copy; ...",
        "<p title=",
        "<img alt=''>",
    ],
)
def test_what_is_no_text_stays_as_it_is(page: str) -> None:
    assert translate_html(page, speaker({})) == page


def test_attributes_that_people_read_are_translated() -> None:
    page = (
        '<meta name="description" content="A dog"><meta name=author content="A dog">'
        "<img alt='A dog' src='A dog'><input placeholder=\"A dog\" value=\"A dog\">"
        "<a title='A&nbsp;dog' aria-label=dog></a>"
    )

    translated = translate_html(page, speaker({"A dog": '\'n "Hund"'}))

    assert translated == (
        '<meta name="description" content="&#x27;n &quot;Hund&quot;">'
        '<meta name=author content="A dog">'
        "<img alt='&#x27;n &quot;Hund&quot;' src='A dog'>"
        '<input placeholder="&#x27;n &quot;Hund&quot;" value="A dog">'
        "<a title='&#x27;n &quot;Hund&quot;' aria-label=dog></a>"
    )
    assert lxml.html.fromstring(translated).xpath("//img")[0].get("alt") == '\'n "Hund"'


def test_code_is_shown_to_the_translator_and_kept() -> None:
    phrases = {"Now run make all again.": "Starte jetzt make all neu."}

    page = "Now run <code>make  <i>all</i></code> again."

    assert (
        translate_html(page, speaker(phrases)) == "Starte jetzt <code>make  <i>all</i></code> neu."
    )


def test_what_a_translation_says_never_becomes_markup() -> None:
    translated = translate_html("<p>A dog</p>", speaker({"A dog": "<b>&amp; x"}))

    assert translated == "<p>&lt;b&gt;&amp;amp; x</p>"


def test_marks_nested_beyond_all_reason_are_refused() -> None:
    with pytest.raises(CorpusError, match=r"markup is nested more than 100 deep at '<b>': remove"):
        translate_html("<b>" * 10_000 + "A dog", louder)


@pytest.mark.campaign
@pytest.mark.parametrize(
    "part",
    [
        *("<", "<!--", "<a ", "<p>", "&", "<a b='", "<![CDATA[", "<script>", "</", "<? ", "<pre>"),
        *("</a ", "<code>", "{", "%", "a@", "a.", "a", "http://", " ", "<i>a</i> ", "<img> a "),
        *("<b x='\"", "{a} ", "a. ", "a\n"),
    ],
    ids=repr,
)
def test_time_grows_with_the_length_of_a_page_alone(part: str) -> None:
    def seconds(page: str) -> float:
        start = time.perf_counter()
        translate_html(page, lambda texts: [f"{text} b" for text in texts])
        return time.perf_counter() - start

    short, long = (min(seconds(part * num) for _ in range(2)) for num in (1000, 10_000))

    assert long < 40 * short + 0.2  # the square would be 100
