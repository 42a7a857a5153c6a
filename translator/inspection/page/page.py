"""The living page: one HTML file with a whole model in it, which translates any sentence.

It needs nothing else, and asks nobody for anything. The same translator and texts give the same
bytes. Text goes in as JSON and is shown as text.
"""

from collections.abc import Sequence

from translator.decoding.translator import Translator
from translator.errors import InspectionError
from translator.inspection.explanation import Faithfulness
from translator.inspection.learning import Learning
from translator.inspection.page.document import document
from translator.inspection.page.engine import Precision, embed_model, embed_weights, rounded
from translator.inspection.page.learning import embed_learning
from translator.inspection.page.opening import choose_opening
from translator.inspection.record import inspect_pair, inspect_translation

MOST_PARAMETERS = 30_000_000
"""Of all models in a page together. In float16 that is a file of 80 MB, and a model of that size
takes some seconds for a sentence."""


def as_html(
    translator: Translator,
    *,
    name: str,
    precision: Precision,
    text: str,
    tgt: str | None = None,
    checks: Sequence[str] = (),
    examples: Sequence[str] = (),
    languages: tuple[str, str] | None = None,
    faithfulness: Faithfulness | None = None,
    learning: Learning | None = None,
    begins_with: str | None = None,
    then: Sequence[tuple[int, Translator]] = (),
) -> str:
    """The page of the model called `name`, open at `text`, and at `tgt` if that is given.

    When it opens, it translates the `checks` and compares; none of them may be so long that the
    program would translate it in parts. `examples` are offered to the reader. `languages` are those
    of source and target, as HTML names them. `faithfulness` is how well attention explains what the
    model, as it is rounded, writes. `learning` is how its attention was learned, by a training that
    began with the weights of the run `begins_with`, or with random ones; `then` are its weights at
    some steps, which go into the page in int8. Raises InspectionError for models that are too
    large, and for a text or translation that is blank or too long.
    """
    check_size(translator, len(then))
    theirs = rounded(translator, precision)
    opening = inspect_translation(theirs, text) if tgt is None else inspect_pair(theirs, text, tgt)
    model = {
        "name": name,
        **embed_model(translator, precision),
        "text": text,
        "tgt": tgt,
        "start": choose_opening(opening, theirs).place._asdict(),
        "examples": list(examples),
        "checks": _translated(theirs, checks),
        "languages": languages and {"source": languages[0], "target": languages[1]},
        "faithfulness": faithfulness and faithfulness.payload(),
        "learning": learning and embed_learning(learning, begins_with),
        "thenSteps": [step for step, _ in then],
    }
    weights = {f"weights-{step}": embed_weights(earlier.model, "int8") for step, earlier in then}
    return document(model, parts=weights)


def check_size(translator: Translator, num_then: int = 0) -> None:
    """Raises InspectionError for a model that is too large for a page, by itself or with what it
    was at `num_then` steps of its training."""
    parameters = sum(parameter.numel() for parameter in translator.model.parameters())
    if parameters > MOST_PARAMETERS:
        raise InspectionError(
            f"the model has {parameters / 1e6:.1f} M parameters, and a page holds at most "
            f"{MOST_PARAMETERS / 1e6:.0f} M: use --json, --npz or the pictures (--png, --svg, "
            f"--pdf) instead of --html"
        )
    if parameters * (1 + num_then) > MOST_PARAMETERS:
        raise InspectionError(
            f"the model with its weights at {num_then} steps has "
            f"{parameters * (1 + num_then) / 1e6:.1f} M parameters, and a page holds at most "
            f"{MOST_PARAMETERS / 1e6:.0f} M: leave --weights_over_training out"
        )


def _translated(translator: Translator, texts: Sequence[str]) -> list[dict[str, object]]:
    """Each with its translation and the sum of its tokens' log-probabilities."""
    return [
        {"text": text, "translation": best.text, "logprob": sum(best.logprobs)}
        for text, [best] in zip(texts, translator.translate_all(texts), strict=True)
    ]
