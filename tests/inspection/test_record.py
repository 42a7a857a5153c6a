"""The record: each number follows from those before, and is what the model computes unwatched."""

import copy
import logging
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from inspected import D_MODEL, DECODER_LAYERS, ENCODER_LAYERS, ENGLISH, GERMAN, HEADS
from tiny_runs import save_model

import translator as package
from translator.config import BOS_ID, PAD_ID, Config, ModelConfig
from translator.decoding.search import decode
from translator.decoding.strategies import BeamSearch, Sampling
from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.experiment.run_directory import RunDirectory
from translator.inspection.inspection import KINDS, AttentionLayer, Inspection, axes
from translator.inspection.record import (
    MAX_TOKENS,
    inspect_pair,
    inspect_translation,
    record_pass,
)
from translator.model.transformer import DecoderLayer, Record
from translator.text.batching import collate

GREEDY = BeamSearch(beam_size=1)


@pytest.fixture(scope="module")
def inspection(inspected_translator: Translator) -> Inspection:
    """Source and target of different lengths."""
    return inspect_pair(inspected_translator, ENGLISH[0], GERMAN[1])


# -- each number follows from those before it ------------------------------------------------------


def test_rows_of_weights_sum_to_one_and_are_zero_where_masked(inspection: Inspection) -> None:
    for layer in all_layers(inspection):
        np.testing.assert_allclose(layer.weights.sum(axis=-1), 1, atol=1e-6)
        assert (layer.weights[:, layer.mask] == 0).all()
        assert (layer.weights[:, ~layer.mask] > 0).all()


def test_only_the_decoder_hides_its_future_from_itself(inspection: Inspection) -> None:
    num_steps = len(inspection.writes)
    future = np.triu(np.ones((num_steps, num_steps), dtype=bool), k=1)

    for layer in inspection.decoder_self_attn:
        np.testing.assert_array_equal(layer.mask, future)
    for layer in [*inspection.encoder_self_attn, *inspection.cross_attn]:
        assert not layer.mask.any()


def test_scores_are_products_of_queries_and_keys(inspection: Inspection) -> None:
    for layer in all_layers(inspection):
        products = np.einsum("hqk,hmk->hqm", layer.queries, layer.keys)
        close(layer.scores, products)
        close(layer.scaled, products / math.sqrt(layer.d_head))


def test_the_softmax_of_scaled_scores_is_the_weights(inspection: Inspection) -> None:
    for layer in all_layers(inspection):
        scores = np.where(layer.mask, -np.inf, layer.scores / math.sqrt(D_MODEL / HEADS))
        powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
        close(layer.weights, powers / powers.sum(axis=-1, keepdims=True))


def test_weights_times_values_are_the_contexts_which_side_by_side_give_the_output(
    inspection: Inspection,
) -> None:
    for layer in all_layers(inspection):
        close(layer.context, layer.weights @ layer.values)
        close(layer.concat, np.concatenate(list(layer.context), axis=-1))
        close(layer.output, layer.concat @ layer.w_o + layer.b_o)


def test_contributions_of_all_heads_and_sources_and_the_bias_sum_to_the_output(
    inspection: Inspection,
) -> None:
    for layer in all_layers(inspection):
        contributions = np.stack([layer.contributions(head) for head in range(layer.num_heads)])

        close(layer.output, contributions.sum(axis=(0, 2)) + layer.b_o)
        close(layer.norms, np.linalg.norm(contributions, axis=-1))


def test_queries_are_the_decoders_and_keys_and_values_the_encoders(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    model = inspected_translator.model
    src = torch.tensor([inspection.source_ids])
    with torch.inference_mode():
        memory = model.encode(src, src == PAD_ID)[0].numpy()

    for layer, module in zip(inspection.cross_attn, model.decoder_layers, strict=True):
        assert isinstance(module, DecoderLayer)
        close(layer.memory, memory)
        for inputs, projection, heads in (
            (layer.query_input, module.cross_attn.q_proj, layer.queries),
            (layer.memory, module.cross_attn.k_proj, layer.keys),
            (layer.memory, module.cross_attn.v_proj, layer.values),
        ):
            projected = inputs @ array(projection.weight).T + array(projection.bias)
            close(np.concatenate(list(heads), axis=-1), projected)


def test_every_array_has_the_axes_that_are_named(inspection: Inspection) -> None:
    sizes = {
        "source": len(inspection.source),
        "target": len(inspection.writes),
        "head": HEADS,
        "d_head": D_MODEL // HEADS,
        "d_model": D_MODEL,
    }
    assert len(set(sizes.values())) == len(sizes)

    for kind, num_layers in zip(
        KINDS, (ENCODER_LAYERS, DECODER_LAYERS, DECODER_LAYERS), strict=True
    ):
        assert len(getattr(inspection, kind)) == num_layers
        for layer in getattr(inspection, kind):
            for name in AttentionLayer.AXES:
                expected = tuple(sizes[axis] for axis in axes(kind, name))
                assert getattr(layer, name).shape == expected, (kind, name)
    assert axes("cross_attn", "norms") == ("head", "target", "source")
    assert inspection.weights.shape[0] == DECODER_LAYERS


# -- and is what the model computes unwatched ------------------------------------------------------


def test_logits_are_the_same_whether_recorded_or_fused(inspected_translator: Translator) -> None:
    model = inspected_translator.model
    source, target = ids(inspected_translator, ENGLISH[2]), ids(inspected_translator, GERMAN[0])
    src, tgt_in = torch.tensor([source]), torch.tensor([[BOS_ID, *target[:-1]]])

    _, read_ids, recorded = record_pass(model, source, target)

    with torch.inference_mode():
        fused = model.logits(tgt_in, model.encode(src, src == PAD_ID), src == PAD_ID)[0]
    assert read_ids == tgt_in[0].tolist()
    torch.testing.assert_close(recorded, fused.log_softmax(dim=-1), atol=1e-5, rtol=0)


def test_steps_over_a_cache_compute_what_the_one_pass_does(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    model = inspected_translator.model
    src = torch.tensor([inspection.source_ids])
    with torch.inference_mode():
        cache = model.start(model.encode(src, src == PAD_ID), src == PAD_ID)
        for step, read in enumerate(inspection.read_ids):
            logprobs = model.decoding_step(torch.tensor([[read]]), cache)[0, 0].log_softmax(dim=-1)
            written = logprobs[inspection.write_ids[step]]
            assert inspection.logprobs[step] == pytest.approx(written.item(), abs=1e-5)
            best = [logprob for _, logprob in inspection.alternatives[step]]
            assert best == pytest.approx(logprobs.topk(5).values.tolist(), abs=1e-5)


def test_padding_in_a_batch_changes_nothing(
    inspected_translator: Translator, inspection: Inspection
) -> None:
    model = inspected_translator.model
    longer = ids(inspected_translator, ENGLISH[2] * 2), ids(inspected_translator, GERMAN[2] * 2)
    batch = collate([longer, (inspection.source_ids, inspection.write_ids)])
    record = Record()
    with torch.inference_mode():
        memory = model.encode(batch.src, batch.src_key_padding_mask, record)
        model.logits(batch.tgt_in, memory, batch.src_key_padding_mask, record)

    num_steps, num_source = len(inspection.writes), len(inspection.source)
    assert batch.src.size(1) > num_source
    for layer, seen in zip(inspection.cross_attn, record.cross_attn, strict=True):
        assert (seen.weights[1, :, :, num_source:] == 0).all()
        close(layer.weights, seen.weights[1, :, :num_steps, :num_source].numpy())
        close(layer.output, seen.output[1, :num_steps].numpy())
    for layer, seen in zip(inspection.decoder_self_attn, record.decoder_self_attn, strict=True):
        close(layer.output, seen.output[1, :num_steps].numpy())


def test_the_search_gave_the_tokens_the_probabilities_that_the_record_shows(
    inspected_translator: Translator,
) -> None:
    source = ids(inspected_translator, ENGLISH[1])
    [[best]] = decode(inspected_translator.model, [source], inspected_translator.beam_search())

    inspection = inspect_translation(inspected_translator, ENGLISH[1])

    assert inspection.write_ids == best.ids
    np.testing.assert_allclose(inspection.logprobs, best.logprobs, atol=1e-5)


def test_recording_leaves_the_model_in_its_mode_and_keeps_no_hold_of_its_weights(
    trained_translator: Translator,
) -> None:
    model = copy.deepcopy(trained_translator.model).train()
    learner = Translator(
        model, trained_translator.tokenizer, trained_translator.decoding, max_src_length=30
    )

    inspection = inspect_pair(learner, ENGLISH[0], GERMAN[0])

    assert model.training
    layer, before = inspection.cross_attn[0], inspection.cross_attn[0].w_o.copy()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    np.testing.assert_array_equal(layer.w_o, before)
    assert layer.b_o.any()


# -- what is told of the sentence ------------------------------------------------------------------


def test_a_step_reads_what_the_one_before_wrote(trained_translator: Translator) -> None:
    inspection = inspect_translation(trained_translator, ENGLISH[0])

    assert inspection.translation == GERMAN[0]
    assert inspection.reads == ["<s>", *inspection.writes[:-1]]
    assert inspection.writes[-1] == inspection.source[-1] == "</s>"
    assert "".join(inspection.writes[:-1]).replace("▁", " ").strip() == GERMAN[0]


def test_greedy_search_writes_the_first_of_the_alternatives(random_translator: Translator) -> None:
    inspection = inspect_translation(random_translator, ENGLISH[0], GREEDY)

    for written, logprob, best in zip(
        inspection.writes, inspection.logprobs, inspection.alternatives, strict=True
    ):
        allowed = [one for one in best if one.piece not in ("<pad>", "<unk>", "<s>")]
        assert allowed[0] == (written, pytest.approx(logprob))
        assert [one.logprob for one in best] == sorted((one.logprob for one in best), reverse=True)
        assert len(best) == 5


def test_how_the_target_came_about_is_said(trained_translator: Translator) -> None:
    def how(strategy: BeamSearch | Sampling | None) -> str:
        return inspect_translation(trained_translator, ENGLISH[0], strategy).how

    assert how(GREEDY) == "greedy"
    assert how(None) == "beam search, beam 3, hypothesis 1"
    assert how(BeamSearch(beam_size=4, num_best=2)) == "beam search, beam 4, hypothesis 1"
    assert how(Sampling(temperature=0.5, seed=3)) == "sampled, temperature 0.5, seed 3"
    assert inspect_pair(trained_translator, "A dog.", "Ein Hund.").how == "given by the user"


def test_a_translation_that_was_cut_off_says_so(random_translator: Translator) -> None:
    never_ends = copy.deepcopy(random_translator.model)
    with torch.no_grad():
        never_ends.embedding.weight[3] = -never_ends.embedding.weight[8] * 9
        never_ends.decoder_norm.weight.zero_()
        never_ends.decoder_norm.bias.copy_(never_ends.embedding.weight[8])
    translator = Translator(
        never_ends, random_translator.tokenizer, random_translator.decoding, max_src_length=30
    )

    inspection = inspect_translation(translator, "A dog.", GREEDY)

    assert inspection.how == "greedy, cut off at the length limit"
    assert inspection.writes[-1] != "</s>"
    assert len(inspection.reads) == len(inspection.writes)


def test_words_sum_source_pieces_and_average_target_pieces(trained_translator: Translator) -> None:
    inspection = inspect_pair(trained_translator, "A bench.", "Ein Kleid.")

    words = inspection.words("writes")

    assert [word.text for word in words.source] == ["A", "bench", ".", "</s>"]
    assert [word.text for word in words.targets] == ["Ein", "Kleid", ".", "</s>"]
    columns, rows = list(words.source[1].pieces), list(words.targets[1].pieces)
    by_hand = inspection.weights[1, 2][np.ix_(rows, columns)].sum(axis=1).mean()
    assert words.weights[1, 2, 1, 1] == pytest.approx(by_hand, abs=1e-6)
    np.testing.assert_allclose(words.weights.sum(axis=-1), 1, atol=1e-5)
    by_hand = inspection.norms[1, 2][np.ix_(rows, columns)].sum(axis=1).mean()
    assert words.norms[1, 2, 1, 1] == pytest.approx(by_hand, abs=1e-5)


def test_rows_by_what_they_read_stand_a_step_later(trained_translator: Translator) -> None:
    inspection = inspect_pair(trained_translator, "A bench.", "Ein Kleid.")

    writes, reads = inspection.words("writes").targets, inspection.words("reads").targets

    assert [word.text for word in reads] == ["<s>", "Ein", "Kleid", "."]
    later = [tuple(step + 1 for step in word.pieces) for word in writes[:-1]]
    assert [word.pieces for word in reads[1:]] == later


@pytest.mark.parametrize(("text", "tgt"), [(" ", "Ein Hund."), ("A dog.", "\n")])
def test_a_blank_side_is_refused(random_translator: Translator, text: str, tgt: str) -> None:
    with pytest.raises(InspectionError, match=r"^the (text|translation) is blank: give a sentence"):
        inspect_pair(random_translator, text, tgt)


def test_a_text_longer_than_trained_on_is_inspected_with_a_warning(
    random_translator: Translator, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        inspection = inspect_pair(random_translator, "dog " * 40, "Hund")

    assert f"the text has {len(inspection.source)} tokens" in caplog.text
    assert "trained on at most 30" in caplog.text


def test_a_text_of_several_sentences_is_inspected_whole_with_a_warning(
    random_translator: Translator, caplog: pytest.LogCaptureFixture
) -> None:
    inspect_pair(random_translator, "A dog.", "Hund")
    inspect_pair(random_translator.whole(), "A dog. A dog.", "Hund")
    assert caplog.messages == []

    inspection = inspect_pair(random_translator, "A dog. A dog.", "Hund")

    assert len(inspection.source) > len(inspect_pair(random_translator, "A dog.", "Hund").source)
    assert caplog.messages == [
        "the text has 2 sentences: it is inspected whole, but translated sentence by sentence "
        "(decoding.split_over)"
    ]


def test_a_side_beyond_all_measure_is_refused(random_translator: Translator) -> None:
    with pytest.raises(
        InspectionError, match=f"the text has .* takes at most {MAX_TOKENS}: inspect it sentence by"
    ):
        inspect_translation(random_translator, "dog " * MAX_TOKENS)
    with pytest.raises(
        InspectionError,
        match=f"the translation has .* at most {MAX_TOKENS}: inspect it sentence by",
    ):
        inspect_pair(random_translator, "dog", "dog " * MAX_TOKENS)


def test_half_a_surrogate_pair_can_be_inspected(random_translator: Translator) -> None:
    inspection = inspect_pair(random_translator, "A \ud83d dog.", "Ein \udc36 Hund.")

    assert "\ufffd" in [word.text for word in inspection.words().source]


# -- from a run directory --------------------------------------------------------------------------


@pytest.fixture
def run(trained_translator: Translator, tmp_path: Path) -> RunDirectory:
    run = RunDirectory(tmp_path / "run")
    model = ModelConfig(
        d_model=D_MODEL,
        num_heads=HEADS,
        d_ff=40,
        num_encoder_layers=ENCODER_LAYERS,
        num_decoder_layers=DECODER_LAYERS,
    )
    run.create(Config(model=model))
    run.save_tokenizer(trained_translator.tokenizer)
    save_model(run, trained_translator.model, trained_translator.tokenizer)
    return run


def test_a_run_is_inspected_in_one_call(run: RunDirectory, trained_translator: Translator) -> None:
    searched = package.inspect(ENGLISH[0], run=run.path, strategy=BeamSearch(beam_size=1))
    given = package.inspect(ENGLISH[0], run=run.path, tgt=GERMAN[1])

    assert (searched.how, searched.translation) == ("greedy", GERMAN[0])
    assert package.inspect(ENGLISH[0], run=run.path).how == "beam search, beam 5, hypothesis 1"
    assert given.how == "given by the user"
    expected = inspect_pair(trained_translator, ENGLISH[0], GERMAN[1])
    close(given.norms, expected.norms)


def test_a_given_translation_is_not_searched_for(run: RunDirectory) -> None:
    search = BeamSearch(beam_size=2)

    with pytest.raises(InspectionError, match="tgt is a translation already: leave strategy out"):
        package.inspect("A dog.", run=run.path, tgt="Ein Hund.", strategy=search)


def all_layers(inspection: Inspection) -> list[AttentionLayer]:
    return [layer for kind in KINDS for layer in getattr(inspection, kind)]


def close(actual: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(actual, expected, atol=2e-5, rtol=1e-5)


def array(parameter: torch.Tensor) -> np.ndarray:
    return parameter.detach().numpy()


def ids(translator: Translator, text: str) -> list[int]:
    return translator.tokenizer.encode(text)
