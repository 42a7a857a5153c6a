"""The model card is Markdown whose tables render, with facts that the hub reads."""

import itertools
from pathlib import Path

import pytest
from huggingface_hub import ModelCard
from huggingface_hub.repocard_data import eval_results_to_model_index, model_index_to_eval_results
from markdown_it import MarkdownIt
from markdown_it.token import Token

from translator.config import Config, CorpusConfig, ModelConfig, Source
from translator.experiment.model_card import model_card
from translator.experiment.run_directory import RunDirectory

BLEU = "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelCard:
    """Of a run on a data set of the hub and on a folder; scored on two splits."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "more" / "text").mkdir(parents=True)
    sources = (Source(source="ada/pairs"), Source(source="more/text", weight=2))
    config = Config(corpus=CorpusConfig(source=sources), model=ModelConfig(d_model=12, num_heads=3))
    run = RunDirectory(tmp_path / "first")
    run.create(config)
    run.add_result("test", scores(17.254), ["Ein Hund rennt."])
    run.add_result("challenge", scores(9.5), ["Ein Hund."])
    run.add_result("test-before", scores(3.25), ["Hund."])
    return ModelCard(model_card(run, config, "cpu | 0.01 M parameters"))


def test_every_row_of_the_table_of_scores_has_a_cell_for_each_column(card: ModelCard) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(card.text)

    (scored, changed) = tables(tokens)
    assert scored == [
        ["split", "BLEU", "BLEU, lowercased", "chrF", "TER"],
        ["test", "17.25", "18.50", "42.00", "50.00"],
        ["challenge", "9.50", "18.50", "42.00", "50.00"],
    ]
    assert changed[1] == ["test", "BLEU", "3.25", "17.25"]
    codes = [
        child.content for token in tokens for child in token.children or [] if child.tag == "code"
    ]
    assert codes.count(BLEU) == 1


def test_the_facts_say_what_the_hub_filters_by(card: ModelCard) -> None:
    facts = card.data.to_dict()

    assert facts["language"] == ["en", "de"]
    assert facts["pipeline_tag"] == "translation"
    assert facts["datasets"] == ["ada/pairs"]  # the other is a folder
    assert facts["library_name"] == "seq2see"
    assert "license" not in facts


def test_the_scores_are_a_model_index_that_the_hub_reads(card: ModelCard) -> None:
    name, results = model_index_to_eval_results(card.data.to_dict()["model-index"])

    assert name == "first"
    assert [(one.dataset_split, one.metric_type, one.metric_value) for one in results] == [
        ("test", "bleu", 17.25),
        ("test", "chrf", 42.0),
        ("test", "ter", 50.0),
        ("challenge", "bleu", 9.5),
        ("challenge", "chrf", 42.0),
        ("challenge", "ter", 50.0),
    ]
    assert {(one.task_type, one.dataset_type) for one in results} == {("translation", "ada/pairs")}
    assert results[0].metric_args == {"signature": BLEU}
    assert eval_results_to_model_index(name, results) == card.data.to_dict()["model-index"]


def test_columns_that_are_no_codes_of_languages_are_no_facts(tmp_path: Path) -> None:
    config = Config(corpus=CorpusConfig(source="ada/pairs", src_column="1", tgt_column="German"))
    run = RunDirectory(tmp_path / "first")
    run.create(config)

    facts = ModelCard(model_card(run, config, "")).data.to_dict()

    assert "language" not in facts
    assert "model-index" not in facts


def tables(tokens: list[Token]) -> list[list[list[str]]]:
    """The text of each cell of each row of each table."""
    found: list[list[list[str]]] = []
    for before, token in itertools.pairwise(tokens):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif before.type in ("th_open", "td_open"):
            found[-1][-1].append(token.content)
    return found


def scores(bleu: float) -> dict[str, object]:
    values = {
        "bleu": ("BLEU", bleu, BLEU),
        "bleu_lowercased": ("BLEU", 18.5, BLEU.replace("mixed", "lc")),
        "chrf": ("chrF2", 42.0, "nrefs:1|case:mixed|eff:yes|nc:6"),
        "ter": ("TER", 50.0, "nrefs:1|case:lc|tok:tercom"),
    }
    return {
        key: {"name": name, "value": value, "signature": signature}
        for key, (name, value, signature) in values.items()
    }
