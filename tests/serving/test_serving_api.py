"""What is asked of a server, and how it answers."""

import json
from collections.abc import Iterator

import httpx
import pytest
from inspected import ENGLISH, GERMAN
from served import EN_DE, Server, serving, translate

from translator.decoding.strategies import BeamSearch
from translator.decoding.translator import Translator
from translator.experiment.run_directory import RunDirectory
from translator.serving.languages import Pair
from translator.serving.limits import Limits

KEYS = ("first key", "zweiter Schlüssel")


@pytest.fixture(scope="module")
def strict(run: RunDirectory) -> Iterator[Server]:
    """One that asks for a key, and allows little."""
    limits = Limits(max_characters=40, requests_per_minute=4)
    with serving({EN_DE: run}, keys=KEYS, limits=limits, only_loopback=False) as server:
        yield server


def test_one_text_has_one_translation_and_a_list_has_a_list(server: Server) -> None:
    one = server.post("/translate", translate(q=ENGLISH[0]))
    several = server.post("/translate", translate(q=[ENGLISH[2], "", ENGLISH[1]]))

    assert one.status_code == several.status_code == 200
    assert one.json() == {"translatedText": GERMAN[0]}
    assert several.json() == {"translatedText": [GERMAN[2], "", GERMAN[1]]}
    assert server.post("/translate", translate(q=[])).json() == {"translatedText": []}


def test_fields_may_stand_in_json_in_a_form_or_in_the_address(server: Server) -> None:
    fields = translate(q=ENGLISH[0])
    address = f"{server.url}/translate"

    answers = [
        httpx.post(address, data=fields),
        httpx.post(address, data=fields, files={"unused": b""}),  # multipart
        httpx.post(address, params=fields),
        httpx.post(address, params={**fields, "q": "something else"}, json={"q": ENGLISH[0]}),
    ]

    assert [answer.json() for answer in answers] == [{"translatedText": GERMAN[0]}] * 4


def test_line_breaks_and_the_white_space_around_lines_stay(server: Server) -> None:
    text = f"\n  {ENGLISH[0]}\r\n\r\n\t{ENGLISH[1]} \n"

    answer = server.post("/translate", translate(q=text)).json()

    assert answer == {"translatedText": f"\n  {GERMAN[0]}\r\n\r\n\t{GERMAN[1]} \n"}


def test_alternatives_are_the_next_best_of_the_beam(
    server: Server, trained_translator: Translator
) -> None:
    texts = ["A dog sits.", "Two men"]
    strategy = BeamSearch(beam_size=3, num_best=3)
    expected = [
        [translation.text for translation in found]
        for found in trained_translator.translate_all(texts, strategy)
    ]
    assert all(len(set(found)) == 3 for found in expected)

    answer = server.post("/translate", translate(q=texts, alternatives=2)).json()

    assert answer["translatedText"] == [found[0] for found in expected]
    assert answer["alternatives"] == [found[1:] for found in expected]
    one = server.post("/translate", translate(q=texts[0], alternatives="1")).json()
    assert one["alternatives"] == expected[0][1:2]


def test_the_source_language_can_be_found_out(server: Server) -> None:
    one = server.post("/translate", translate(q=ENGLISH[1], source="auto")).json()
    several = server.post("/translate", translate(q=ENGLISH, source="auto")).json()

    assert one["translatedText"] == GERMAN[1]
    assert one["detectedLanguage"]["language"] == "en"
    assert 90 < one["detectedLanguage"]["confidence"] <= 100
    assert several["translatedText"] == GERMAN
    assert [each["language"] for each in several["detectedLanguage"]] == ["en"] * 3


def test_what_is_in_the_target_language_already_stays_as_it_is(server: Server) -> None:
    answer = server.post("/translate", translate(q=f" {GERMAN[0]}\n", source="auto")).json()

    assert answer["translatedText"] == f" {GERMAN[0]}\n"
    assert answer["detectedLanguage"]["language"] == "de"


def test_a_text_is_told_to_be_in_the_likeliest_of_the_served_languages(server: Server) -> None:
    german = server.post("/detect", {"q": GERMAN[2]}).json()

    assert [each["language"] for each in german] == ["de", "en"]
    assert german[0]["confidence"] > 90
    assert sum(each["confidence"] for each in german) == pytest.approx(100, abs=0.2)


def test_each_language_is_listed_with_what_it_is_translated_into(run: RunDirectory) -> None:
    runs = {EN_DE: run, Pair("de", "fr"): run, Pair("de", "dialect"): run}
    with serving(runs) as server:
        listed = server.get("/languages").json()
        answer = server.post("/translate", translate(q=ENGLISH[0], source="de", target="dialect"))
        refused = server.post("/translate", translate(q="", source="en", target="fr"))

    assert listed == [
        {"code": "en", "name": "English", "targets": ["de"]},
        {"code": "de", "name": "German", "targets": ["fr", "dialect"]},
        {"code": "fr", "name": "French", "targets": []},
        {"code": "dialect", "name": "dialect", "targets": []},
    ]
    assert answer.json() == {"translatedText": GERMAN[0]}  # it is the same run
    assert refused.json() == {
        "error": "this server does not translate en to fr: it translates en into de"
    }


def test_languages_that_nobody_can_tell_apart_must_be_named(run: RunDirectory) -> None:
    with serving({Pair("src", "tgt"): run}) as server:
        refused = server.post("/detect", {"q": ENGLISH[0]})

    assert refused.status_code == 400
    assert refused.json() == {
        "error": "the languages of this server cannot be detected from text: name the source"
    }


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"q": "A dog", "source": "en"}, "target is missing: it must be text"),
        ({}, "q is missing: it must be text, or a list of texts"),
        ({"q": 7}, "q is not valid: it must be text, or a list of texts"),
        ({"q": ["A", None]}, "q is not valid: it must be text, or a list of texts"),
        (translate(q="A", source=["en"]), "source is not valid: it must be text"),
        (translate(q="A", target="xx"), "xx is not a language of this server: it has en, de"),
        (
            translate(q="A", source="de", target="en"),
            "this server does not translate de to en: it translates nothing from de",
        ),
        (
            translate(q="A", alternatives=3),
            "alternatives is not valid: it must be a whole number from 0 to 2",
        ),
        (
            translate(q="A", target="en", alternatives=-1),
            "alternatives is not valid: it must be a whole number from 0 to 2",
        ),
        (
            translate(q="A", alternatives=True),
            "alternatives is not valid: it must be a whole number from 0 to 2",
        ),
        (translate(q="A", format="pdf"), "format is not valid: it must be text or html"),
        (
            translate(q="A" * 10_001),
            "q has 10001 characters: this server takes at most 10000 at once",
        ),
    ],
)
def test_what_cannot_be_translated_is_refused_in_one_sentence(
    server: Server, fields: object, message: str
) -> None:
    refused = server.post("/translate", fields)

    assert (refused.status_code, refused.json()) == (400, {"error": message})


@pytest.mark.parametrize(
    ("body", "kind", "status", "message"),
    [
        (b"{", "application/json", 400, "the request is not valid JSON"),
        (b"[" * 99_000, "application/json", 400, "the request is not valid JSON"),
        (b"\xff", "application/json", 400, "the request is not valid JSON"),
        (
            b"[]",
            "application/json; charset=utf-8",
            400,
            "the request is JSON, but not an object: send an object",
        ),
        (
            rb'{"q": "\ud800", "source": "en", "target": "de"}',
            "application/json",
            400,
            "q has half of a surrogate pair: it must be Unicode text",
        ),
        (b"x", "multipart/form-data", 400, "the request is not a complete form"),
        (b"x", "multipart/form-data; boundary=y", 400, "the request is not a complete form"),
        (b"<q/>", "text/xml", 415, "the request is text/xml: send application/json or a form"),
        (b"x", "", 415, "the request is of no named type: send application/json or a form"),
        (
            b"x" * 130_001,
            "application/json",
            413,
            "the request has more than 130000 bytes: send less at once",
        ),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_in_one_sentence(
    server: Server, body: bytes, kind: str, status: int, message: str
) -> None:
    refused = httpx.post(
        f"{server.url}/translate", content=body, headers={"Content-Type": kind} if kind else {}
    )

    assert (refused.status_code, refused.json()) == (status, {"error": message})


def test_a_body_that_says_nothing_about_its_length_is_cut_off_too(server: Server) -> None:
    refused = httpx.post(f"{server.url}/translate", content=(b"x" * 9_999 for _ in range(14)))

    assert refused.status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/translate", 405), ("POST", "/languages", 405), ("GET", "/x", 404)],
)
def test_what_does_not_exist_is_refused_in_the_same_shape(
    server: Server, method: str, path: str, status: int
) -> None:
    refused = httpx.request(method, f"{server.url}{path}")

    assert refused.status_code == status
    assert list(refused.json()) == ["error"]


def test_a_server_with_keys_translates_only_for_who_has_one(strict: Server) -> None:
    fields = translate(q=ENGLISH[1])

    missing = strict.post("/translate", fields)
    wrong = strict.post("/translate", {**fields, "api_key": "zweiter"})
    right = [strict.post("/translate", {**fields, "api_key": key}) for key in KEYS]

    assert missing.status_code == wrong.status_code == 403
    assert missing.json() == {"error": "api_key is missing: ask the operator for one"}
    assert wrong.json() == {
        "error": "api_key is not a key of this server: ask the operator for one"
    }
    assert [answer.json() for answer in right] == [{"translatedText": GERMAN[1]}] * 2
    assert strict.get("/languages").status_code == 200
    page = strict.get("/", auth=("anybody", "wrong"))
    assert page.status_code == 401
    assert page.headers["WWW-Authenticate"] == 'Basic realm="translator"'
    assert "give the API key as the password" in page.json()["error"]


def test_each_key_has_its_own_share_of_requests(run: RunDirectory) -> None:
    with serving({EN_DE: run}, keys=KEYS, limits=Limits(requests_per_minute=2)) as server:
        fields = [translate(q="", api_key=KEYS[0])] * 3 + [translate(q="", api_key=KEYS[1])]
        answers = [server.post("/translate", each) for each in fields]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
    seconds = answers[2].headers["Retry-After"]
    assert 25 <= int(seconds) <= 30
    assert answers[2].json() == {
        "error": f"this server takes 2 requests a minute: try again in {seconds} seconds"
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example"},
        {"Host": "127.0.0.1.example"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"},
    ],
)
def test_a_page_of_another_site_cannot_ask_through_a_browser(
    server: Server, headers: dict[str, str]
) -> None:
    refused = server.post("/translate", translate(q=ENGLISH[0]), headers=headers)

    assert refused.status_code == 403
    assert refused.json() == {
        "error": "this server answers only its own machine: use the name localhost, or start the "
        "server with --api_key"
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost:5000", "Origin": "http://localhost:5000"},
        {"Host": "[::1]:5000"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"},
    ],
)
def test_a_page_of_its_own_and_a_link_can(server: Server, headers: dict[str, str]) -> None:
    assert server.get("/health", headers=headers).json() == {"status": "ok"}


def test_a_server_with_keys_answers_pages_of_any_site(strict: Server) -> None:
    headers = {"Host": "rebound.example", "Origin": "https://elsewhere.example"}

    answer = strict.get("/languages", headers=headers)

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_log_tells_what_was_asked_but_not_the_text(server: Server) -> None:
    secret = "Geheimnis"

    server.post("/translate", translate(q=f"{secret} x"))
    assert server.logged()[-1] | {"time": "", "ms": 0} == {
        "time": "",
        "method": "POST",
        "path": "/translate",
        "status": 200,
        "ms": 0,
        "characters": 11,
        "queue": 0,
    }
    httpx.post(f"{server.url}/translate", params=translate(q=secret))
    server.post("/translate", {"q": secret})
    server.get(f"/{secret}")
    server.get(f"/translate/{secret}")

    assert [json.loads(line)["path"] for line in server.log[-4:]] == [
        "/translate",
        "/translate",
        None,
        "/translate",
    ]
    assert secret not in "".join(server.log)


def test_a_bug_is_told_without_what_it_was_and_the_server_goes_on(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("secret")

    with monkeypatch.context() as patch:
        patch.setattr(server.api.dispatcher, "translate", fail)
        failed = server.post("/translate", translate(q=ENGLISH[0]))

    assert failed.status_code == server.logged()[-1]["status"] == 500
    assert failed.json() == {"error": "internal error: the operator finds the details in the log"}
    assert server.post("/translate", translate(q=ENGLISH[0])).status_code == 200
