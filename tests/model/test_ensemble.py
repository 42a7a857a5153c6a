"""Models that decode as one: against the mean of their probabilities, computed by hand."""

import itertools
from pathlib import Path

import pytest
import torch
from searched import PREFIXES, SOURCES, V, forced_logprobs
from tiny_runs import save_model

from translator.config import EOS_ID, Config, ModelConfig, TokenizerConfig
from translator.decoding.search import decode
from translator.decoding.strategies import BeamSearch, Sampling
from translator.errors import RunError
from translator.experiment.loading import load_translator
from translator.experiment.run_directory import RunDirectory
from translator.model.ensemble import Ensemble
from translator.model.transformer import Transformer
from translator.text.tokenizer import Tokenizer, train_tokenizer

WIDTHS = [12, 6, 18]
TEXTS = ["A dog runs.", "Two cats sleep on the red sofa.", "Ein Hund rennt."]


@pytest.mark.parametrize("strategy", [BeamSearch(beam_size=3, num_best=3), Sampling(num_samples=2)])
def test_log_probabilities_are_those_of_the_mean_probability(
    strategy: BeamSearch | Sampling,
) -> None:
    models = [make_model(d_model) for d_model in WIDTHS]

    results = decode(Ensemble(models), SOURCES, strategy, prefixes=PREFIXES)

    for source, hypotheses in zip(SOURCES, results, strict=True):
        for hypothesis in hypotheses:
            each = torch.stack([forced_logprobs(m, source, hypothesis.ids) for m in models])
            expected = each.exp().mean(dim=0).log()
            torch.testing.assert_close(
                torch.tensor(hypothesis.logprobs), expected, atol=1e-4, rtol=0
            )


def test_a_beam_that_holds_everything_finds_the_best_of_the_mean() -> None:
    models = [make_model(d_model, vocab_size=7) for d_model in WIDTHS]
    source = [5, 4, EOS_ID]

    [[best]] = decode(Ensemble(models), [source], BeamSearch(beam_size=400, length_penalty=0.0))

    def total(ids: list[int]) -> float:
        each = torch.stack([forced_logprobs(model, source, ids) for model in models])
        return each.exp().mean(dim=0).log().sum().item()

    short = [
        [*words, EOS_ID]
        for length in range(4)
        for words in itertools.product(range(4, 7), repeat=length)
    ]
    assert best.score >= max(map(total, short)) - 1e-4
    assert best.score == pytest.approx(total(best.ids), abs=1e-4)


def test_one_model_twice_decodes_as_it_does_alone() -> None:
    model = make_model(12)
    strategy = BeamSearch(beam_size=4, num_best=2)

    twice = decode(Ensemble([model, model]), SOURCES, strategy)

    alone = decode(model, SOURCES, strategy)
    assert [[h.ids for h in hypotheses] for hypotheses in twice] == [
        [h.ids for h in hypotheses] for hypotheses in alone
    ]


def test_runs_of_one_vocabulary_translate_together(tmp_path: Path) -> None:
    tokenizer = make_tokenizer(300)
    runs = [make_run(tmp_path / str(d), tokenizer, d, 20 + d) for d in WIDTHS]

    together = load_translator(runs[0], others=runs[1:])

    assert together.max_src_length == 20 + min(WIDTHS)
    models = [load_translator(run).model for run in runs]
    [expected] = decode(Ensemble(models), [tokenizer.encode(TEXTS[0])], together.beam_search())
    assert together.translate([TEXTS[0]]) == [" ".join(tokenizer.text(expected[0].ids).split())]


def test_runs_of_different_vocabularies_are_refused(tmp_path: Path) -> None:
    one = make_run(tmp_path / "one", make_tokenizer(300), 12, 20)
    other = make_run(tmp_path / "other", make_tokenizer(305), 12, 20)

    with pytest.raises(RunError, match=r"other has another vocabulary than .*one: an ensemble"):
        load_translator(one, others=[other])


def make_model(d_model: int, vocab_size: int = V) -> Transformer:
    torch.manual_seed(d_model)
    config = ModelConfig(
        d_model=d_model, num_heads=3, d_ff=20, num_encoder_layers=1, num_decoder_layers=2
    )
    return Transformer(config, vocab_size)


def make_tokenizer(vocab_size: int) -> Tokenizer:
    return train_tokenizer(TEXTS * 5, TokenizerConfig(vocab_size=vocab_size))


def make_run(path: Path, tokenizer: Tokenizer, d_model: int, max_src_length: int) -> RunDirectory:
    run = RunDirectory(path)
    model = make_model(d_model, tokenizer.vocab_size)
    shape = ModelConfig(
        d_model=d_model, num_heads=3, d_ff=20, num_encoder_layers=1, num_decoder_layers=2
    )
    run.create(Config(model=shape))
    run.save_tokenizer(tokenizer)
    save_model(run, model, tokenizer, max_src_length)
    return run
