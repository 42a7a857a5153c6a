"""A package for Argos Translate: a zip archive with everything that translation needs."""

import json
import re
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from translator.config import CorpusConfig
from translator.errors import RunError
from translator.experiment.sentence_ends import sentence_end_model
from translator.text.tokenizer import Tokenizer

NAMES = {"en": "English", "de": "German"}
"""Names that Argos Translate shows; other languages show their codes."""


def write_argos(model: Path, tokenizer: Tokenizer, corpus: CorpusConfig, folder: Path) -> None:
    """Write a package for Argos Translate into `folder`, from a CTranslate2 model.

    Raises RunError if the columns of the corpus are not language codes.
    """
    src, tgt = corpus.src_column, corpus.tgt_column
    for column in (src, tgt):
        if not re.fullmatch("[a-z]{2,3}", column):
            raise RunError(
                "Argos Translate knows languages by codes such as en, and a column of the run's "
                f"corpus is called {column}: train with columns named by language codes"
            )
    name = f"translate-{src}_{tgt}"
    facts = {
        "package_version": "1.0",
        "argos_version": "1.9",
        "type": "translate",
        "from_code": src,
        "from_name": NAMES.get(src, src),
        "to_code": tgt,
        "to_name": NAMES.get(tgt, tgt),
    }
    files = {
        "metadata.json": json.dumps(facts, indent=2).encode(),
        "sentencepiece.model": tokenizer.model,
        "minisbd/sentence_ends.onnx": sentence_end_model(),
        **{f"model/{file.name}": file.read_bytes() for file in sorted(model.iterdir())},
    }
    with ZipFile(folder / f"{name}.argosmodel", "w", ZIP_DEFLATED) as package:
        for place, data in files.items():
            entry = ZipInfo(
                f"{name}/{place}"
            )  # the timestamp is in 1980, so that the same run gives the same bytes
            entry.external_attr = 0o644 << 16
            package.writestr(entry, data, ZIP_DEFLATED)
