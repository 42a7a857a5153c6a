"""The HTML around a page's data and its script, put together from the files of this folder.

The browser is told to run only this script, and to use only this style: their hashes stand in the
page's policy.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template


def document(
    data: Mapping[str, object],
    name: str = "page",
    *,
    styles: Sequence[str] = (),
    parts: Mapping[str, object] | None = None,
) -> str:
    """The HTML of `name`.html with the policy, the style, `data` as JSON, and the script of that
    name. The style is page.css and, after it, `styles`.

    `parts` by their ids are JSON, too. They stand behind the script, which runs before the browser
    has read them, and the browser does not look into them before the script asks for one.
    """
    style = "".join(_file(f"{one}.css") for one in ("page", *styles))
    script = _file(f"bundle/{name}.js")
    policy = {
        "default-src": "'none'",
        "style-src": _hash(style),
        "script-src": _hash(script),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return Template(_file(f"{name}.html")).substitute(
        POLICY=_policy(policy),
        STYLE=style,
        DATA=_json(data),
        SCRIPT=script,
        PARTS="\n".join(_part(id_, value) for id_, value in (parts or {}).items()),
    )


def plain_document(name: str, **values: str) -> str:
    """The HTML of `name`.html with the policy, the style of page.css and `name`.css, and `values`,
    which are HTML. It has no script, and the browser is told to run none."""
    style = _file("page.css") + _file(f"{name}.css")
    policy = {"default-src": "'none'", "style-src": _hash(style), "base-uri": "'none'"}
    return Template(_file(f"{name}.html")).substitute(POLICY=_policy(policy), STYLE=style, **values)


def _policy(rules: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _file(name: str) -> str:
    return files("translator.inspection.page").joinpath(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _part(id_: str, value: object) -> str:
    return f'<script type="application/json" id="{id_}">{_json(value)}</script>'


def _json(value: object) -> str:
    # "</script>" in a sentence must not end the data.
    return json.dumps(value, ensure_ascii=True, allow_nan=False).replace("<", "\\u003c")
