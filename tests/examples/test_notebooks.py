"""The examples do what they say: notebooks run from end to end, and show it in a browser."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
EXAMPLES = REPOSITORY / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
FEW = "\nmax_steps = general_steps = 20\nown_steps = 10"
"""What the cell of parameters ends with here: a model that babbles is soon trained."""
SIZES = """(of => [of.scrollHeight, innerHeight, of.scrollWidth, innerWidth])(
    document.documentElement)"""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs_and_has_one_cell_of_parameters(path: Path) -> None:
    cells = read(path)["cells"]

    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert sum("parameters" in cell["metadata"].get("tags", []) for cell in cells) == 1


def test_all_notebooks_name_one_repository_and_each_its_own_badge() -> None:
    named = set()
    for path in NOTEBOOKS:
        text = "\n".join("".join(cell["source"]) for cell in read(path)["cells"])
        badge = re.search(rf"github/([^/]+/[^/]+)/blob/main/examples/{path.stem}\.ipynb", text)
        clone = re.search(r"git clone --depth 1 https://github.com/(\S+)", text)
        assert badge, path
        assert clone, path
        named |= {badge[1], clone[1]}

    assert len(named) == 1


@pytest.fixture(scope="module")
def executed(workplace: Path) -> Iterator[dict[str, Any]]:
    """Each notebook with its outputs, by name; trained for a few steps."""
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(REPOSITORY))
        yield {
            path.stem: execute(nbformat.read(path, 4), nbclient, workplace) for path in NOTEBOOKS
        }


@pytest.mark.campaign
def test_a_training_shows_a_bar_and_each_line_of_its_log_once(executed: dict[str, Any]) -> None:
    for notebook in executed.values():
        shown = "".join(streams(notebook, "stdout"))
        assert streams(notebook, "stderr") == []
        assert "20/20" in shown
        assert len(re.findall(r"step 20, .*: validation loss", shown)) == 1
        assert len(re.findall(r"[\r\n] {4}\S.* -> ", shown)) >= 3


@pytest.mark.campaign
def test_inspections_are_shown_in_frames_as_high_as_they_are_and_do_not_meet(
    executed: dict[str, Any], workplace: Path
) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    file = workplace / "outputs.html"
    file.write_text(as_page(executed["first_look"]), encoding="utf-8")

    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 900, "height": 900})
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(file.as_uri())
        frames = [frame for frame in page.frames if frame != page.main_frame]
        for frame in frames:
            frame.wait_for_selector("#matrix-0-0")
        page.wait_for_timeout(500)
        page.screenshot(path=workplace / "outputs.png", full_page=True)  # to look at

        assert len(frames) == 3
        for frame in frames:
            content, height, width, room = frame.evaluate(SIZES)
            assert content <= height < content + 40
            assert width <= room
        left, right = frames[1:]
        assert "turns on the lamp" in left.inner_text("#lead")
        assert "turns off the lamp" in right.inner_text("#lead")
        before = right.inner_text("#section-2")
        left.focus("#matrix-1-0")
        left.press("#matrix-1-0", "Enter")
        assert left.input_value("#step") == "1"
        assert right.inner_text("#section-2") == before
        browser.close()
    assert complaints == []


@pytest.mark.campaign
def test_a_model_for_ones_own_text_is_shown_before_and_after(executed: dict[str, Any]) -> None:
    shown = "".join(streams(executed["your_own_text"], "stdout"))

    assert shown.count("before: ") == shown.count("after:  ") == 5


@pytest.mark.campaign
def test_the_examples_of_the_page_about_python_run(
    executed: dict[str, Any], workplace: Path
) -> None:
    page = (REPOSITORY / "docs/python.md").read_text(encoding="utf-8")
    _, *blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)  # the first trains anew
    # A model of few steps has no page in float16: it would translate otherwise.
    program = "import translator\n" + "".join(blocks).replace('"float16"', '"float32"')

    done = run_python("-c", program, folder=workplace)

    assert done.returncode == 0, done.stderr
    for name in ("page.html", "dog.pdf", "dog.npz"):
        assert (workplace / name).is_file()


@pytest.mark.campaign
def test_the_script_trains_translates_and_draws(workplace: Path) -> None:
    script = str(EXAMPLES / "train_from_python.py")

    done = run_python(script, "--max_steps", "8", "--run", "runs/script", folder=workplace)

    assert done.returncode == 0, done.stderr
    assert "Inspection('The man turns on the lamp.' -> " in done.stdout
    assert (workplace / "runs/script/attention.png").is_file()


def run_python(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
    )


def execute(notebook: Any, nbclient: Any, folder: Path) -> Any:
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source += FEW
    resources = {"metadata": {"path": str(folder)}}
    nbclient.NotebookClient(notebook, timeout=600, resources=resources).execute()
    return notebook


def read(path: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def outputs(notebook: Any) -> Iterator[Any]:
    for cell in notebook.cells:
        yield from cell.get("outputs", [])


def streams(notebook: Any, name: str) -> list[str]:
    return [one.text for one in outputs(notebook) if one.get("name") == name]


def as_page(notebook: Any) -> str:
    """What the cells show, one below the other, as Jupyter has it."""
    shown = []
    for output in outputs(notebook):
        data = output.get("data", {})
        text = output.get("text") or data.get("text/plain", "")
        shown.append(data.get("text/html") or f"<pre>{escape(text)}</pre>")
    return f'<!doctype html><meta charset="utf-8">{"".join(f"<div>{one}</div>" for one in shown)}'


def chromium() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    return path
