"""The README and the map of the repository tell the truth about the tree."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (REPOSITORY / "docs/architecture.md").read_text(encoding="utf-8")


def test_the_first_two_code_blocks_are_the_two_commands_that_ci_runs() -> None:
    blocks = re.findall(r"^```bash\n(.*?)^```", README, re.DOTALL | re.MULTILINE)

    assert blocks[:2] == [
        "pip install -r requirements.txt && python train.py\n",
        "pip install -r requirements-dev.txt && pytest -n 2\n",
    ]


def test_the_readme_is_one_screen() -> None:
    assert len(README.split()) <= 700


def test_the_map_names_every_module_and_no_other() -> None:
    the_map = ARCHITECTURE.split("## The map")[1].split("```")[1].split("translator/\n")[1]
    named, folders = set(), [REPOSITORY / "translator"]
    for line in the_map.splitlines():
        indent, name = re.fullmatch(r"( *)(\S+) .*", line).groups()
        folders = folders[: len(indent) // 2]
        if name.endswith("/"):
            folders.append(folders[-1] / name)
            _, _, modules = line.partition(": ")
            named |= {folders[-1] / f"{module}.py" for module in modules.split("; ")[0].split(", ")}
        else:
            named.add(folders[-1] / name)
    there = {
        path
        for path in (REPOSITORY / "translator").rglob("*.py")
        if path.name not in ("__init__.py", "__main__.py")
    }

    assert named == there


def test_what_ci_installs_by_digest_has_the_versions_of_the_constraints() -> None:
    names, locked = (
        pins(REPOSITORY / name) for name in ("constraints.txt", ".ci/requirements.lock")
    )

    assert names["torch"]  # whose files differ from index to index
    assert names.keys() - locked.keys() == {"torch"}
    assert {name: locked[name] for name in names.keys() & locked.keys()} == {
        name: version for name, version in names.items() if name != "torch"
    }


def pins(path: Path) -> dict[str, str]:
    found = re.findall(r"^(\S+)==([^\s;]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def test_every_link_leads_somewhere() -> None:
    folders = ("", "docs/", "data/", "data/*/", "benchmarks/", "examples/")
    documents = [path for folder in folders for path in REPOSITORY.glob(f"{folder}*.md")]
    assert {"README.md", "CONTRIBUTING.md", "architecture.md"} <= {path.name for path in documents}
    for document in documents:
        text = document.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)[)#]", text):
            assert (document.parent / target).exists(), f"{document}: {target}"
