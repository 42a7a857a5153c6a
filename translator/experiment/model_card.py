"""What a run directory says of itself to whoever finds it: README.md."""

import shlex

from translator.compute.files import short_name, write_atomically
from translator.config import Config, CorpusConfig
from translator.experiment.results import BEFORE
from translator.experiment.run_directory import RunDirectory


def write_model_card(run: RunDirectory, config: Config, description: str) -> None:
    """Make README.md of what the run directory holds."""
    write_atomically(run.card_file, model_card(run, config, description).encode())


def model_card(run: RunDirectory, config: Config, description: str) -> str:
    """Markdown: what it is, how it was trained, what it scores, how to use it, its limits."""
    corpus, model, training = config.corpus, config.model, config.training
    validations = [event for event in run.metrics.events() if event["event"] == "validation"]
    donor = run.init_from()
    beginning = f"from the weights of `{donor}`" if donor else "from scratch"
    steps = max((event["step"] for event in validations), default=0)
    path = shlex.quote(str(run.path))
    return f"""# {short_name(run.path)}: {corpus.src_column} to {corpus.tgt_column}

A transformer of {model.num_encoder_layers} encoder and {model.num_decoder_layers} decoder layers,
{model.num_heads} heads, d_model {model.d_model}, d_ff {model.d_ff}, trained {beginning} on
{_sources(corpus)} in {run.seconds() / 60:.1f} minutes and {steps} steps.

{description}

## Scores

{_score_table(run)}

The weights are the average that was best on validation ({training.metric}) among
{len(validations)} validations; ties were broken by chrF, then by the loss. Test sets were not
looked at before.

{_change_table(run)}## Use

    python translate.py --run {path} "..."
    translator evaluate {path} --split test
    translator inspect --run {path} --html page.html

## Limits

It knows the words and the kinds of sentence of its corpus, and no others. What it has not seen it
translates fluently and wrongly.

Every setting is in `config.yaml`, the course of training in `metrics.jsonl`, scores in
`results.json`, translations in `hypotheses/`. `held_out/` holds the
validation and test text of the corpus, under the corpus's own licence.
"""


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
    rows = ["| split | score | signature |", "|---|---|---|"]
    for split, result in run.results.load().items():
        if split.endswith(BEFORE):
            continue
        for name in ("bleu", "bleu_lowercased", "chrf", "ter"):
            score = result[name]
            rows.append(
                f"| {split} | {score['name']} {score['value']:.2f} | `{score['signature']}` |"
            )
    return "\n".join(rows)


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

The same texts, with the weights that training began with and with those that it ended with:

{table}

"""
