"""Writes docs/attention.md: its numbers, its blocks of output and its pictures.

    python train.py --run runs/scenes
    python train.py --run runs/single-head --model.num_heads 1
    python docs/_generate/attention.py

The prose stands in attention.template.md. There, {{name}} is a fact that is measured here, and
{{$ command}} a command, which is run and shown with its output. So edit the template, never the
page. Its links are those of the page: they begin in docs/.
"""

import argparse
import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import attention_findings as findings
import torch
from attention_facts import (
    Example,
    Facts,
    causal_mask_facts,
    example_facts,
    padding_mask_facts,
    percent,
    single_row_facts,
    table,
    value_facts,
)
from attention_heads import (
    alignment_facts,
    comparison_facts,
    explanation_facts,
    head_facts,
    pruning_facts,
)
from attention_learned import learning_facts
from attention_rows import (
    length_facts,
    likeness_facts,
    position_facts,
    row_means,
    shape_facts,
    sink_facts,
    untrained_facts,
)

import translator
from translator.config import CorpusConfig, ModelConfig
from translator.decoding.translator import Translator
from translator.experiment.run_directory import RunDirectory
from translator.inspection.heads.alignment import Gold, make_gold
from translator.inspection.heads.report import HeadReport
from translator.inspection.heads.storage import load_report
from translator.inspection.learning import Learning
from translator.inspection.record import inspect_pair, inspect_translation
from translator.inspection.views import learning_picture, picture
from translator.inspection.views.terminal import choose_place
from translator.model.transformer import Transformer
from translator.text.alignments import load_alignments
from translator.text.corpus import load_split
from translator.text.tokenizer import Tokenizer

REPOSITORY = Path(__file__).parents[2]
TEMPLATE = Path(__file__).with_name("attention.template.md")
SENTENCE = "Today the woman is feeding the dog."
TRANSLATION = "Heute füttert die Frau den Hund."
"""What the decoder reads in pictures that are to be compared, whichever the model."""
LONGER = "The tourist who is visiting the museum today has forgotten the big umbrella."
SPLIT = "test"
"""What heads are surveyed over."""
SURVEY = "python -m translator heads {run} --split {split} --json {file}"

QKV = "[qkv]_proj"
"""What W_Q, W_K and W_V, with their biases, are called in the model."""

_NAME = re.compile(r"\{\{(\w+)\}\}")
_PLACE = re.compile(r"\{\{\$ .+\}\}$|\{\{\w+\}\}", re.MULTILINE)
_COMMAND = re.compile(r"\{\{\$ (.+?)\}\}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("runs/scenes"), help="several heads")
    parser.add_argument("--single", type=Path, default=Path("runs/single-head"), help="one head")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "docs")
    options = parser.parse_args()

    several, single = translator.load(options.run), translator.load(options.single)
    config = RunDirectory(options.run).load_config()
    untrained = forget(several, config.model)
    learning = RunDirectory(options.run).learning_record.load("runs/scenes")
    assert learning is not None, "a run of this version has a record of learning"
    inspection = inspect_translation(several, SENTENCE)
    example = Example(
        inspection=inspection, translator=several, place=choose_place(inspection, several)
    )
    facts = measure(example, several, single, untrained)
    facts |= over_rows(example, several, untrained, config.corpus)
    facts |= learning_facts(learning)
    facts |= scores(options.run, options.single)
    facts |= over_heads(survey(options.run), survey(options.single))
    with workplace({"scenes": options.run, "single-head": options.single}) as folder:
        page = fill(TEMPLATE.read_text(encoding="utf-8"), facts, folder)
    (options.out / "attention.md").write_text(page, encoding="utf-8")
    draw(example, single, learning, options.out)


def measure(
    example: Example, several: Translator, single: Translator, untrained: Translator
) -> Facts:
    """Of the models, and of the one sentence."""
    return {
        "sentence": SENTENCE,
        "single_translation": single.translate([SENTENCE])[0],
        "parameters": f"{count_parameters(several):,}",
        "single_parameters": f"{count_parameters(single):,}",
        "qkv_share": percent(count_parameters(several, QKV) / count_parameters(several)),
        "cross_qkv_share": percent(
            count_parameters(several, f"cross_attn.{QKV}") / count_parameters(several)
        ),
        **example_facts(example),
        **single_row_facts(example),
        **value_facts(example),
        **padding_mask_facts(example, LONGER),
        **causal_mask_facts(example),
    }


def _gold(corpus: CorpusConfig, tokenizer: Tokenizer) -> Gold | None:
    validation, here = (load_alignments(corpus, split) for split in ("validation", SPLIT))
    return make_gold(validation, here, tokenizer)


def over_rows(
    example: Example, several: Translator, untrained: Translator, corpus: CorpusConfig
) -> Facts:
    """What no report of heads has, over all rows of the split."""
    pairs, gold = load_split(corpus, SPLIT), _gold(corpus, several.tokenizer)
    assert gold is not None, "the page has a section on the gold alignment"
    found = row_means(several, pairs)
    return {
        **length_facts(example, found),
        **likeness_facts(found),
        **position_facts(several, list(gold.here.values()), found),
        **shape_facts(found),
        **sink_facts(found),
        **untrained_facts(row_means(untrained, pairs)),
    }


def survey(path: Path) -> HeadReport:
    """What the command `heads` says of a run."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "heads.json"
        command = SURVEY.format(run=shlex.quote(str(path)), split=SPLIT, file=file)
        run(command, Path.cwd())  # where the run's corpus is
        return load_report(file)


def over_heads(several: HeadReport, single: HeadReport) -> Facts:
    """What the reports of the two runs say."""
    return {
        "sentences": f"{several.num_sentences:,}",
        **head_facts(several),
        **pruning_facts(several),
        **comparison_facts(several, single),
        **explanation_facts(several),
        **alignment_facts(several),
        **{f"single_{name}": fact for name, fact in alignment_facts(single).items()},
    }


def scores(run: Path, single: Path) -> Facts:
    """What training wrote down of the two."""
    results = [
        json.loads((folder / "results.json").read_text(encoding="utf-8"))
        for folder in (run, single)
    ]
    bleu = [
        {split: scores["bleu"]["value"] for split, scores in result.items()} for result in results
    ]
    rows = [[split, *(f"{by_split[split]:.2f}" for by_split in bleu)] for split in bleu[0]]
    return {
        "bleu_table": table(["BLEU", "several heads", "one head"], rows),
        "bleu_verdict": findings.bleu(*bleu),
    }


def count_parameters(translator: Translator, name: str = "") -> int:
    """Of those whose names match the regular expression."""
    parameters = translator.model.named_parameters()
    return sum(one.numel() for full_name, one in parameters if re.search(name, full_name))


def forget(trained: Translator, shape: ModelConfig) -> Translator:
    """A model of the same shape and vocabulary whose weights are as before the first step."""
    torch.manual_seed(1)
    model = Transformer(shape, trained.tokenizer.vocab_size)
    return Translator(
        model.eval(),
        trained.tokenizer,
        trained.decoding,
        max_src_length=trained.max_src_length,
    )


@contextlib.contextmanager
def workplace(runs: dict[str, Path]) -> Iterator[Path]:
    """A folder in which the page's commands find the runs under the names that it gives them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "runs").mkdir()
        for run, path in runs.items():
            (folder / "runs" / run).symlink_to(path.resolve(), target_is_directory=True)
        (folder / "translate.py").symlink_to(REPOSITORY / "translate.py")
        yield folder


def fill(template: str, facts: Facts, folder: Path) -> str:
    """The page. Raises KeyError for a name that is no fact, and where a command fails."""
    named = _NAME.sub(lambda match: facts[match[1]], template)
    return _COMMAND.sub(lambda match: f"$ {match[1]}\n{run(match[1], folder)}", named)


def run(command: str, folder: Path) -> str:
    """What a command of the page prints."""
    python, *arguments = shlex.split(command)
    assert python == "python", command
    path = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
    )
    if done.returncode:
        raise SystemExit(f"{command} failed:\n{done.stderr}")
    return "\n".join(line.rstrip() for line in done.stdout.rstrip().splitlines())


def draw(example: Example, single: Translator, learning: Learning, out: Path) -> None:
    """The page's pictures."""
    layer, head = example.place.layer + 1, example.place.head + 1
    picture.save(example.inspection, out / "attention-one-head.png", layer, head)
    picture.save(example.inspection, out / "attention-all-heads.png")
    # The decoder may have more layers than the encoder.
    encoder_layer = min(layer, len(example.inspection.encoder_self_attn))
    picture.save(
        example.inspection, out / "attention-encoder.png", encoder_layer, head, which="encoder"
    )
    picture.save(example.inspection, out / "attention-decoder.png", layer, head, which="decoder")
    by_single = inspect_pair(single, SENTENCE, TRANSLATION)
    picture.save(by_single, out / "attention-single-head.png")
    learning_picture.save(learning, out / "attention-learned.png")


def check(template: str, page: str) -> None:
    """Raises ValueError with the first text of the template that the page does not have in its
    place, or where it has nothing between two."""
    position = 0
    parts = _PLACE.split(template)
    for number, part in enumerate(parts):
        found = page.find(part, position + 1) if number else page.find(part)
        if found < 0 or (number == 0 and found != 0):
            raise ValueError(f"the page lacks, in its place: {part!r}")
        position = found + len(part)
    if not page.endswith(parts[-1]):
        raise ValueError(f"the page does not end in: {parts[-1]!r}")


if __name__ == "__main__":
    main()
