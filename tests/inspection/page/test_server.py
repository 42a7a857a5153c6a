"""The served page, asked over HTTP as a browser asks, and as others do who should not be served."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

import pytest
from inspected import ENGLISH

from translator.decoding.translator import Translator
from translator.errors import ConfigError
from translator.inspection.page.server import ADDRESS, MAX_BODY, Server, Workbench
from translator.inspection.record import inspect_translation
from translator.inspection.what_if import what_if

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def server(trained_translator: Translator) -> Iterator[Server]:
    with Server(Workbench(trained_translator), port=0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_text_gets_its_page_which_may_ask_this_server_and_nobody_else(server: Server) -> None:
    status, headers, page = ask(server, "/?" + urlencode({"text": ENGLISH[0]}))

    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    policy = page.split('Content-Security-Policy" content="')[1].split('"')[0]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == rules["form-action"] == "'self'"
    assert rules["script-src"].count("'sha256-") == 2
    assert "'unsafe" not in policy
    assert json.dumps(ENGLISH[0]) in page


def test_without_a_text_there_is_a_text_field(server: Server) -> None:
    status, _, page = ask(server, "/")

    assert status == 200
    assert '<input id="text" name="text"' in page


def test_a_text_stays_text(server: Server) -> None:
    attack = "A </script><script>alert(1)</script> dog"

    _, _, page = ask(server, "/?" + urlencode({"text": attack}))

    assert page.count("<script") == page.count("</script") == 4  # data, page, served, served.js
    assert "alert(1)</script>" not in page


def test_a_muted_head_and_a_changed_row_decode_as_what_if_does(
    server: Server, trained_translator: Translator
) -> None:
    inspection = inspect_translation(trained_translator, ENGLISH[2])
    row = [0.0] * len(inspection.source)
    row[3] = 1.0
    muted = {(layer, head): "zero" for layer in range(2) for head in range(4)}
    expected = what_if(
        inspection, trained_translator, ablate=muted, override={(0, 1, 2): row}, redecode=True
    )

    status, _, answer = post_what_if(
        server,
        text=ENGLISH[2],
        ablate=[[*place, how] for place, how in muted.items()],
        override=[[0, 1, 2, row]],
    )

    assert status == 200
    assert answer["before"] == inspection.translation
    assert answer["after"] == expected.translation != answer["before"]
    assert answer["changes"] == pytest.approx(expected.changes.tolist())
    assert answer["newTop"] == expected.new_top


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, 'the request has no "text"'),
        ({"text": 7}, 'the request has no "text"'),
        ({"text": " \n"}, "the text is blank: give a sentence"),
        ({"text": "dog " * 600}, "inspection takes at most 512: give it sentence by sentence"),
        ({"text": "A dog", "ablate": [[9, 0, "zero"]]}, "there is no head 0 in layer 9"),
        ({"text": "A dog", "ablate": [[0, 0, "loud"]]}, "cannot be made 'loud'"),
        (
            {"text": "A dog", "ablate": [["zero"]]},
            "names no heads, rows or positions: a head is layer and head, a row",
        ),
        ({"text": "A dog", "ablate": 3}, "the request names no heads, rows or positions"),
        ({"text": "A dog", "ablate": {"a": 1}}, "the request names no heads, rows or positions"),
        ({"text": "A dog", "drop": [True]}, "the request names no heads, rows or positions"),
        ({"text": "A dog", "drop": [99]}, "source position 99 cannot be dropped"),
        ({"text": "A dog", "override": [[0, 0, 1, [float("nan"), 1]]]}, "has 2 weights: give"),
        ({"text": "A dog", "override": [[0, 0, 1, ["x"]]]}, "names no heads, rows or positions"),
        ([], 'the request has no "text"'),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    server: Server, asked: object, message: str
) -> None:
    status, _, body = ask(server, "/what_if", json.dumps(asked), JSON)

    assert status == 400
    assert message in json.loads(body)["error"]


@pytest.mark.parametrize("body", ["{", "[" * 100_000, "\x00"])
def test_a_request_that_is_no_json_is_refused(server: Server, body: str) -> None:
    status, _, answer = ask(server, "/what_if", body, JSON)

    assert status == 400
    assert json.loads(answer) == {"error": "the request is no JSON"}


@pytest.mark.parametrize("length", [str(MAX_BODY + 1), "9" * 30, "-1", "x", "²"])
def test_a_body_of_no_or_too_great_a_length_is_not_read(server: Server, length: str) -> None:
    with socket.create_connection((ADDRESS, server.server_port), timeout=10) as connection:
        head = f"POST /what_if HTTP/1.1\r\nHost: {ADDRESS}\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: {length}\r\n\r\n".encode())
        answer = connection.makefile("rb").read().decode()

    assert " 400 " in answer.splitlines()[0]
    assert "the request " in answer


def test_a_blank_or_overlong_text_in_the_field_gets_the_field_again_with_the_reason(
    server: Server,
) -> None:
    for text, reason in ((" ", "the text is blank"), ("dog " * 600, "takes at most 512")):
        status, _, page = ask(server, "/?" + urlencode({"text": text}))

        assert status == 400
        assert reason in page
        assert '<input id="text" name="text"' in page


def test_a_text_longer_than_in_training_is_translated_with_a_notice(server: Server) -> None:
    status, _, page = ask(server, "/?" + urlencode({"text": " ".join(ENGLISH * 3)}))

    assert status == 200
    assert "the model was trained on at most 30" in page


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "evil.example:80@127.0.0.1"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}, 200),
        ({"Host": "LOCALHOST:8000"}, 200),
        ({"Host": "localhost:1", "Origin": "http://localhost:1"}, 200),
    ],
)
def test_only_pages_of_this_server_are_served(
    server: Server, headers: Mapping[str, str], expected: int
) -> None:
    status, _, body = ask(server, "/", headers=headers)

    assert status == expected
    assert (body == "this is served to this machine only") == (expected == 403)


def test_another_site_cannot_post_with_a_form(server: Server) -> None:
    status, _, body = ask(server, "/what_if", '{"text": "A dog"}', {"Content-Type": "text/plain"})

    assert (status, body) == (415, "only application/json is read")


def test_there_is_nothing_else(server: Server) -> None:
    assert ask(server, "/etc/passwd")[0] == 404
    assert ask(server, "/what_if")[0] == 404
    assert ask(server, "/", "{}", JSON)[0] == 404


def test_a_mistake_of_the_program_is_not_shown_to_the_browser(
    trained_translator: Translator, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Workbench):
        def page(self, text: str) -> str:
            raise KeyError(text)

    with Server(Broken(trained_translator), port=0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        status, _, page = ask(server, "/?text=secret")
        server.shutdown()
        thread.join()

    assert status == 500
    assert "something is wrong in the program; its terminal shows what" in page
    assert "secret" not in page
    assert "KeyError: 'secret'" in caplog.text


def test_a_slow_client_keeps_nobody_waiting(server: Server) -> None:
    with socket.create_connection((ADDRESS, server.server_port), timeout=10) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\n")

        assert ask(server, "/")[0] == 200


def test_only_this_machine_is_listened_to(server: Server) -> None:
    assert server.socket.getsockname()[0] == "127.0.0.1"


def test_a_port_that_cannot_be_had_is_said(server: Server) -> None:
    with pytest.raises(ConfigError, match=r"another program has it\): choose another with --port"):
        Server(server.workbench, server.server_port)
    with pytest.raises(ConfigError, match=r"--port is 65536: ports are 1 to 65535, and 0 is any"):
        Server(server.workbench, 65536)


def post_what_if(
    server: Server, **asked: object
) -> tuple[int, Mapping[str, str], dict[str, object]]:
    status, headers, body = ask(server, "/what_if", json.dumps(asked), JSON)
    return status, headers, json.loads(body)


def ask(
    server: Server, path: str, body: str | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Mapping[str, str], str]:
    """GET, or POST where there is a body."""
    connection = http.client.HTTPConnection(ADDRESS, server.server_port, timeout=60)
    method = "GET" if body is None else "POST"
    connection.request(method, path, body, dict(headers or {}))
    response = connection.getresponse()
    found = response.status, dict(response.getheaders()), response.read().decode()
    connection.close()
    return found
