"""A package for Argos Translate holds all that translating needs, and splits sentences by rules."""

import json
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

from translator.config import CorpusConfig, TokenizerConfig
from translator.decoding.sentences import SENTENCE_END
from translator.errors import RunError
from translator.experiment.argos_export import write_argos
from translator.experiment.sentence_ends import sentence_end_model
from translator.text.tokenizer import Tokenizer, train_tokenizer

pytestmark = pytest.mark.campaign  # with packages of others


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(["A dog runs.", "Ein Hund rennt."], TokenizerConfig(vocab_size=300))


def test_the_package_is_one_folder_with_all_in_it_and_the_same_every_time(
    tokenizer: Tokenizer, tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.bin").write_bytes(b"weights")
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_argos(tmp_path / "model", tokenizer, CorpusConfig(), tmp_path / name)
        written.append((tmp_path / name / "translate-en_de.argosmodel").read_bytes())

    with zipfile.ZipFile(tmp_path / "one" / "translate-en_de.argosmodel") as package:
        facts = json.loads(package.read("translate-en_de/metadata.json"))
        assert package.read("translate-en_de/sentencepiece.model") == tokenizer.model
        assert package.read("translate-en_de/model/model.bin") == b"weights"
        assert len(package.namelist()) == 4
    assert (facts["from_code"], facts["from_name"]) == ("en", "English")
    assert (facts["to_code"], facts["to_name"]) == ("de", "German")
    assert written[0] == written[1]


def test_columns_that_are_no_codes_of_languages_are_refused(
    tokenizer: Tokenizer, tmp_path: Path
) -> None:
    corpus = CorpusConfig(src_column="en", tgt_column="German")

    with pytest.raises(RunError, match=r"codes such as en, and a column .* is called German"):
        write_argos(tmp_path, tokenizer, corpus, tmp_path)


@pytest.mark.parametrize(
    "sentences",
    [
        ["A dog runs.", "It is big."],
        ["Is it?", "Yes!", "Well …", "then no"],
        ["Mr. Smith sees J. Doe.", "Both laugh."],
        ["Er kommt am 3. Mai, z. B. um 12. oder so.", "Gut."],
        ['"Go!" he said.', "(No.)", "„Geh!“", "Sie ging."],
        ["What?!", "No...", "Yes."],
        ["A line without an end"],
        ["Das Wrack ca. 3 Meter usw. war alt.", "Da war ein Ast.", "Er brach"],
    ],
    ids=lambda sentences: sentences[0],
)
def test_sentences_end_where_our_own_rules_end_them(sentences: list[str], tmp_path: Path) -> None:
    from minisbd import SBDetect

    (tmp_path / "ends.onnx").write_bytes(sentence_end_model())
    splitter = SBDetect(str(tmp_path / "ends.onnx"), use_gpu=False)

    text = " ".join(sentences)
    ends = [match.end() for match in SENTENCE_END.finditer(text)]
    ours = [text[start:end].strip() for start, end in pairwise([0, *ends, len(text)])]

    assert splitter.sentences(text) == sentences == [sentence for sentence in ours if sentence]
