"""A model as Argos Translate installs it."""

from pathlib import Path

from translator.config import CorpusConfig
from translator.text.tokenizer import Tokenizer


def import_onnx() -> None: ...


def write_argos(model: Path, tokenizer: Tokenizer, corpus: CorpusConfig, folder: Path) -> None: ...
