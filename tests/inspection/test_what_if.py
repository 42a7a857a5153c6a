"""What if: every change to attention has the effect that the same change made by hand has."""

import copy

import numpy as np
import pytest
import torch
from inspected import DECODER_LAYERS, ENGLISH, GERMAN, HEADS

from translator.config import BOS_ID, PAD_ID, UNK_ID
from translator.decoding.search import decode
from translator.decoding.strategies import BeamSearch
from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.inspection.inspection import Inspection
from translator.inspection.intervention import ABLATIONS, Intervention
from translator.inspection.record import inspect_pair
from translator.inspection.what_if import BATCH_SIZE, head_effects, intervene, what_if
from translator.model.transformer import DecoderLayer, Transformer


@pytest.fixture(scope="module")
def inspection(inspected_translator: Translator) -> Inspection:
    return inspect_pair(inspected_translator, ENGLISH[0], GERMAN[1])


def test_a_zeroed_head_is_one_without_its_rows_of_the_output_projection(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    result = what_if(inspection, inspected_translator, ablate={(1, 2): "zero"})

    crippled = without_heads(inspected_translator.model, 1, [2])
    check(result.changes, inspection, crippled)
    after = logprobs(crippled, inspection)
    assert result.new_top == inspected_translator.tokenizer.pieces(after.argmax(dim=-1).tolist())
    before = logprobs(inspected_translator.model, inspection)
    assert result.top_changed == (before.argmax(dim=-1) != after.argmax(dim=-1)).tolist()


def test_several_heads_are_changed_together(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    result = what_if(
        inspection, inspected_translator, ablate={(0, head): "zero" for head in range(HEADS)}
    )

    check(result.changes, inspection, without_heads(inspected_translator.model, 0, range(HEADS)))


def test_uniform_is_the_same_weight_everywhere(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    num_source, num_steps = len(inspection.source), len(inspection.writes)
    even = [1 / num_source] * num_source

    result = what_if(inspection, inspected_translator, ablate={(0, 1): "uniform"})

    by_hand = what_if(
        inspection, inspected_translator, override={(0, 1, step): even for step in range(num_steps)}
    )
    np.testing.assert_allclose(result.changes, by_hand.changes, atol=1e-5)
    assert np.abs(result.changes).max() > 1e-3


def test_permuting_moves_each_row_on_by_half_the_source(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    # In layer 0, where nothing changed before, the rows are those that were recorded.
    moved = np.roll(inspection.weights[0, 3], len(inspection.source) // 2, axis=-1)

    result = what_if(inspection, inspected_translator, ablate={(0, 3): "permute"})

    override = {(0, 3, step): row.tolist() for step, row in enumerate(moved)}
    by_hand = what_if(inspection, inspected_translator, override=override)
    np.testing.assert_allclose(result.changes, by_hand.changes, atol=1e-5)
    assert np.abs(result.changes).max() > 1e-3


def test_a_row_overridden_with_itself_changes_nothing(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    row = inspection.weights[0, 1, 2].tolist()

    result = what_if(inspection, inspected_translator, override={(0, 1, 2): row})

    np.testing.assert_allclose(result.changes, 0, atol=1e-5)
    assert not any(result.top_changed)


def test_an_overridden_row_changes_its_step_and_none_before(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    all_on_first = [1.0] + [0.0] * (len(inspection.source) - 1)

    result = what_if(
        inspection,
        inspected_translator,
        override={(0, 0, 3): all_on_first, (0, 1, 3): all_on_first},
    )

    np.testing.assert_allclose(result.changes[:3], 0, atol=1e-6)
    assert abs(result.changes[3]) > 1e-4


def test_overriding_layer_and_head_means_that_layer_and_head(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    """By hand: the step's output with the head's context replaced by one of its values."""
    step, head = len(inspection.writes) - 1, 2
    all_on_third = [0.0, 0.0, 1.0] + [0.0] * (len(inspection.source) - 3)
    last = inspection.cross_attn[-1]
    moved = (last.values[head, 2] - last.context[head, step]) @ last.head_w_o(head)
    model = copy.deepcopy(inspected_translator.model)
    module = model.decoder_layers[-1]
    assert isinstance(module, DecoderLayer)
    with torch.no_grad():
        module.cross_attn.out_proj.bias.add_(torch.tensor(moved))

    result = what_if(
        inspection, inspected_translator, override={(DECODER_LAYERS - 1, head, step): all_on_third}
    )

    by_hand = written(logprobs(model, inspection), inspection)[step] - inspection.logprobs[step]
    assert result.changes[step] == pytest.approx(by_hand, abs=1e-4)


def test_dropping_the_last_position_is_a_source_that_ends_before_it(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    result = what_if(inspection, inspected_translator, drop=[len(inspection.source) - 1])

    after = logprobs(inspected_translator.model, inspection, source=inspection.source_ids[:-1])
    expected = written(after, inspection) - inspection.logprobs
    np.testing.assert_allclose(result.changes, expected, atol=1e-4)


def test_a_dropped_token_has_no_effect_whatever_it_is(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    result = what_if(
        inspection, inspected_translator, drop=[1, 3], ablate={(0, 0): "permute", (1, 1): "uniform"}
    )

    other = copy.copy(inspection.source_ids)
    other[1], other[3] = 7, 9
    tokenizer = inspected_translator.tokenizer
    replaced = Inspection(**{**vars(inspection), "source_ids": other})
    assert tokenizer.pieces(other) != inspection.source
    changed = what_if(
        replaced, inspected_translator, drop=[1, 3], ablate={(0, 0): "permute", (1, 1): "uniform"}
    )
    before = written(logprobs(inspected_translator.model, inspection), inspection)
    others_before = written(logprobs(inspected_translator.model, replaced), replaced)
    np.testing.assert_allclose(before + result.changes, others_before + changed.changes, atol=1e-4)


def test_many_at_once_are_each_alone(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    places = list(np.ndindex(DECODER_LAYERS, HEADS))
    heads = [Intervention(ablate={place: how}) for place in places for how in ABLATIONS]
    dropped = [Intervention(drop=(position,)) for position in range(len(inspection.source))]
    assert len(heads) > BATCH_SIZE, "more than a batch, or nothing is divided"

    results = intervene(inspection, inspected_translator, [*heads, *dropped])

    assert [result.intervention for result in results] == [*heads, *dropped]
    for result in (results[0], results[1], results[len(heads) - 1], results[-1]):
        alone = what_if(
            inspection,
            inspected_translator,
            ablate=result.intervention.ablate,
            drop=result.intervention.drop,
        )
        np.testing.assert_allclose(result.changes, alone.changes, atol=1e-5)
        assert result.new_top == alone.new_top


def test_effects_of_heads_stand_by_layer_and_head(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    effects = head_effects(inspection, inspected_translator, "permute")

    assert effects.shape == (DECODER_LAYERS, HEADS, len(inspection.writes))
    alone = what_if(inspection, inspected_translator, ablate={(1, 0): "permute"})
    np.testing.assert_allclose(effects[1, 0], alone.changes, atol=1e-5)


def test_translating_anew_is_greedy_search_in_the_changed_model(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    everything = dict.fromkeys(np.ndindex(DECODER_LAYERS, HEADS), "zero")

    result = what_if(inspection, inspected_translator, ablate=everything, redecode=True)

    crippled = inspected_translator.model
    for layer in range(DECODER_LAYERS):
        crippled = without_heads(crippled, layer, range(HEADS))
    decoded = [
        inspected_translator.tokenizer.text(best.ids)
        for model in (inspected_translator.model, crippled)
        for [best] in decode(model, [inspection.source_ids], BeamSearch(beam_size=1))
    ]
    assert [result.greedy_translation, result.translation] == decoded
    assert decoded[0] != decoded[1]


def test_translating_anew_never_writes_what_is_no_word(trained_translator: Translator) -> None:
    model = copy.deepcopy(trained_translator.model)
    word = trained_translator.tokenizer.encode("Hund")[-2]
    with torch.no_grad():  # <unk> is the most probable everywhere, then a word
        model.embedding.weight[word] *= 9
        model.embedding.weight[UNK_ID] = 3 * model.embedding.weight[word]
        model.decoder_norm.weight.zero_()
        model.decoder_norm.bias.copy_(model.embedding.weight[word])
    translator = Translator(
        model, trained_translator.tokenizer, trained_translator.decoding, max_src_length=30
    )
    inspection = inspect_pair(translator, ENGLISH[0], GERMAN[0])

    result = what_if(inspection, translator, drop=[0], redecode=True)

    assert set(result.new_top) == {"<unk>"}
    [[best]] = decode(model, [inspection.source_ids], BeamSearch(beam_size=1))
    assert result.translation == translator.tokenizer.text(best.ids) != ""


def test_without_asking_nothing_is_translated_anew(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    result = what_if(inspection, inspected_translator, ablate={(0, 0): "zero"})

    assert result.translation is None
    assert result.greedy_translation is None


def test_trying_out_leaves_the_model_as_it_was(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    before = logprobs(inspected_translator.model, inspection)

    what_if(inspection, inspected_translator, ablate={(0, 0): "zero"}, drop=[0], redecode=True)

    torch.testing.assert_close(logprobs(inspected_translator.model, inspection), before)
    assert all(parameter.grad is None for parameter in inspected_translator.model.parameters())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ablate": {(2, 0): "zero"}}, "no head 0 in layer 2: layers are 0 to 1, heads 0 to 3"),
        ({"ablate": {(0, -1): "zero"}}, "no head -1 in layer 0"),
        ({"ablate": {(0, 0): "mean"}}, "cannot be changed to 'mean': use zero, uniform, permute"),
        ({"drop": [99]}, r"source position 99 cannot be dropped: they are 0 to \d+"),
        ({"override": {(0, 0, 99): [1.0]}}, r"step 99: decoding steps are 0 to \d+"),
        ({"override": {(0, 0, 1): [1.0]}}, r"override .* step 1 has 1 weights: give \d+, one"),
        ({"override": {(0, 4, 1): [1.0]}}, "no head 4 in layer 0"),
        (
            {"override": {(0, 1): [1.0]}},
            r"override has \(0, 1\): a row is \(layer, head, decoding step\)",
        ),
        ({"ablate": {(0, 1, 2): "zero"}}, r"ablate has \(0, 1, 2\): a head is \(layer, head\)"),
    ],
)
def test_what_is_not_there_is_refused(
    inspected_translator: Translator,
    inspection: Inspection,
    arguments: dict[str, object],
    message: str,
) -> None:
    with pytest.raises(InspectionError, match=message):
        what_if(inspection, inspected_translator, **arguments)


def test_another_translator_than_the_one_that_made_the_inspection_is_refused(
    random_translator: Translator, trained_translator: Translator
) -> None:
    inspection = inspect_pair(trained_translator, ENGLISH[0], GERMAN[1])

    with pytest.raises(InspectionError, match="made with another model: give the translator that"):
        what_if(inspection, random_translator, drop=[0])


def test_the_whole_source_cannot_be_dropped(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    with pytest.raises(
        InspectionError, match="every source position is dropped: keep at least one"
    ):
        what_if(inspection, inspected_translator, drop=range(len(inspection.source)))


def test_a_row_cannot_look_at_what_is_dropped(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    row = [0.0] * len(inspection.source)
    row[2] = 1.0

    with pytest.raises(InspectionError, match="looks at source position 2, which is dropped"):
        what_if(inspection, inspected_translator, drop=[1, 2], override={(0, 0, 1): row})


@pytest.mark.parametrize("row", [[0.5, 0.4], [1.5, -0.5], [float("nan"), 1.0]])
def test_weights_that_are_none_are_refused(
    inspected_translator: Translator, inspection: Inspection, row: list[float]
) -> None:
    padded = row + [0.0] * (len(inspection.source) - len(row))

    with pytest.raises(InspectionError, match="weights must not be negative and must sum to 1"):
        what_if(inspection, inspected_translator, override={(0, 0, 0): padded})


def without_heads(model: Transformer, layer: int, heads: "range | list[int]") -> Transformer:
    crippled = copy.deepcopy(model)
    module = crippled.decoder_layers[layer]
    assert isinstance(module, DecoderLayer)
    width = module.cross_attn.out_proj.in_features // HEADS
    with torch.no_grad():
        for head in heads:
            module.cross_attn.out_proj.weight[:, head * width : (head + 1) * width] = 0
    return crippled


def logprobs(
    model: Transformer, inspection: Inspection, source: list[int] | None = None
) -> torch.Tensor:
    """(T, V), without any record."""
    src = torch.tensor([source or inspection.source_ids])
    tgt_in = torch.tensor([[BOS_ID, *inspection.write_ids[:-1]]])
    with torch.inference_mode():
        logits = model.logits(tgt_in, model.encode(src, src == PAD_ID), src == PAD_ID)
    return logits[0].log_softmax(dim=-1)


def written(logprobs_TV: torch.Tensor, inspection: Inspection) -> np.ndarray:
    return logprobs_TV[torch.arange(len(inspection.writes)), inspection.write_ids].numpy()


def check(changes: np.ndarray, inspection: Inspection, changed: Transformer) -> None:
    expected = written(logprobs(changed, inspection), inspection) - inspection.logprobs
    np.testing.assert_allclose(changes, expected, atol=1e-4)
    assert np.abs(changes).max() > 1e-3
