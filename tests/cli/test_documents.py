"""Lines of a document are noticed, once; ordinary lines never are."""

import json
from pathlib import Path

import pytest

from translator.cli.documents import with_notice

SCENES = Path(__file__).parents[2] / "data/scenes"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("00:01:02,500 --> 00:01:04,000", "subtitles"),
        ("01:02.500 --> 01:04.000 align:start", "subtitles"),
        ("<!DOCTYPE html>", "HTML"),
        ("<p>A dog runs.</p>", "HTML"),
        ("I wrote <b>bold</b>.", "HTML"),
        ("# Title", "Markdown"),
        ("the dog **runs** today", "Markdown"),
        ('See <a href="x.html">this</a>.', "HTML"),
        ("A dog.<br/>A cat.", "HTML"),
        ('<?xml version="1.0"?>', "XML"),
        ('msgid "A dog"', "a message catalogue"),
        ("## A dog", "Markdown"),
        ("```python", "Markdown"),
        ("See [the docs](https://example.org).", "Markdown"),
        (r"\begin{document}", "LaTeX"),
        ('{"en": "A dog runs."}', "JSON"),
    ],
)
def test_the_markup_of_a_document_is_noticed_once(
    line: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    batches = [["1", "A dog runs."], ["", line, line], [line]]

    assert list(with_notice(batches, "standard input")) == batches

    [message] = caplog.messages
    assert message.startswith(f"standard input looks like {kind}: its lines are read as plain text")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.SRT", "subtitles"), ("in/b.html.gz", "HTML"), ("c.csv", "a table"), ("d.md", "Markdown")],
)
def test_a_document_is_noticed_by_the_ending_of_its_name(
    name: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    list(with_notice([["A dog runs."], ["A cat."]], name))

    [message] = caplog.messages
    assert message.startswith(f"{name} looks like {kind}: ")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("a.vtt", "--input FILE.srt --output NEW.srt translates only its text"),
        ("b.docx.gz", "--input FILE.docx --output NEW.docx translates only its text"),
        ("c.tex", "markup included; extract the text first"),
        ("d.odt", "markup included; extract the text first"),
    ],
)
def test_the_notice_says_what_to_do(
    name: str, advice: str, caplog: pytest.LogCaptureFixture
) -> None:
    list(with_notice([["A dog runs."]], name))

    [message] = caplog.messages
    assert message.endswith(advice)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "<s> </s> <pad> <unk>",
            "The letter <a> and <b>.",
            "a < b > c",
            "It was 12:30 --> 13:00.",
        ),
        *(
            "# 1 in the list",
            "#dogs [sic] (or cats)",
            "- A dog",
            "* runs *",
            "{dog}",
            '"msgid"',
            "",
        ),
        *("1", "C:\\begin", "dog_cat = {}", "-->"),
    ],
)
def test_ordinary_lines_are_not_noticed(line: str, caplog: pytest.LogCaptureFixture) -> None:
    list(with_notice([[line]], "test.en"))

    assert caplog.messages == []


def test_nothing_in_the_embedded_corpus_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    rows = map(json.loads, (SCENES / "validation.jsonl").read_text("utf-8").splitlines())

    list(with_notice(([row["en"], row["de"]] for row in rows), "validation.en"))

    assert caplog.messages == []
