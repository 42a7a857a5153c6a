"""The HTML around a page's data and scripts, put together from the files of this folder.

The browser is told to run only these scripts, and to use only this style: their hashes stand in the
page's policy.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template


def document(
    template: str,
    *,
    data: Mapping[str, object] | None = None,
    scripts: Sequence[str] = (),
    may: Mapping[str, str] | None = None,
    **texts: str,
) -> str:
    """The HTML of `template`, a file here, with $POLICY, $STYLE, $SCRIPTS and `texts` filled in.

    `data` becomes JSON that the scripts find by its id; `scripts` are files in bundle/, run in this
    order. `may` adds or replaces directives of the Content-Security-Policy. `texts` are
    inserted as HTML, unescaped.
    """
    style = _file("page.css")
    contents = [_file(f"bundle/{name}") for name in scripts]
    policy = {"default-src": "'none'", "style-src": _hash(style)}
    if contents:
        policy["script-src"] = " ".join(map(_hash, contents))
    policy |= {"img-src": "data:", "base-uri": "'none'", "form-action": "'none'", **(may or {})}
    elements = [
        f'<script type="application/json" id="{name}">{_json(value)}</script>'
        for name, value in (data or {}).items()
    ]
    elements += [f"<script>{content}</script>" for content in contents]
    return Template(_file(template)).substitute(
        POLICY="; ".join(f"{name} {value}" for name, value in policy.items()),
        STYLE=style,
        SCRIPTS="\n".join(elements),
        **texts,
    )


def _file(name: str) -> str:
    return files("translator.inspection.page").joinpath(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _json(value: object) -> str:
    # "</script>" in a sentence must not end the data.
    return json.dumps(value, ensure_ascii=True, allow_nan=False).replace("<", "\\u003c")
