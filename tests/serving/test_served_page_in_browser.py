"""The page of a run, as the server gives it to a browser."""

import multiprocessing
import signal
from collections.abc import Iterator

import pytest
from inspected import ENGLISH, GERMAN
from page_in_browser import PATIENCE
from playwright.sync_api import Browser, BrowserContext, Page, expect
from served import EN_DE, Server, serving, translate

from translator.experiment.run_directory import RunDirectory

pytestmark = pytest.mark.campaign  # the page is made in a process of its own, and checked

KEY = "a key"
FETCH = """([url, fields]) => fetch(url, {
    method: "POST", body: JSON.stringify(fields), headers: {"Content-Type": "application/json"}
}).then(answer => answer.json(), String)"""


@pytest.fixture(scope="module")
def keyed(run: RunDirectory) -> Iterator[Server]:
    with serving({EN_DE: run}, keys=(KEY,), only_loopback=False) as server:
        yield server


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """With the key as the password that a browser would ask its user for."""
    context = browser.new_context(http_credentials={"username": "anybody", "password": KEY})
    context.set_default_timeout(3 * PATIENCE)
    yield context
    context.close()


def test_a_browser_waits_for_the_page_which_translates_by_itself(
    keyed: Server, context: BrowserContext
) -> None:
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(keyed.url)
    page.wait_for_selector("body:not([aria-busy]) #german")
    page.fill("#text", ENGLISH[1])
    expect(page.locator("#german")).to_have_text(GERMAN[1], timeout=PATIENCE)
    statuses = [line["status"] for line in keyed.logged() if line["path"] == "/"]
    assert statuses[-1] == 200
    assert not complaints
    again = keyed.get("/?source=en&target=de", auth=("anybody", KEY))
    assert again.status_code == 200
    assert "Content-Security-Policy" in again.text


def test_a_server_that_ends_does_not_wait_for_a_page_that_is_being_made(run: RunDirectory) -> None:
    with serving({EN_DE: run}) as server:
        others = set(multiprocessing.active_children())
        early = server.get("/")
        [making] = set(multiprocessing.active_children()) - others

    assert early.status_code == 503
    assert early.headers["Retry-After"] == "2"
    assert "The page of this model is being made" in early.text
    making.join()
    assert making.exitcode == -signal.SIGTERM


def test_a_page_of_another_site_may_ask_where_there_is_a_key_and_only_there(
    keyed: Server, server: Server, context: BrowserContext
) -> None:
    def ask(page: Page, whom: Server) -> object:
        fields = translate(q=ENGLISH[0], api_key=KEY)
        return page.evaluate(FETCH, [f"{whom.url}/translate", fields])

    elsewhere, other = context.new_page(), context.new_page()
    elsewhere.goto(f"{server.url}/health")
    other.goto(f"{keyed.url}/health")

    assert ask(elsewhere, keyed) == {"translatedText": GERMAN[0]}
    assert ask(other, server) == "TypeError: Failed to fetch"
    assert ask(elsewhere, server) == {"translatedText": GERMAN[0]}
