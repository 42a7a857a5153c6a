"""The page of the sentences where a model fails."""

import re

from translator.inspection.page.worst import Failure, Seen, worst_html

FAILURE = Failure(
    line=1234,
    chrf=41.26,
    source='A <b>dog</b> & a "tapir".',
    reference="Ein Hund und ein Tapir.",
    translation="Ein Tapirus und ein Hund",
)


def page(*failures: Failure, seen: Seen | None = None) -> str:
    return worst_html(failures, seen, title="Where <i>", lead="The worst & last", about="run")


def test_words_that_one_side_lacks_are_marked_and_unseen_ones_underlined() -> None:
    seen = Seen({"a", "b", "dog"}, {"ein", "hund", "und", "tapirus"})

    html = page(FAILURE, seen=seen)

    assert (
        '<dt>reference</dt><dd>Ein Hund und ein <mark><span class="new">Tapir</span></mark>.</dd>'
        "<dt>translation</dt><dd>Ein <mark>Tapirus</mark> und ein Hund</dd>"
    ) in html
    assert "<b>41.3</b>line 1,234" in html


def test_text_is_shown_as_text() -> None:
    html = page(FAILURE)

    assert "<dd>A &lt;b&gt;dog&lt;/b&gt; &amp; a &quot;tapir&quot;.</dd>" in html
    assert "<h1>Where &lt;i&gt;</h1>" in html
    assert "Dotted" not in html


def test_a_translation_of_nothing_is_said_to_be_nothing() -> None:
    html = page(Failure(1, 0.0, "A", "Ein", ""))

    assert '<dd><span class="quiet">(nothing)</span></dd>' in html


def test_the_page_runs_no_script_and_loads_nothing() -> None:
    html = page(FAILURE)

    assert "<script" not in html
    assert re.search(r"default-src 'none'; style-src 'sha256-[\w+/]+='; base-uri 'none'", html)
    assert "http" not in html.replace("http-equiv", "")
