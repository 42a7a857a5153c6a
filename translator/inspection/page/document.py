"""The HTML around a page's data and its script, put together from the files of this folder.

The browser is told to run only this script, and to use only this style: their hashes stand in the
page's policy.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from string import Template


def document(model: Mapping[str, object], parts: Mapping[str, object]) -> str:
    """The HTML of page.html with the policy, the style, `model` as JSON, and the script.

    `parts` by their ids are JSON, too. They stand behind the script, which runs before the browser
    has read them, and the browser does not look into them before the script asks for one.
    """
    style, script = _file("page.css"), _file("bundle/page.js")
    policy = {
        "default-src": "'none'",
        "style-src": _hash(style),
        "script-src": _hash(script),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    data = [_data(name, value) for name, value in parts.items()]
    return Template(_file("page.html")).substitute(
        POLICY="; ".join(f"{name} {value}" for name, value in policy.items()),
        STYLE=style,
        SCRIPTS="\n".join([_data("model", model), f"<script>{script}</script>", *data]),
    )


def _file(name: str) -> str:
    return files("translator.inspection.page").joinpath(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _data(name: str, value: object) -> str:
    return f'<script type="application/json" id="{name}">{_json(value)}</script>'


def _json(value: object) -> str:
    # "</script>" in a sentence must not end the data.
    return json.dumps(value, ensure_ascii=True, allow_nan=False).replace("<", "\\u003c")
