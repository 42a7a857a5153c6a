"""docs/page.html: the embedded corpus's model, in today's page."""

import json
import re

from living_page import PAGE, PICTURE, SENTENCE, refreshed

ADVICE = "docs/page.html is not of today's scripts and style: run `make js`"


def test_the_page_in_the_docs_has_todays_scripts_and_style() -> None:
    html = PAGE.read_text(encoding="utf-8")

    assert refreshed(html) == html, ADVICE


def test_it_is_small_enough_to_be_kept_and_opens_at_its_sentence() -> None:
    html = PAGE.read_text(encoding="utf-8")
    [model] = re.findall(r'<script type="application/json" id="model">(.*?)</script>', html)
    embedded = json.loads(model)

    assert len(html.encode()) < 3_000_000
    assert embedded["text"] == SENTENCE
    assert embedded["precision"] == "int8"
    assert len(embedded["checks"]) == 20
    assert PICTURE.stat().st_size < 400_000
