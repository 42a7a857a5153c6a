"""Text in, text out: as many as given, one line each, and nothing of a long text left out."""

import json
import logging
from dataclasses import FrozenInstanceError, asdict, replace

import pytest
import torch
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence

from translator.config import BOS_ID, EOS_ID, PAD_ID, DecodingConfig, ModelConfig, TokenizerConfig
from translator.decoding.search import Hypothesis, decode
from translator.decoding.strategies import BeamSearch, Sampling
from translator.decoding.translator import Translation, Translator
from translator.model.transformer import Transformer
from translator.text.tokenizer import Tokenizer, train_tokenizer

TEXTS = [
    "A dog runs across the green meadow.",
    "Two men sit on a bench.",
    "The girl wears a red dress, and she laughs.",
    "Ein Hund rennt über die grüne Wiese.",
    "Zwei Männer sitzen auf einer Bank.",
    "Das Mädchen trägt ein rotes Kleid, und es lacht.",
]
ODD = {
    "NUL": "A\x00dog",
    "emoji": "A 🐕‍🦺 runs 👩🏽‍🚀",
    "control characters": "\x01\x07\x1b[31m\x7f",
    "line separators": "A\u2028dog\x85runs\x0b\x0c\x1c.",
    "newlines": "A dog\nruns.\r\nA cat\rtoo.\n",
    "half a surrogate pair": "A \ud83d dog",
    "right to left": "\u202eكلب يجري",
    "special tokens": "<pad> <unk> <s> </s>",
    "combining": "u\u0308" * 9,
    "the sign for a space": "▁▁ ▁",
    "byte order mark": "\ufeffA dog",
    "zero width": "\u200b",
}


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(TEXTS, TokenizerConfig(vocab_size=320))


@pytest.fixture(scope="module")
def model(tokenizer: Tokenizer) -> Transformer:
    """Knows TEXTS by heart: each is translated into the other language."""
    torch.manual_seed(1)
    config = ModelConfig(
        d_model=32, num_heads=2, d_ff=64, num_encoder_layers=1, num_decoder_layers=1, dropout=0.0
    )
    model = Transformer(config, tokenizer.vocab_size)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    ids = [torch.tensor(ids) for ids in tokenizer.encode_all(TEXTS)]
    src = pad_sequence(ids, batch_first=True)
    tgt_out = pad_sequence([*ids[3:], *ids[:3]], batch_first=True)
    tgt_in = F.pad(tgt_out, (1, -1), value=BOS_ID)
    for _ in range(100):
        logits = model.logits(tgt_in, model.encode(src, src == PAD_ID), src == PAD_ID)
        loss = F.cross_entropy(logits.transpose(1, 2), tgt_out, ignore_index=PAD_ID)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


@pytest.fixture(scope="module")
def translator(model: Transformer, tokenizer: Tokenizer) -> Translator:
    return make_translator(model, tokenizer)


def test_what_was_learned_is_translated(translator: Translator) -> None:
    assert translator.translate(TEXTS) == [*TEXTS[3:], *TEXTS[:3]]


def test_a_translation_is_the_decoded_best_hypothesis_of_the_configured_beam(
    translator: Translator, tokenizer: Tokenizer
) -> None:
    strategy = BeamSearch(beam_size=3, length_penalty=0.5, num_best=1)
    sources = tokenizer.encode_all(TEXTS)
    [first, *_] = decode(translator.model, sources, strategy)

    translations = translator.translate_all(TEXTS)

    assert translator.beam_search() == strategy
    assert len(translations) == len(TEXTS)
    assert translations[0] == [
        Translation(
            text=one_line(tokenizer.text(first[0].ids)),
            score=first[0].score,
            tokens=tokenizer.pieces(first[0].ids),
            logprobs=first[0].logprobs,
        )
    ]
    assert translator.translate(TEXTS) == [best.text for [best] in translations]


def test_results_are_in_input_order_whatever_the_lengths(translator: Translator) -> None:
    english, german = TEXTS[:3], TEXTS[3:]

    assert translator.translate(english[::-1]) == german[::-1]
    assert translator.translate([german[1], *english, german[1]]) == [
        english[1],
        *german,
        english[1],
    ]


@pytest.mark.parametrize("blank", ["", " ", "\t \u3000", "\n", "\u2028\x85", "▁"])
def test_blank_gives_blank_and_moves_nothing(translator: Translator, blank: str) -> None:
    mixed = translator.translate([blank, TEXTS[0], blank, blank, TEXTS[1], blank])

    assert mixed == ["", TEXTS[3], "", "", TEXTS[4], ""]


def test_a_blank_has_one_blank_translation_however_many_are_asked_for(
    translator: Translator,
) -> None:
    blank, other = translator.translate_all([" ", TEXTS[0]], BeamSearch(beam_size=3, num_best=3))

    assert blank == [Translation(text="", score=0.0, tokens=[], logprobs=[])]
    assert len(other) == 3


def test_blanks_alone_do_not_run_the_model(
    translator: Translator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translator.model, "encode", None)

    assert translator.translate(["", "  "]) == ["", ""]
    assert translator.translate([]) == []
    with pytest.raises(TypeError):
        translator.translate(["A dog runs."])


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_any_text_gives_one_line_that_can_be_written(translator: Translator, text: str) -> None:
    translations = translator.translate([TEXTS[0], text, TEXTS[1]])

    assert translations[::2] == TEXTS[3:5]
    assert len(translations[1].splitlines()) <= 1
    translations[1].encode("utf-8")


@pytest.mark.parametrize("separator", ["\n", "\r", "\r\n", "\u2028", "\x85", "\x0b", "\t"])
def test_a_separator_written_by_the_model_becomes_a_space(
    translator: Translator,
    tokenizer: Tokenizer,
    separator: str,
) -> None:
    pieces = tokenizer.pieces(range(tokenizer.vocab_size))
    spelled = [pieces.index(f"<0x{byte:02X}>") for byte in separator.encode()]
    ids = [*tokenizer.encode("dog")[:-1], *spelled, *tokenizer.encode("cat")]
    written = Hypothesis(ids=ids, logprobs=[-1.0] * len(ids), score=-1.0)
    translator = replace(translator, search=lambda *_, **__: [[written]])
    assert separator in tokenizer.text(ids)

    assert translator.translate(["A dog, a cat."]) == ["dog cat"]


def test_half_a_surrogate_pair_is_read_as_a_replacement_character(
    translator: Translator,
) -> None:
    assert translator.translate(["A \ud83d dog"]) == translator.translate(["A \ufffd dog"])
    assert translator.translate([TEXTS[0]], prefix="\udcff")[0].startswith("\ufffd")


def test_one_string_is_no_list_of_texts(translator: Translator) -> None:
    with pytest.raises(TypeError, match="must be a list of strings, not one string"):
        translator.translate("A dog runs.")


@pytest.mark.parametrize("strategy", [BeamSearch(beam_size=4, num_best=4), Sampling(num_samples=4)])
def test_all_that_was_asked_for_comes_best_first(
    translator: Translator, strategy: BeamSearch | Sampling
) -> None:
    for translations in translator.translate_all(TEXTS, strategy):
        finished = [t.score for t in translations if t.tokens[-1] == "</s>"]
        assert len(translations) == 4
        assert finished == sorted(finished, reverse=True)
        assert all(len(t.tokens) == len(t.logprobs) for t in translations)


def test_a_translator_cannot_be_changed(translator: Translator) -> None:
    with pytest.raises(FrozenInstanceError):
        translator.decoding = DecodingConfig(beam_size=1)  # type: ignore[misc]


def test_samples_repeat_with_their_seed_and_only_then(translator: Translator) -> None:
    first = translator.translate(TEXTS, Sampling(seed=1))

    assert translator.translate(TEXTS, Sampling(seed=1)) == first
    assert translator.translate(TEXTS, Sampling(seed=2)) != first


@pytest.mark.parametrize("prefix", ["Zwei Män", "Zwei Männer", "Zwei Männer "])
def test_every_translation_begins_with_the_prefix(translator: Translator, prefix: str) -> None:
    strategy = BeamSearch(beam_size=3, num_best=3)

    for translations in translator.translate_all(TEXTS, strategy, prefix=prefix):
        assert len(translations) == 3
        assert all(t.text.startswith(prefix.strip()) for t in translations)


def test_a_blank_text_is_blank_whatever_the_prefix(translator: Translator) -> None:
    assert translator.translate(["", TEXTS[0]], prefix="Ein")[0] == ""


def test_a_translation_is_ready_for_json(translator: Translator) -> None:
    [[best]] = translator.translate_all(TEXTS[:1])

    assert json.loads(json.dumps(asdict(best))) == asdict(best)


def test_a_text_of_the_longest_length_trained_on_is_translated_whole(
    model: Transformer, tokenizer: Tokenizer, caplog: pytest.LogCaptureFixture
) -> None:
    text = f"{TEXTS[0]} {TEXTS[1]}"
    length = len(tokenizer.encode(text))
    whole = make_translator(model, tokenizer, max_src_length=length).whole()
    in_parts = make_translator(model, tokenizer, max_src_length=length - 1).whole()

    [[translation]] = whole.translate_all([text])
    assert translation.tokens.count("</s>") <= 1
    assert caplog.messages == []

    [translated_apart] = in_parts.translate([text])
    assert translated_apart == f"{TEXTS[3]} {TEXTS[4]}"
    assert caplog.messages == []


def test_a_text_is_translated_line_by_line_and_sentence_by_sentence(
    model: Transformer, tokenizer: Tokenizer, caplog: pytest.LogCaptureFixture
) -> None:
    heading = TEXTS[2].rstrip(".")
    texts = [f"{TEXTS[0]} {TEXTS[1]}", f"\n{heading}\n\n{TEXTS[0]}", TEXTS[0]]
    by_sentence = make_translator(model, tokenizer)
    whole = by_sentence.whole()
    first, second, of_heading = whole.translate([TEXTS[0], TEXTS[1], heading])

    translations = by_sentence.translate(texts)

    assert translations == [f"{first} {second}", f"{of_heading} {first}".strip(), first]
    assert translations != whole.translate(texts)
    assert caplog.messages == []


def test_up_to_the_limit_of_tokens_a_text_is_translated_whole(
    model: Transformer, tokenizer: Tokenizer
) -> None:
    text = f"{TEXTS[0]} {TEXTS[1]}"
    translator = make_translator(model, tokenizer)
    length = len(tokenizer.encode(text))
    at_limit, over = (
        replace(translator, decoding=replace(translator.decoding, split_over=limit))
        for limit in (length, length - 1)
    )

    assert at_limit.translate([text]) == translator.whole().translate([text])
    assert over.translate([text]) == translator.translate([text])


def test_a_long_sentence_is_announced_with_its_line_and_its_length_and_others_by_their_number(
    model: Transformer, tokenizer: Tokenizer, caplog: pytest.LogCaptureFixture
) -> None:
    longest = max(len(ids) for ids in tokenizer.encode_all(TEXTS))
    translator = make_translator(model, tokenizer, max_src_length=longest)
    sentence = " ".join(TEXTS).replace(".", ",")

    assert translator.translate(["", TEXTS[0], " ".join(TEXTS)])[:2] == ["", TEXTS[3]]
    assert caplog.messages == []

    translations = translator.translate(["", f"{TEXTS[0]} {sentence}", sentence, sentence])

    assert translations[1] == f"{TEXTS[3]} {translations[2]}"
    warning = (
        f"line 2: a sentence of {len(tokenizer.encode(sentence))} tokens, but the model was "
        f"trained on at most {longest}: translated in parts"
    )
    assert caplog.messages == [f"{warning}, like 2 more"]
    caplog.clear()
    translator.translate(["", sentence])
    assert caplog.messages == [warning]
    assert caplog.records[0].levelno == logging.WARNING
    assert caplog.records[0].name == "translator.decoding.translator"


def test_notices_count_lines_from_where_the_texts_begin(
    model: Transformer, tokenizer: Tokenizer, caplog: pytest.LogCaptureFixture
) -> None:
    translator = Translator(model, tokenizer, DecodingConfig(beam_size=1), max_src_length=9)

    translator.translate_all(["short", "word " * 20], first_line=1001)
    translator.translate_all(["short", "word " * 20], first_line=None)  # of a document

    begins = repr("word " * 8 + "...")
    assert [message.split(":")[0] for message in caplog.messages] == ["line 1002", begins]


def test_the_kth_translation_of_a_long_text_joins_the_kth_of_each_part(
    model: Transformer,
    tokenizer: Tokenizer,
) -> None:
    longest = max(len(ids) for ids in tokenizer.encode_all(TEXTS))
    translator = make_translator(model, tokenizer, max_src_length=longest)
    strategy = BeamSearch(beam_size=3, num_best=3)
    apart = translator.translate_all(TEXTS[:3], strategy)

    [joined] = translator.translate_all([" ".join(TEXTS[:3])], strategy)

    for k, translation in enumerate(joined):
        parts = [translations[k] for translations in apart]
        assert translation.text == " ".join(part.text for part in parts).strip()
        assert translation.score == pytest.approx(sum(part.score for part in parts) / 3)
        assert translation.tokens == [token for part in parts for token in part.tokens]
        assert translation.logprobs == [p for part in parts for p in part.logprobs]
    assert len(joined) == 3


def test_only_the_first_part_of_a_long_text_has_the_prefix(
    model: Transformer, tokenizer: Tokenizer
) -> None:
    longest = max(len(ids) for ids in tokenizer.encode_all(TEXTS))
    translator = make_translator(model, tokenizer, max_src_length=longest)
    [first] = translator.translate(TEXTS[:1], prefix="Zwei Männer")
    [second] = translator.translate(TEXTS[1:2])

    joined = translator.translate([" ".join(TEXTS[:2]), TEXTS[0]], prefix="Zwei Männer")

    assert joined == [f"{first} {second}".strip(), first]


@pytest.mark.parametrize(
    "texts", [TEXTS, ["", *TEXTS, " "], [" ".join(TEXTS), "", TEXTS[0]], [" ".join(TEXTS)]]
)
def test_progress_adds_up_to_the_number_of_texts(
    model: Transformer, tokenizer: Tokenizer, texts: list[str]
) -> None:
    longest = max(len(ids) for ids in tokenizer.encode_all(TEXTS))
    translator = make_translator(model, tokenizer, max_src_length=longest, batch_tokens=60)
    told: list[int] = []

    translator.translate_all(texts, on_done=told.append)

    assert sum(told) == len(texts)
    assert len(told) > 1
    assert min(told) >= 0


def test_the_model_gets_all_of_a_long_text_in_parts_of_the_trained_length(
    model: Transformer, tokenizer: Tokenizer
) -> None:
    given: list[list[int]] = []
    nothing = Hypothesis(ids=[EOS_ID], logprobs=[0.0], score=0.0)

    def search(sources: list[list[int]], *_: object, **__: object) -> object:
        given[:] = sources
        return [[nothing]] * len(sources)

    translator = replace(make_translator(model, tokenizer, max_src_length=12), search=search)
    for text in [" ".join(TEXTS), "Donaudampfschifffahrt" * 20, "  🐕" * 40, "▁ " * 40 + "a" * 40]:
        translator.translate([text])

        assert max(map(len, given)) <= 12
        assert [EOS_ID] not in given
        seen = "".join(tokenizer.text(ids) for ids in given)
        assert "".join(seen.split()) == "".join(text.replace("▁", "").split())


def make_translator(
    model: Transformer,
    tokenizer: Tokenizer,
    *,
    max_src_length: int = 200,
    batch_tokens: int = 4096,
) -> Translator:
    config = DecodingConfig(beam_size=3, length_penalty=0.5, batch_tokens=batch_tokens)
    return Translator(model, tokenizer, config, max_src_length=max_src_length)


def one_line(text: str) -> str:
    return " ".join(text.split())
