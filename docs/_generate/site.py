"""Hooks of MkDocs, which builds the site.

Links that lead out of docs/ go to the repository, if `repo_url` in mkdocs.yml says where it is; if
not, the text stays and the link goes. The theme loads a script from elsewhere, which search needs
on pages that are opened from a folder: it is taken from node_modules.
"""

import re
import shutil
from pathlib import Path
from typing import Any

OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+([^)#]+)(#[^)]*)?\)")
SHIM = "https://unpkg.com/iframe-worker/shim"
OURS = "assets/javascripts/iframe-worker.js"
NODE_MODULES = Path(__file__).parents[2] / "node_modules"


def on_page_markdown(markdown: str, config: Any, **_: object) -> str:
    """Called with each page before it becomes HTML."""
    url = (config.repo_url or "").rstrip("/")

    def replaced(link: re.Match[str]) -> str:
        text, path, anchor = link[1], link[2], link[3] or ""
        if url:
            return f"[{text}]({url}/blob/main/{path}{anchor})"
        return text if path in text else f"{text} (`{path}`)"

    return OUTSIDE.sub(replaced, markdown)


def on_post_page(output: str, **_: object) -> str:
    """Called with each page as HTML; all pages lie in one folder."""
    return output.replace(SHIM, OURS)


def on_post_build(config: Any) -> None:
    """Called when all pages are written."""
    shutil.copy(NODE_MODULES / "iframe-worker/shim/index.js", Path(config.site_dir) / OURS)
