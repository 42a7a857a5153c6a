"""The page's engine computes what the program computes."""

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any, Literal

import numpy as np
import pytest
import torch
from inspected import D_MODEL, DECODER_LAYERS, ENGLISH, GERMAN, HEADS, untrained
from page_engine import PageEngine, intervention_in_page, strategy_in_page
from torch import Tensor

from translator.config import BOS_ID, PAD_ID, TokenizerConfig
from translator.decoding.search import decode
from translator.decoding.strategies import BeamSearch, Sampling, Strategy
from translator.decoding.translator import Translator
from translator.inspection.intervention import Intervention
from translator.inspection.page.engine import Precision, rounded
from translator.inspection.record import inspect_pair
from translator.inspection.what_if import what_if
from translator.inspection.words import Array
from translator.model.attention import Attention
from translator.model.transformer import Record
from translator.text.tokenizer import train_tokenizer

TEXTS = [*ENGLISH, "The red meadow sits.", "laughs"]
PAIR = "A red dog sits.", "Ein Hund sitzt auf der Wiese."
Model = Literal["trained", "random"]
Page = tuple[PageEngine, Translator]
PAGES: list[tuple[Model, Precision]] = [
    ("trained", "float16"),
    ("trained", "int8"),
    ("trained", "float32"),
    ("random", "int8"),
]
IDS = [f"{model}-{precision}" for model, precision in PAGES]


@pytest.fixture(scope="module")
def pages(
    trained_translator: Translator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[Model, Precision], Page]]:
    """The engine with a model, and the program with the same weights. The trained model has pieces
    of BPE, the other, which writes to the limit, of unigram."""
    unigram = TokenizerConfig(kind="unigram", vocab_size=325)
    models: dict[Model, Translator] = {
        "trained": trained_translator,
        "random": untrained(train_tokenizer([*ENGLISH, *GERMAN], unigram)),
    }
    with ExitStack() as stack:
        yield {
            (model, precision): (
                stack.enter_context(
                    PageEngine(models[model], precision, tmp_path_factory.mktemp("page"))
                ),
                rounded(models[model], precision),
            )
            for model, precision in PAGES
        }


@pytest.fixture(params=PAGES, ids=IDS)
def page(request: pytest.FixtureRequest, pages: dict[tuple[Model, Precision], Page]) -> Page:
    """Each of them."""
    return pages[request.param]


@pytest.fixture
def trained(pages: dict[tuple[Model, Precision], Page]) -> Page:
    return pages["trained", "float32"]


@pytest.fixture
def random(pages: dict[tuple[Model, Precision], Page]) -> Page:
    return pages["random", "int8"]


def test_the_page_has_the_weights_that_the_program_is_rounded_to(page: Page) -> None:
    engine, translator = page

    [tensors] = engine.ask(["tensors"])

    expected = dict(translator.model.named_parameters())
    assert tensors.keys() == expected.keys()
    for name, tensor in tensors.items():
        assert tensor["shape"] == list(expected[name].shape)
        assert tensor["data"] == expected[name].flatten().tolist(), name


SEARCHES: dict[str, Strategy] = {
    "greedy": BeamSearch(beam_size=1),
    "beam 3": BeamSearch(beam_size=3, num_best=2),
    "beam 5": BeamSearch(beam_size=5, num_best=5),
    "no penalty": BeamSearch(beam_size=4, length_penalty=0, num_best=3),
    "long": BeamSearch(beam_size=3, length_penalty=2.5),
    "samples": Sampling(num_samples=3, seed=8),
    "from the top": Sampling(num_samples=2, temperature=1.7, top_k=9, top_p=0.8),
    "cold": Sampling(num_samples=2, temperature=0.3, top_p=0.9, seed=2**40 + 3),
}


@pytest.mark.parametrize("search", SEARCHES)
def test_the_page_finds_the_programs_translations(trained: Page, search: str) -> None:
    assert_same_translations(trained, TEXTS, SEARCHES[search])


@pytest.mark.parametrize("search", ["beam 3", "samples"])
def test_the_page_translates_as_the_program_does_with_its_weights(page: Page, search: str) -> None:
    assert_same_translations(page, TEXTS[2:4], SEARCHES[search])


def assert_same_translations(page: Page, texts: list[str], strategy: Strategy) -> None:
    engine, translator = page
    sources = translator.tokenizer.encode_all(texts)

    found = engine.ask(*[["decode", ids, strategy_in_page(strategy)] for ids in sources])

    for ids, ranked in zip(sources, found, strict=True):
        [expected] = decode(translator.model, [ids], strategy)
        assert [each["ids"] for each in ranked] == [each.ids for each in expected]
        for each, other in zip(ranked, expected, strict=True):
            assert each["logprobs"] == pytest.approx(other.logprobs, abs=2e-5)
            assert each["score"] == pytest.approx(other.score, abs=2e-5)


SEVERAL = Intervention(
    ablate={(0, 1): "uniform", (0, 3): "permute", (1, 0): "zero", (1, 2): "permute"},
    drop=(2, 5),
    override={(1, 3, 4): (0.25, 0.5, 0, 0, 0.25, *[0] * 6), (0, 1, 2): (1.0, *[0] * 10)},
)
"""Of a source of 11 tokens. Where a head is ablated and a row of it given, the row counts."""
INTERVENTIONS = {
    "nothing": Intervention(),
    "zero": Intervention(ablate={(0, 2): "zero", (1, 1): "zero"}),
    "uniform": Intervention(ablate={(1, head): "uniform" for head in range(4)}),
    "permute": Intervention(ablate={(1, 0): "permute"}, drop=(0,)),
    "drop": Intervention(drop=(3, 4)),
    "override": Intervention(override={(0, 0, 3): (0, 0, 0, 1.0, *[0] * 7)}),
    "several": SEVERAL,
}


@pytest.mark.parametrize("name", INTERVENTIONS)
def test_a_change_in_the_page_has_the_effect_that_the_program_measures(
    trained: Page, name: str
) -> None:
    page, translator = trained
    inspection = inspect_pair(translator, *PAIR)
    ids, target = inspection.source_ids, inspection.write_ids
    change = INTERVENTIONS[name]

    before, after, translations = page.ask(
        ["score", ids, target],
        ["score", ids, target, intervention_in_page(change)],
        ["decode", ids, strategy_in_page(BeamSearch(beam_size=1)), intervention_in_page(change)],
    )

    expected = what_if(
        inspection,
        translator,
        ablate=change.ablate,
        drop=change.drop,
        override=change.override,
        redecode=True,
    )
    assert before["logprobs"] == pytest.approx(inspection.logprobs, abs=2e-5)
    moved = np.subtract(after["logprobs"], before["logprobs"])
    assert moved == pytest.approx(expected.changes, abs=4e-5)
    assert translator.tokenizer.pieces(after["top"]) == expected.new_top
    assert translator.tokenizer.text(translations[0]["ids"]) == expected.translation


RECORDS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "cold": {"temperature": 0.4},
    "warm": {"temperature": 3},
    "unscaled": {"scaling": False, "temperature": 2},
    "hidden pads": {"pads": 3},
    "seen pads": {"pads": 2, "mask": False},
    "everything": {"temperature": 1.5, "scaling": False, "pads": 1, "mask": False, "drop": [4]},
}


@pytest.mark.parametrize("name", RECORDS)
def test_the_page_records_what_the_program_records(random: Page, name: str) -> None:
    page, translator = random
    ids, target = map(translator.tokenizer.encode, PAIR)

    record, score = page.ask(
        ["record", ids, target, RECORDS[name]], ["score", ids, target, RECORDS[name]]
    )

    hidden, expected, memory, logprobs = recorded(translator, ids, target, **RECORDS[name])
    assert_close(record["memory"], memory)
    assert_close(record["logprobs"], logprobs)
    assert_close(score["logprobs"], logprobs[np.arange(len(target)), target])
    assert score["top"] == logprobs.argmax(axis=-1).tolist()
    w_o = output_projections(translator)
    for found, attention, matrix in zip(
        record["cross"], expected.cross_attn, w_o["cross"], strict=True
    ):
        assert_close(found["queryInput"], attention.query_input[0])
        assert_close(found["queries"], attention.queries[0])
        assert_close(found["keys"], attention.keys[0])
        assert_close(found["values"], attention.values[0])
        assert found["mask"] == hidden
        assert_close(found["contexts"], attention.context[0])
        assert_close(found["output"], attention.output[0])
        assert_same_weights(found, attention, matrix)
    for kind, layers in (
        ("encoderSelf", expected.encoder_self_attn),
        ("decoderSelf", expected.decoder_self_attn),
    ):
        for found, attention, matrix in zip(record[kind], layers, w_o[kind], strict=True):
            assert_same_weights(found, attention, matrix)


@torch.inference_mode()
def recorded(
    translator: Translator,
    source: list[int],
    target: list[int],
    *,
    temperature: float = 1,
    scaling: bool = True,
    pads: int = 0,
    mask: bool = True,
    drop: Sequence[int] = (),
) -> tuple[list[bool], Record, Tensor, Array]:
    """By the formula as it is written: where nobody may look, every attention, the memory, and
    log-probabilities (T, V)."""
    factor = (1 if scaling else math.sqrt(D_MODEL / HEADS)) / temperature

    def edit(weights: Tensor, _: Tensor) -> Tensor:
        # exp(x) to the power f is exp(f x).
        return (weights.double().log() * factor).softmax(dim=-1).float()

    padded = [*source, *[PAD_ID] * pads]
    hidden = [(mask and id == PAD_ID) or at in drop for at, id in enumerate(padded)]
    record, model = Record(), translator.model
    memory = model.encode(torch.tensor([padded]), torch.tensor([hidden]), record)
    read = torch.tensor([[BOS_ID, *target[:-1]]])
    logits = model.logits(read, memory, torch.tensor([hidden]), record, [edit] * DECODER_LAYERS)
    return hidden, record, memory[0], logits[0].log_softmax(dim=-1).numpy()


def output_projections(translator: Translator) -> dict[str, list[Array]]:
    """W_O of every layer, to the right of what it is multiplied with."""
    encoder, decoder = translator.model.encoder_layers, translator.model.decoder_layers
    return {
        "cross": [layer.cross_attn.out_proj.weight.detach().numpy().T for layer in decoder],
        "decoderSelf": [layer.self_attn.out_proj.weight.detach().numpy().T for layer in decoder],
        "encoderSelf": [layer.self_attn.out_proj.weight.detach().numpy().T for layer in encoder],
    }


def assert_same_weights(found: Any, attention: Attention[Tensor], w_o: Array) -> None:
    """And norms: || weight * value @ W_O ||."""
    assert_close(found["weights"], attention.weights[0])
    for head, rows in enumerate(np.split(w_o, HEADS)):
        given = attention.weights[0, head].numpy()[..., None] * (
            attention.values[0, head].numpy() @ rows
        )
        assert_close(found["norms"][head], np.linalg.norm(given, axis=-1))


def assert_close(found: object, expected: Tensor | Array) -> None:
    torch.testing.assert_close(torch.tensor(found), torch.as_tensor(expected), rtol=1e-4, atol=2e-5)


def test_the_page_shows_a_projection_as_it_stands_in_x_times_w(random: Page) -> None:
    page, translator = random
    names = ["q_proj", "k_proj", "v_proj", "out_proj"]
    model = translator.model
    modules = {
        ("encoder_self_attn", 2): model.encoder_layers[2].self_attn,
        ("decoder_self_attn", 1): model.decoder_layers[1].self_attn,
        ("cross_attn", 0): model.decoder_layers[0].cross_attn,
    }
    places = [(*place, name) for place in modules for name in names]

    for place, found in zip(
        places, page.ask(*[["projection", *place] for place in places]), strict=True
    ):
        linear = getattr(modules[place[:2]], place[2])
        assert found == {"weight": linear.weight.T.tolist(), "bias": linear.bias.tolist()}
