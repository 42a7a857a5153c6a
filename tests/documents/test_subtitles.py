"""Subtitles: the times stay byte for byte, and so does what nobody says."""

import pysubs2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phrasebook import links, louder, speaker, unchanged

from translator.documents.passages import diagonal
from translator.documents.subtitles import translate_srt, translate_vtt
from translator.errors import CorpusError

TIMES = "00:00:01,000 --> 00:00:02,500"


def srt(said: str) -> str:
    return f"1\n{TIMES}\n{said}\n"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("The dog runs.", "Der Hund rennt."),
        ("The dog\nruns.", "Der Hund\nrennt."),
        ("The woman bought\n<i>the hat</i>.", "Die Frau hat <i>den Hut</i>\ngekauft."),
        ("A dog\n\nA dog", "Ein Hund\n\nEin Hund"),
        ("- A dog\n- The dog runs.", "- Ein Hund\n- Der Hund rennt."),
        ("-A dog\n–The dog runs.", "-Ein Hund\n–Der Hund rennt."),
        ("<i>- A dog</i>\n<i>- A dog</i>", "<i>- Ein Hund</i>\n<i>- Ein Hund</i>"),
        ("{\\an8}♪ A dog ♪", "{\\an8}♪ Ein Hund ♪"),
        ('<font color="a dog">A dog</font>', '<font color="a dog">Ein Hund</font>'),
        ("The dog runs. It\nrains today.", "Der Hund rennt. Heute\nregnet es."),
        ("The dog\\Nruns.", "Der Hund\\Nrennt."),
        ("12\n13", "12\n13"),
    ],
)
def test_what_is_said_is_translated(said: str, expected: str) -> None:
    assert translate_srt(srt(said), speaker(), links) == srt(expected)


def test_every_byte_that_is_not_said_stays() -> None:
    subtitles = (
        "7\r\n00:00:01,000 --> 00:00:02,500  X1:100 Y1:2\r\nA dog\r\n\r\n\r\n"
        "8\r\n00:00:03,000 -->  00:00:04,000\r\n\r\n"
        "9\r\n00:00:05.000 --> 00:00:06.000\r\nA dog\r\n\r\n10\r\n"
    )

    translated = translate_srt(subtitles, speaker(), diagonal)

    assert translated == subtitles.replace("A dog", "Ein Hund")


def test_of_webvtt_styles_notes_and_names_stay() -> None:
    subtitles = (
        "WEBVTT A dog\nKind: A dog\n\nSTYLE\n::cue(b) {}\n\nNOTE\nA dog\n\n"
        "A dog\n00:01.000 --> 00:02.000 align:start\n<v A dog>A dog\n\n"
        "NOTE A dog\n\n01:00:03.000 --> 01:00:04.000\n"
        "<c.b>The <00:03.500>dog</c> runs.\n"
    )

    translated = translate_vtt(subtitles, speaker(), links)

    assert translated == subtitles.replace("<v A dog>A dog", "<v A dog>Ein Hund").replace(
        "<c.b>The <00:03.500>dog</c> runs.", "<c.b>Der <00:03.500>Hund</c> rennt."
    )


def test_in_webvtt_signs_of_markup_are_spelled() -> None:
    subtitles = "WEBVTT\n\n00:01.000 --> 00:02.000\nA &amp; B&nbsp;C\n"

    translated = translate_vtt(subtitles, speaker({"A & B C": "A < B --> C"}), diagonal)

    assert translated.endswith("\nA &lt; B --&gt; C\n")


CUES = st.lists(
    st.sampled_from(
        [
            *(
                "A dog",
                "- runs",
                "<i>",
                "</i>",
                "{\\an8}",
                "♪",
                "5",
                "\n",
                "\n\n",
                "\r\n",
                " ",
                ".",
            ),
            *(f"\n\n3\n{TIMES}\n", f"\n{TIMES}\n", "-->", "&amp;", "\\N", "\u2028", "<", "NOTE"),
        ]
    ),
    max_size=12,
).map("".join)


@given(CUES)
@settings(deadline=None)
def test_subtitles_translated_into_their_own_language_are_the_same(said: str) -> None:
    assert translate_srt(srt(said), unchanged, diagonal) == srt(said)
    assert translate_vtt(f"WEBVTT\n\n{srt(said)}", unchanged, diagonal) == f"WEBVTT\n\n{srt(said)}"


@given(
    st.lists(st.lists(st.sampled_from(["A dog", "<i>runs</i>.", "-", "♪"]), min_size=1), min_size=1)
)
@settings(deadline=None)
def test_a_player_reads_the_same_times_and_the_translation(cues: list[list[str]]) -> None:
    subtitles = "\n".join(
        f"{number}\n00:00:{number:02},000 --> 00:00:{number:02},900\n{' '.join(words)}\n"
        for number, words in enumerate(cues[:50], start=1)
    )

    translated = translate_srt(subtitles, louder, diagonal)

    old, new = (pysubs2.SSAFile.from_string(each, "srt") for each in (subtitles, translated))
    assert [(cue.start, cue.end) for cue in new] == [(cue.start, cue.end) for cue in old]
    assert [cue.plaintext for cue in new] == [cue.plaintext.upper() for cue in old]


def test_a_file_without_times_is_refused() -> None:
    with pytest.raises(
        CorpusError, match=r"there is no line of times such as 00:00:01,000 --> 00:00"
    ):
        translate_srt("A dog\n", louder, diagonal)
