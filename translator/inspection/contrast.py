"""Why this token and not that one? The contributions to both, at one decoding step."""

from dataclasses import dataclass

from translator.config import EOS_ID
from translator.decoding.translator import Translator
from translator.errors import ConfigError
from translator.inspection.contributions import LogitParts, attribute_logits, logits_of
from translator.inspection.inspection import Inspection
from translator.text.tokenizer import SPECIALS, Tokenizer


@dataclass(frozen=True, kw_only=True, eq=False)
class Contrast:
    """A written token compared with another one."""

    step: int
    """From 0."""
    other: str
    """The piece that was not written."""
    is_whole: bool
    """Whether `other` is the whole word, not only its first piece."""
    logprob: float
    """Of the other one."""
    parts: LogitParts
    """The contributions, at every decoding step, to the written token's logit minus the other
    token's."""


def contrast(
    inspection: Inspection, translator: Translator, word: str, step: int | None = None
) -> Contrast:
    """The contributions in favour of the token written at `step`, from 0, over the first token of
    `word`, or </s>.

    The default step is the one at which the other token is most probable relative to the written
    one. Raises ConfigError for a word that is blank, or that was written at `step`; InspectionError
    for a translator that did not make the inspection.
    """
    tokens = _first_tokens(translator.tokenizer, word)
    logits = logits_of(inspection, translator)
    steps = range(len(inspection.writes)) if step is None else [step]
    leads = {
        (at, token): float(logits[at, inspection.write_ids[at]] - logits[at, token])
        for at in steps
        if inspection.write_ids[at] not in tokens
        for token in tokens
    }
    if not leads:
        where = "every decoding step" if step is None else f"decoding step {step + 1}"
        [piece, *_] = translator.tokenizer.pieces(list(tokens))
        what = "that" if all(tokens.values()) else f"its first piece, {piece},"
        raise ConfigError(f"--contrast {word}: {what} is what {where} writes: give another word")
    at, token = min(leads, key=leads.__getitem__)
    return Contrast(
        step=at,
        other=translator.tokenizer.pieces([token])[0],
        is_whole=tokens[token],
        logprob=float(inspection.logprobs[at]) - leads[at, token],
        parts=attribute_logits(
            inspection,
            translator,
            inspection.write_ids,
            less=[token] * len(inspection.writes),
        ),
    )


def _first_tokens(tokenizer: Tokenizer, word: str) -> dict[int, bool]:
    """The tokens that are all of `word`: a word of its own, what continues one, or </s>; if there
    is none, the first of several. And whether each is all of it."""
    ids = [token for token in tokenizer.encode(word) if token != EOS_ID]
    if not ids:
        raise ConfigError("--contrast is blank: give a word")
    as_piece = EOS_ID if word.strip() == SPECIALS[EOS_ID] else tokenizer.id_of(word.strip())
    whole = [*(ids if len(ids) == 1 else []), *([] if as_piece is None else [as_piece])]
    return dict.fromkeys(whole, True) or {ids[0]: False}
