"""Exports of a run's model for other programs: written, compared with the run, then put in place.

An export translates without this program: with ctranslate2 and the run's tokenizer.model, with
transformers, or in Argos Translate.
"""

import errno
import itertools
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from translator.compute.files import sync_folder
from translator.config import CorpusConfig
from translator.decoding.ctranslate2_engine import (
    CTranslate2Search,
    digests_of,
    import_ctranslate2,
)
from translator.decoding.translator import Translator
from translator.errors import RunError
from translator.experiment.agreement import Agreement, Translate, compare
from translator.experiment.argos_export import write_argos
from translator.experiment.ctranslate2_export import Quantization, write_ctranslate2
from translator.experiment.loading import EXPORT_FACTS, load_translator
from translator.experiment.run_directory import RunDirectory
from translator.experiment.sentence_ends import import_onnx
from translator.experiment.transformers_export import (
    import_transformers,
    load_transformers,
    write_transformers,
)
from translator.text.tables import Pair

Format = Literal["ctranslate2", "transformers", "argos"]

ABANDONED_AFTER = 24 * 60 * 60
"""Seconds after which a half-written export must be one that was killed."""


@dataclass(frozen=True)
class Written:
    """An export format: files that another program reads."""

    translate: Translate
    """Translates with these files, by the other program or its engine."""
    facts: Mapping[str, Any]
    """The facts that `load_export` needs."""


def export(
    run: RunDirectory, form: Format, quantization: Quantization, pairs: Sequence[Pair]
) -> Agreement:
    """Write the run's model for another program, replacing an earlier export.

    The first validation `pairs` are translated by both models. If the translations differ too much,
    or if nothing can be written, raises RunError and changes nothing. Of two simultaneous exports,
    the one that ends later stays.
    """
    check_packages(form)
    weights_sha256 = (
        run.weights_sha256()
    )  # before minutes of work during which training may continue
    ours, folder = load_translator(run).whole(), run.export_folder(form)
    _remove_abandoned(folder)
    try:
        with TemporaryDirectory(
            prefix=f".{folder.name}.", dir=folder.parent, ignore_cleanup_errors=True
        ) as aside:
            partial = Path(aside) / "new"
            partial.mkdir()  # with the permissions of an ordinary folder: `aside` is private
            written = _WRITERS[form](ours, run.load_config().corpus, quantization, partial)
            agreement = compare(ours, written.translate, quantization, pairs)
            if not agreement.is_close:
                raise RunError(_refusal(run, form, agreement))
            _add_facts(partial, weights_sha256, written, agreement)
            _put_in_place(partial, folder, Path(aside))
    except OSError as error:
        raise RunError(
            f"{run} cannot be exported: {error.filename or folder.parent} cannot be written "
            f"({error.strerror}): free some space or make it writable, "
            f"or copy {run.path} elsewhere and try again"
        ) from error
    return agreement


def check_packages(form: Format) -> None:
    """Raises ConfigError if a package that writes or checks this format is not installed."""
    if form == "transformers":
        import_transformers()
        return
    import_ctranslate2()
    if form == "argos":
        import_onnx()


def _for_ctranslate2(
    ours: Translator, corpus: CorpusConfig, quantization: Quantization, folder: Path
) -> Written:
    num_positions = write_ctranslate2(
        ours.model, ours.tokenizer, folder, quantization, max_src_length=ours.max_src_length
    )
    search = CTranslate2Search(folder, ours.tokenizer, num_positions=num_positions)
    return Written(replace(ours, search=search).translate, {"num_positions": num_positions})


def _for_transformers(
    ours: Translator, corpus: CorpusConfig, quantization: Quantization, folder: Path
) -> Written:
    write_transformers(ours, folder)
    return Written(load_transformers(folder), {})


def _for_argos(
    ours: Translator, corpus: CorpusConfig, quantization: Quantization, folder: Path
) -> Written:
    """Argos Translate uses its own settings for CTranslate2, and translates sentence by sentence;
    the check here covers the model that it would load."""
    with TemporaryDirectory() as model:
        written = _for_ctranslate2(ours, corpus, quantization, Path(model))
        write_argos(Path(model), ours.tokenizer, corpus, folder)
    return replace(written, facts={})


_WRITERS: dict[Format, Callable[[Translator, CorpusConfig, Quantization, Path], Written]] = {
    "ctranslate2": _for_ctranslate2,
    "transformers": _for_transformers,
    "argos": _for_argos,
}


def _add_facts(folder: Path, weights_sha256: str, written: Written, agreement: Agreement) -> None:
    """Record in the folder what it was made from, and sync all of it to disk."""
    facts = {
        "weights_sha256": weights_sha256,
        **written.facts,
        "agreement": asdict(agreement),
        "files_sha256": digests_of(folder),
    }
    (folder / EXPORT_FACTS).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    for file in folder.iterdir():
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
    sync_folder(folder)


def _put_in_place(new: Path, folder: Path, aside: Path) -> None:
    """Rename `new` to `folder`, and an existing folder into `aside`, even if another process does
    the same."""
    for number in itertools.count():
        with suppress(FileNotFoundError):
            folder.rename(aside / f"old-{number}")
        try:
            new.rename(folder)
            sync_folder(folder.parent)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):  # another was quicker
                raise
        else:
            return


def _remove_abandoned(folder: Path) -> None:
    """Half-written exports of killed processes; an export in progress is younger."""
    for left in folder.parent.glob(f".{folder.name}.*"):
        with suppress(FileNotFoundError):  # it was just put in place
            if time.time() - left.stat().st_mtime > ABANDONED_AFTER:
                shutil.rmtree(left, ignore_errors=True)


def _refusal(run: RunDirectory, form: Format, agreement: Agreement) -> str:
    is_exact = agreement.precision == "float32"
    way_out = f"translate without {form}" if is_exact else "leave --quantization out"
    return (
        f"{run} cannot be exported in {agreement.precision}: {agreement}; {agreement.bound}: "
        f"{way_out}"
    )
