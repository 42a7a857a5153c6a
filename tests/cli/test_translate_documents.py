"""`translate --input FILE --output FILE`: documents, as a person translates them."""

import os
from pathlib import Path

import pytest
from inspected import ENGLISH, GERMAN, SHAPE
from tiny_runs import save_model

from translator.cli.main import run_command
from translator.config import Config, DecodingConfig, TokenizerConfig
from translator.decoding.translator import Translator
from translator.experiment.run_directory import RunDirectory

PAGE = f"<title>{ENGLISH[1]}</title>\n<p>{ENGLISH[0]} <b>{ENGLISH[1]}</b><br>\n"
TRANSLATED = f"<title>{GERMAN[1]}</title>\n<p>{GERMAN[0]} <b>{GERMAN[1]}</b><br>\n"


@pytest.fixture(scope="module")
def run(trained_translator: Translator, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of a model that knows three sentences by heart."""
    path = tmp_path_factory.mktemp("runs") / "a"
    run = RunDirectory(path)
    run.create(
        Config(
            tokenizer=TokenizerConfig(vocab_size=330),
            model=SHAPE,
            decoding=DecodingConfig(beam_size=2),
        )
    )
    run.save_tokenizer(trained_translator.tokenizer)
    save_model(run, trained_translator.model, trained_translator.tokenizer)
    return str(path)


def translate(*options: object) -> int:
    return run_command("translate", list(map(str, options)), "translate.py")


def test_a_document_is_written_beside_and_nothing_is_said(
    run: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.HTML").write_text(PAGE, encoding="utf-8")

    code = translate(
        "--run", run, "--input", tmp_path / "page.HTML", "--output", tmp_path / "seite.html"
    )

    assert code == 0
    assert (tmp_path / "seite.html").read_text(encoding="utf-8") == TRANSLATED
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.HTML", "seite.html"]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("options", [["--beam_size", "1"], ["--mbr", "3", "--temperature", "0.1"]])
def test_the_search_of_documents_can_be_chosen(
    run: str, tmp_path: Path, options: list[str]
) -> None:
    file = tmp_path / "page.html"
    file.write_text(PAGE, encoding="utf-8")

    assert translate("--run", run, "--input", file, "--output", file, *options) == 0

    assert file.read_text(encoding="utf-8") == TRANSLATED


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--input", "page.html"],
            "--input page.html is a document: name its translation with --output FILE.html, or "
            "use < page.html to translate its lines, markup included",
        ),
        (
            ["--input", "a page.html"],
            "--input a page.html is a document: name its translation with --output FILE.html, or "
            "use < 'a page.html' to translate its lines, markup included",
        ),
        (
            ["--input", "page.html", "--output", "page.md"],
            "--output page.md must end in .html, as --input page.html does",
        ),
        (
            ["--input", "page.txt", "--output", "seite.txt"],
            "--output needs a document, --input FILE.html|.htm|.xhtml|.md|.markdown|.srt|.vtt|.po|"
            ".pot|.xliff|.xlf|.docx: to write the translations of lines to a file, use > FILE",
        ),
        (
            ["--input", "page.html", "--output", "b.html", "--json"],
            "--json is for lines, not for documents: leave it out",
        ),
        (
            ["--input", "page.html", "--output", "b.html", "--prefix", "Ein"],
            "--prefix is for lines, not for documents: leave it out",
        ),
        (
            ["--input", "none.html", "--output", "b.html"],
            "--input none.html cannot be read: No such file or directory",
        ),
        (
            ["--input", "page.html", "--output", "none/b.html"],
            "--output none/b.html: there is no folder none: make it first",
        ),
        (
            ["--input", "bad.html", "--output", "b.html"],
            "bad.html cannot be translated: line 2 is not UTF-8 (byte 0xf6): save the file as "
            "UTF-8, for example with iconv -f latin1 -t utf-8",
        ),
        (
            ["--input", "bad.docx", "--output", "b.docx"],
            "bad.docx cannot be translated: this is not a complete Word document: File is not a "
            "zip file",
        ),
    ],
)
def test_what_cannot_be_translated_is_refused_and_nothing_is_written(
    run: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    options: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text(PAGE, encoding="utf-8")
    Path("bad.html").write_bytes(b"A dog\nruns m\xf6re")
    Path("bad.docx").write_bytes(b"A dog")

    assert translate("--run", run, *options) == 2

    assert capfd.readouterr().err == f"error: {message}\n"
    assert sorted(os.listdir()) == ["bad.docx", "bad.html", "page.html"]
