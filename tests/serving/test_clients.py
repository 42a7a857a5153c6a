"""Programs of others that speak LibreTranslate's API, against a real server."""

from collections.abc import Iterator
from urllib.error import HTTPError

import pytest
from deep_translator import LibreTranslator
from deep_translator.exceptions import AuthorizationException
from inspected import ENGLISH, GERMAN
from libretranslatepy import LibreTranslateAPI
from served import EN_DE, Server, serving

from translator.experiment.run_directory import RunDirectory

KEY = "a key"


@pytest.fixture(scope="module")
def keyed(run: RunDirectory) -> Iterator[Server]:
    with serving({EN_DE: run}, keys=(KEY,)) as server:
        yield server


def test_libretranslatepy_translates_detects_and_lists(server: Server) -> None:
    client = LibreTranslateAPI(server.url)

    assert client.translate(ENGLISH[0], "en", "de") == GERMAN[0]
    assert client.translate("\n".join(ENGLISH), "auto", "de") == "\n".join(GERMAN)
    assert client.detect(GERMAN[1])[0]["language"] == "de"
    assert client.languages()[0] == {"code": "en", "name": "English", "targets": ["de"]}


def test_libretranslatepy_gives_its_key(keyed: Server) -> None:
    assert LibreTranslateAPI(keyed.url, KEY).translate(ENGLISH[2], "en", "de") == GERMAN[2]
    with pytest.raises(HTTPError, match="403"):
        LibreTranslateAPI(keyed.url).translate(ENGLISH[2], "en", "de")


def test_deep_translator_translates_one_text_and_several(keyed: Server) -> None:
    client = LibreTranslator("English", "German", api_key=KEY, custom_url=f"{keyed.url}/")

    assert client.translate(ENGLISH[0]) == GERMAN[0]
    assert client.translate_batch(ENGLISH) == GERMAN


def test_deep_translator_is_told_that_its_key_is_wrong(keyed: Server) -> None:
    client = LibreTranslator("en", "de", api_key="another", custom_url=f"{keyed.url}/")

    with pytest.raises(AuthorizationException):
        client.translate(ENGLISH[0])
    assert ENGLISH[0] not in "".join(keyed.log)  # it stands in the address
