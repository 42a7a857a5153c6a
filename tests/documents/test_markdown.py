"""Markdown: a reader finds the translation in the same places, and code as it was."""

import html
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from phrasebook import PHRASES, links, louder, speaker, unchanged

from translator.documents.markdown import translate_markdown
from translator.documents.passages import diagonal

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

LINES = st.lists(
    st.sampled_from(
        [
            *("# A dog", "A dog", "=====", "> A dog", "- A dog", "  runs", "1. A dog", "", "", ""),
            *("```", "    A dog", "| A dog | b |", "|---|---|", "| x | `a|b` |", "***", "---"),
            *("A *dog* **runs**.", "a_b_c *d_ `e", "[A dog](x 'y')", "[A dog][x] [x] [x][]"),
            *("[x]: http://y", "![A dog](x) ![x]", "<b>A</b> <!-- dog -->", "<div>", "</div>"),
            *("A dog  ", "A dog\\", "\\* &amp; &nbsp; \\[", "~~A dog~~ ***b*** c", "- [ ] A dog"),
            *(
                "[^1]: A dog",
                "A[^1] dog",
                "<http://a.b>",
                "\tA dog",
                "{name} %s",
                "+++",
                "a\\|b | c",
            ),
            *(
                "> - A dog",
                ">   runs",
                "A dog\u2028 runs",
                "<kbd>A</kbd> dog",
                "[![A](b)](c)",
                "[a](",
            ),
        ]
    ),
    max_size=8,
)


@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=100, deadline=None)
def test_a_document_translated_into_its_own_language_is_the_same(
    lines: list[str], line_end: str
) -> None:
    document = line_end.join(lines)

    assert translate_markdown(document, unchanged, diagonal) == document


@given(LINES)
@settings(max_examples=100, deadline=None)
def test_a_reader_finds_the_translation_in_the_same_blocks(lines: list[str]) -> None:
    document = "\n".join(["Begin", *lines])  # for the reader knows no front matter

    translated = translate_markdown(document, louder, diagonal)

    old, new = READER.parse(document), READER.parse(translated)
    assert [token.type for token in new] == [token.type for token in old]
    for before, after in zip(old, new, strict=True):
        if before.type != "inline":
            assert after.content == before.content


@given(st.text("ab*_`[]()<>!#+-=~|\\&;:.1 ", min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
@example("1. a")
@example("- a")
@example("# a")
@example("![a](b)")
@example("a &amp; b")
def test_what_a_translation_says_never_becomes_markup(said: str) -> None:
    said = " ".join(said.split()) or "a"

    translated = translate_markdown("Word\n", lambda texts: [said for _ in texts], diagonal)

    assert READER.render(translated) == f"<p>{html.escape(said, quote=False)}</p>\n".replace(
        '"', "&quot;"
    )


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("# A dog #\n", "# Ein Hund #\n"),
        ("A dog\n=====\n", "Ein Hund\n=====\n"),
        ("The **dog** runs.", "Der **Hund** rennt."),
        ("The ***dog*** runs.", "Der ***Hund*** rennt."),
        ("The __dog__ _runs_.", "Der __Hund__ _rennt_."),
        ('The [*dog*](x "A dog") runs.', 'Der [*Hund*](x "A dog") rennt.'),
        ("It rains ~~today~~.", "~~Heute~~ regnet es."),
        ("It rains today.[^1]\n\n[^1]: A dog", "Heute regnet es.[^1]\n\n[^1]: Ein Hund"),
        ("> * The dog\n>   runs.\n", "> * Der Hund\n>   rennt.\n"),
        ("1) A dog\n   A dog", None),
        ("- [x] A dog\n", "- [x] Ein Hund\n"),
        ("A dog  \nA dog\\\nA dog", "Ein Hund  \nEin Hund\\\nEin Hund"),
        (
            "| A dog | 1 |\n|:--|--:|\n| A dog | `A dog` |",
            "| Ein Hund | 1 |\n|:--|--:|\n| Ein Hund | `A dog` |",
        ),
        ("![A dog](dog.png)", "![Ein Hund](dog.png)"),
        ("[![A dog](dog.png)](x)", "[![Ein Hund](dog.png)](x)"),
        ("See [A dog].\n\n[A dog]: x", None),
        ("[A dog]\n\n[A dog]: x", "[Ein Hund][A dog]\n\n[A dog]: x"),
        ("[A dog][]\n\n[a dog]: x", "[Ein Hund][A dog]\n\n[a dog]: x"),
        ("The <b>dog</b> runs.", "Der <b>Hund</b> rennt."),
        ("The dog<!-- A dog --> runs.", "Der Hund<!-- A dog --> rennt."),
        ("---\ntitle: A dog\n---\nA dog", "---\ntitle: A dog\n---\nEin Hund"),
        ("> [!NOTE]\n> A dog", "> [!NOTE]\n> Ein Hund"),
    ],
)
def test_text_is_translated_and_marks_go_with_it(document: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(KeyError):  # one sentence, which the phrase book does not have
            translate_markdown(document, speaker(), links)
    else:
        assert translate_markdown(document, speaker(), links) == expected


@pytest.mark.parametrize(
    "document",
    [
        "```\nA dog\n```\n\n    A dog\n",
        "~~~ A dog\nA dog\n~~~\n",
        "<div>\nA dog\n</div>\n",
        "[A dog]: http://x 'A dog'\n",
        "<http://a.dog>\n",
        "`A dog` <kbd>A dog</kbd>\n",
        "![](dog.png)\n",
        "+++\ntitle = 'A dog'\n+++\n",
        "***\n---\n| | |\n|-|-|\n",
    ],
)
def test_what_is_no_text_stays_as_it_is(document: str) -> None:
    assert translate_markdown(document, speaker({}), diagonal) == document


@pytest.mark.parametrize("document", ["\v\nA dog\n", "> \f\n> A dog\n", "1. \u2028\n\n   A dog"])
def test_lines_of_odd_white_space_stay(document: str) -> None:
    translated = translate_markdown(document, speaker(), links)

    assert translated == document.replace("A dog", "Ein Hund")


def test_a_translation_may_be_empty() -> None:
    assert translate_markdown("# A dog\n\nA *dog*\n", lambda said: [""] * len(said), diagonal)


def test_code_and_addresses_in_a_sentence_are_kept_with_the_translation_around() -> None:
    document = "Run `make  all` or see <http://a.b>.\n"
    phrases = {
        "Run make all or see http://a.b.": "Siehe http://a.b oder starte make all.",
    }

    translated = translate_markdown(document, speaker(phrases), diagonal)

    assert translated == "Siehe <http://a.b> oder starte `make  all`.\n"


def test_escaped_bars_of_a_table_stay_escaped() -> None:
    document = "| a\\|b A dog |\n|---|\n| A dog |\n"
    phrases = {**PHRASES, "a|b A dog": "a|b Ein Hund"}

    translated = translate_markdown(document, speaker(phrases), diagonal)

    assert translated == "| a\\|b Ein Hund |\n|---|\n| Ein Hund |\n"


def test_a_mark_with_no_word_left_to_stand_around_is_not_written_as_stars() -> None:
    translated = translate_markdown("*A* **dog**\n", speaker({"A dog": "Hund"}), diagonal)

    assert re.fullmatch(r"\*Hund\* ?\n", translated)
