"""Texts with markup around them, and files."""

import httpx
import pytest
from inspected import ENGLISH, GERMAN
from served import Server, translate

from translator.decoding.strategies import BeamSearch
from translator.decoding.translator import Translator
from translator.documents.document import translate_html
from translator.documents.word_links import reader_of
from translator.serving import files
from translator.serving.files import File, KeptFiles

PAGE = '<h1 class="a">{}</h1>\n<!-- {} --><p id="x">{}<br>\n  {}</p>'


def test_the_markup_of_html_stays_and_each_sentence_is_translated_by_itself(
    server: Server,
) -> None:
    pages = [PAGE.format(ENGLISH[0], ENGLISH[0], *ENGLISH[1:]), "", f"<b>{ENGLISH[1]}</b>"]

    answer = server.post("/translate", translate(q=pages, format="html")).json()

    assert answer["translatedText"] == [
        PAGE.format(GERMAN[0], ENGLISH[0], *GERMAN[1:]),
        "",
        f"<b>{GERMAN[1]}</b>",
    ]


def test_a_mark_goes_around_the_words_that_its_words_became(
    server: Server, trained_translator: Translator
) -> None:
    page = ENGLISH[0].replace("green meadow", "<b>green meadow</b>")

    answer = server.post("/translate", translate(q=page, format="html")).json()

    expected = translate_html(page, trained_translator.translate, reader_of(trained_translator))
    assert answer == {"translatedText": expected}
    assert expected.replace("<b>", "").replace("</b>", "") == GERMAN[0]
    assert "<b>" in expected


def test_html_has_alternatives_too(server: Server, trained_translator: Translator) -> None:
    strategy = BeamSearch(beam_size=3, num_best=3)
    [found] = trained_translator.translate_all(["Two men"], strategy)

    fields = translate(q="<p>Two men</p>", format="html", alternatives=2)
    answer = server.post("/translate", fields).json()

    assert [answer["translatedText"], *answer["alternatives"]] == [
        f"<p>{translation.text}</p>" for translation in found
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_stays_and_is_no_part_of_the_text(server: Server, encoding: str) -> None:
    asked = send(server, "a.txt", f"{ENGLISH[0]}\r\n".encode(encoding))

    fetched = httpx.get(asked.json()["translatedFileUrl"])

    assert fetched.content == f"{GERMAN[0]}\r\n".encode(encoding)


def test_a_file_is_translated_and_fetched(server: Server) -> None:
    text = f"{ENGLISH[0]}\n\n  {ENGLISH[1]}\n"
    asked = send(server, "Grüße.txt", text.encode())

    assert asked.status_code == 200
    assert server.logged()[-1]["characters"] == len(ENGLISH[0] + ENGLISH[1])
    url = asked.json()["translatedFileUrl"]
    fetched = httpx.get(url)
    assert fetched.text == f"{GERMAN[0]}\n\n  {GERMAN[1]}\n"
    name = "attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe.de.txt"
    assert fetched.headers["Content-Disposition"] == name
    assert server.logged()[-1]["path"] == "/download_file"


def test_a_page_is_translated_as_a_file(server: Server) -> None:
    asked = send(server, "A.HTML", f"<p>{ENGLISH[2]}</p>\n".encode())

    assert httpx.get(asked.json()["translatedFileUrl"]).text == f"<p>{GERMAN[2]}</p>\n"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.exe", b"x", "the file ends in .exe: this server translates .txt, "),
        ("a", b"x", "the file ends in nothing: this server translates .txt, "),
        ("a.txt", b"ab\xff", "line 1 is not UTF-8 (byte 0xff): save the file as UTF-8"),
    ],
)
def test_a_file_that_cannot_be_translated_is_refused(
    server: Server, name: str, data: bytes, message: str
) -> None:
    refused = send(server, name, data)

    assert refused.status_code == 400
    assert refused.json()["error"].startswith(message)


def test_a_field_that_is_no_file_is_refused(server: Server) -> None:
    refused = server.post("/translate_file", translate(file="text"))

    assert refused.status_code == 400
    assert refused.json() == {
        "error": "file is not valid: it must be a file, in multipart/form-data"
    }


def test_a_file_that_nobody_has_is_refused(server: Server) -> None:
    refused = server.get("/download_file/anything.txt")

    assert refused.status_code == 404
    assert refused.json() == {"error": "there is no such file, or it has expired"}


def test_files_are_kept_for_a_while_and_the_oldest_make_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "KEPT_BYTES", 10)
    now = 0.0
    kept = KeptFiles(clock=lambda: now)
    first = kept.add(File("a", b"12345"), ".txt")
    now = 500.0
    second = kept.add(File("b", b"12345"), ".txt")
    assert kept.get(first) == File("a", b"12345")

    third = kept.add(File("c", b"1"), ".txt")

    assert [kept.get(name) is not None for name in (first, second, third)] == [False, True, True]
    now = 1101.0
    assert kept.get(second) is None


def send(server: Server, name: str, data: bytes) -> httpx.Response:
    return httpx.post(
        f"{server.url}/translate_file", data=translate(), files={"file": (name, data)}, timeout=30
    )
