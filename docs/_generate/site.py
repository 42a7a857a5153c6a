"""A hook of MkDocs: links that lead out of docs/ go to the repository, where its address is set.

Without `repo_url` in mkdocs.yml the text stays and the link goes.
"""

import re
from typing import Any

OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+([^)#]+)(#[^)]*)?\)")


def on_page_markdown(markdown: str, config: Any, **_: object) -> str:
    """Called with each page before it becomes HTML."""
    url = (config.repo_url or "").rstrip("/")

    def replaced(link: re.Match[str]) -> str:
        text, path, anchor = link[1], link[2], link[3] or ""
        return f"[{text}]({url}/blob/main/{path}{anchor})" if url else f"{text} (`{path}`)"

    return OUTSIDE.sub(replaced, markdown)
