"""The model card of a run directory: README.md, in the format of the hub."""

import re
from typing import Any

import yaml

from translator.compute.files import short_name, write_atomically
from translator.config import Config, CorpusConfig
from translator.errors import RunError
from translator.experiment.results import BEFORE
from translator.experiment.run_directory import RunDirectory
from translator.text.sources import HUB_ID, local_path

METRICS = {"bleu": "BLEU", "bleu_lowercased": "BLEU, lowercased", "chrf": "chrF", "ter": "TER"}
"""Columns of the score table; the hub does not use the second."""
LANGUAGE = re.compile("[a-z]{2,3}")


def write_model_card(run: RunDirectory, config: Config, description: str) -> None:
    """Write README.md from the content of the run directory."""
    write_atomically(run.card_file, model_card(run, config, description).encode())


def model_card(run: RunDirectory, config: Config, description: str) -> str:
    """Facts for the hub in YAML, then Markdown: what it is, how it was trained, what it scores, how
    to use it, its limits."""
    corpus, model, training = config.corpus, config.model, config.training
    validations = [event for event in run.metrics.events() if event["event"] == "validation"]
    donor = run.init_from()
    beginning = f"from the weights of `{donor}`" if donor else "from scratch"
    steps = max((event["step"] for event in validations), default=0)
    return f"""---
{_facts(run, corpus).to_yaml()}
---

# {short_name(run.path)}: {corpus.src_column} to {corpus.tgt_column}

A transformer of {model.num_encoder_layers} encoder and {model.num_decoder_layers} decoder layers,
{model.num_heads} heads, d_model {model.d_model}, d_ff {model.d_ff}, trained {beginning} on
{_sources(corpus)} in {run.seconds() / 60:.1f} minutes and {steps} steps.

{description}

## Scores

{_score_table(run)}

The weights are the average that was best on validation ({training.metric}) among
{len(validations)} validations; ties were broken by chrF, then by the loss. Test sets played no
part in this choice.

{_change_table(run)}## Use

    python translate.py --run RUN "..."
    translator evaluate RUN --split test
    translator inspect --run RUN --html page.html

RUN is this folder, or its name on the hub, owner/name.

## Limits

The model knows only the words and the kinds of sentence of its corpus. Everything else is
translated fluently and wrongly.

Every setting is in `config.yaml`, the course of training in `metrics.jsonl`, scores in
`results.json`, translations in `hypotheses/`. `held_out/` holds the
validation and test text of the corpus, under the corpus's own license.
"""


def with_license(card: str, license_id: str | None) -> str:
    """The same card with a license among its facts. Raises RunError if the facts are not YAML."""
    from huggingface_hub import ModelCard

    try:
        parsed = ModelCard(card, ignore_metadata_errors=True)
    except (ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise RunError(f"the facts at the top of README.md are not valid YAML: {reason}") from None
    if license_id is not None:
        parsed.data["license"] = license_id
    return str(parsed)


def _facts(run: RunDirectory, corpus: CorpusConfig) -> Any:
    """What the hub lists, filters and compares models by."""
    from huggingface_hub import ModelCardData

    columns = [corpus.src_column, corpus.tgt_column]
    on_hub = [
        part.source
        for part in corpus.parts
        if HUB_ID.fullmatch(part.source) and local_path(part.source) is None
    ]
    return ModelCardData(
        language=[column for column in columns if LANGUAGE.fullmatch(column)] or None,
        library_name="seq2see",
        pipeline_tag="translation",
        tags=["translation", "transformer", "cross-attention"],
        datasets=on_hub or None,
        model_name=short_name(run.path),
        eval_results=_eval_results(run, corpus) or None,
    )


def _eval_results(run: RunDirectory, corpus: CorpusConfig) -> list[Any]:
    from huggingface_hub import EvalResult

    return [
        EvalResult(
            task_type="translation",
            dataset_type=corpus.main,
            dataset_name=short_name(corpus.main),
            dataset_split=split,
            metric_type=metric,
            metric_name=result[metric]["name"],
            metric_value=round(result[metric]["value"], 2),
            metric_args={"signature": result[metric]["signature"]},
        )
        for split, result in _final_results(run).items()
        for metric in METRICS
        if metric != "bleu_lowercased"
    ]


def _final_results(run: RunDirectory) -> dict[str, Any]:
    return {
        split: result for split, result in run.results.load().items() if not split.endswith(BEFORE)
    }


def _sources(corpus: CorpusConfig) -> str:
    """`A` (weight 20) and `B`"""
    revision = f" at {corpus.revision}" if corpus.revision else ""
    *others, last = [
        f"`{part.source}`{revision}" + (f" (weight {part.weight:g})" if part.weight != 1 else "")
        for part in corpus.parts
    ]
    parallel = f"{', '.join(others)} and {last}" if others else last
    texts = [text for text in (corpus.monolingual_src, corpus.monolingual_tgt) if text is not None]
    alone = " and ".join(f"`{text}`" for text in texts)
    return f"{parallel}, and on text of one language ({alone})," if texts else parallel


def _score_table(run: RunDirectory) -> str:
    """One row per split. The signatures follow below: their bars would end table cells."""
    results = _final_results(run)
    if not results:
        return "Nothing has been scored yet."
    rows = [f"| split | {' | '.join(METRICS.values())} |", "|---|---|---|---|---|"]
    for split, result in results.items():
        values = (f"{result[metric]['value']:.2f}" for metric in METRICS)
        rows.append(f"| {split} | {' | '.join(values)} |")
    signatures = {
        f"- {name}: `{result[metric]['signature']}`": None
        for metric, name in METRICS.items()
        for result in results.values()
    }
    return "\n".join([*rows, "", "Signatures of sacreBLEU:", "", *signatures])


def _change_table(run: RunDirectory) -> str:
    """What a fine-tuning gained and what it forgot; empty for other runs."""
    changes = run.results.changes()
    if not changes:
        return ""
    rows = ["| split | score | before | after |", "|---|---|---|---|"]
    for split, (before, after) in changes.items():
        for name in ("bleu", "chrf"):
            old, new = before[name]["value"], after[name]["value"]
            rows.append(f"| {split} | {before[name]['name']} | {old:.2f} | {new:.2f} |")
    table = "\n".join(rows)
    return f"""## Gained and forgotten

Scores of the same texts with the weights from before and after training:

{table}

"""
