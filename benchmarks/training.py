"""How fast training is, beside JoeyNMT, a plain PyTorch model and the matrix products alone.

    python benchmarks/training.py --source FOLDER

Target tokens per second (</s> counted, padding not) of training steps with one model shape and one
corpus. Each system runs in its own process, the systems alternate round by round, and the first
steps of each run are not timed. JoeyNMT makes its own batches of the same size; all other systems
take the same steps. Runs in bfloat16 if the processor supports bfloat16 arithmetic.
"""

import argparse
import dataclasses
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import measuring
import torch
from joeynmt_config import joeynmt_config
from measuring import COMMAND_LINE, Measured, System, median, median_ratio
from training_task import LABEL_SMOOTHING, LEARNING_RATE, WARMUP_STEPS, write_task

from translator.config import CorpusConfig, TokenizerConfig
from translator.errors import TranslatorError
from translator.text.batching import lengths_of, plan_epoch
from translator.text.corpus import Corpus, load_corpus
from translator.text.tokenizer import Tokenizer, train_tokenizer

MODEL = {
    "d_model": 128,
    "d_ff": 512,
    "num_encoder_layers": 4,
    "num_decoder_layers": 3,
    "num_heads": 4,
    "dropout": 0.2,
}
VOCAB_SIZE, BATCH_TOKENS = 6000, 4000
OURS, PLAIN, CEILING = "ours", "plain PyTorch", "matrix products"
IN_HALF = {name: f"{name}, bfloat16" for name in (OURS, PLAIN, CEILING)}
SYSTEMS = (OURS, "ours as a library", PLAIN, "JoeyNMT", CEILING, *IN_HALF.values())


def main() -> None:
    """Print the table and how close training comes to the ceiling."""
    given = options()
    try:
        corpus = load_corpus(CorpusConfig(source=given.source))
    except TranslatorError as error:
        measuring.refuse(str(error))
    with tempfile.TemporaryDirectory() as folder:
        systems = prepare(corpus, given, Path(folder))
        measured = measuring.alternate(systems, given.rounds)
    measuring.print_machine()
    print(f"medians of {given.rounds} runs of {given.steps} steps")
    measuring.print_table(
        ["system", "version", "threads", "target tokens/s", "ours / it", "peak MB"],
        [row(name, measured) for name in measured],
    )
    print_sizes(measured)
    if OURS in measured and CEILING in measured:
        share = median_ratio(measured[OURS], measured[CEILING])
        gflops = median(measured[CEILING], "flops_per_token") / 1e9
        print(
            f"ours does {median(measured[OURS]) * gflops:.1f} GFLOP/s, the products alone "
            f"{median(measured[CEILING]) * gflops:.1f}: {share:.0%}"
        )
        done = measured[OURS][0]["first_step_flops"] / measured[CEILING][0]["first_step_flops"]
        print(f"torch counts {done:.1%} of those products in a step of ours")


def options() -> argparse.Namespace:
    """The command line."""
    parser = measuring.parser(__doc__, SYSTEMS)
    parser.add_argument("--steps", type=int, default=20, help="timed steps of each run")
    return parser.parse_args()


def prepare(corpus: Corpus, given: argparse.Namespace, folder: Path) -> dict[str, System]:
    """Write the input of the systems; return how to run each of them."""
    train = corpus.splits["train"]
    tokenizer = train_tokenizer(
        (side for pair in train for side in pair), TokenizerConfig(vocab_size=VOCAB_SIZE)
    )
    sources, targets = (tokenizer.encode_all(side) for side in zip(*train, strict=True))
    pairs = list(zip(sources, targets, strict=True))
    plan = plan_epoch(lengths_of(pairs), batch_tokens=BATCH_TOKENS, seed=1, epoch=0)
    batches = [[pairs[row] for row in rows] for rows in plan[: WARMUP_STEPS + given.steps]]
    task = write_task(folder / "task.json", MODEL, tokenizer.vocab_size, batches)
    systems = {
        OURS: System(
            program="train_ours.py", arguments=[task, "--keep_memory"], environment=COMMAND_LINE
        ),
        "ours as a library": System(program="train_ours.py", arguments=[task]),
        PLAIN: System(program="train_plain.py", arguments=[task]),
        CEILING: System(program="matrix_products.py", arguments=[task], environment=COMMAND_LINE),
    }
    if torch.cpu._is_avx512_bf16_supported():
        for name, in_half in IN_HALF.items():
            arguments = [*systems[name].arguments, "--bfloat16"]
            systems[in_half] = dataclasses.replace(systems[name], arguments=arguments)
    if "JoeyNMT" in given.systems:
        systems["JoeyNMT"] = System(
            program="train_joeynmt.py",
            arguments=[write_joeynmt(folder, corpus, tokenizer, len(batches))],
            python=measuring.peer_python(given.peers, "joeynmt"),
        )
    return {name: systems[name] for name in SYSTEMS if name in given.systems and name in systems}


def write_joeynmt(folder: Path, corpus: Corpus, tokenizer: Tokenizer, num_steps: int) -> Path:
    """Write JoeyNMT's configuration for the same training, and the files that it names."""
    for split in ("train", "validation"):
        for side, language in enumerate(("en", "de")):
            lines = [pair[side] for pair in corpus.splits[split]]
            (folder / f"{split}.{language}").write_text("".join(f"{line}\n" for line in lines))
    training = {
        "optimizer": "adam",
        "adam_betas": [0.9, 0.98],
        "learning_rate": LEARNING_RATE,
        "learning_rate_min": 0.0,
        "scheduling": "warmupinversesquareroot",
        "learning_rate_warmup": 400,
        "clip_grad_norm": 1.0,
        "normalization": "tokens",
        "label_smoothing": LABEL_SMOOTHING,
        "batch_type": "token",
        "batch_size": BATCH_TOKENS,
        "updates": num_steps,
        "logging_freq": WARMUP_STEPS,
        "validation_freq": WARMUP_STEPS * 1_000_000,
    }
    data = {"train": str(folder / "train"), "dev": str(folder / "validation")}
    config = joeynmt_config(folder, tokenizer, MODEL) | {"training": training}
    config["data"] |= data
    file = folder / "joeynmt.yaml"
    file.write_text(json.dumps(config))  # JSON is YAML
    return file


def print_sizes(measured: Mapping[str, Sequence[Measured]]) -> None:
    """Print the number of parameters, which must be the same for all systems."""
    sizes = {
        name: runs[0]["num_parameters"]
        for name, runs in measured.items()
        if not name.startswith(CEILING)
    }
    if len(set(sizes.values())) > 1:
        measuring.refuse(f"the models are not of the same size: {sizes}")
    print(f"{next(iter(sizes.values()), 0):,} parameters in each")


def row(name: str, measured: Mapping[str, Sequence[Measured]]) -> list[str]:
    """A system's row of the table."""
    runs = measured[name]
    ratio = f"{median_ratio(measured[OURS], runs):.2f}" if OURS in measured else ""
    return [
        name,
        str(runs[0]["version"]),
        str(runs[0]["threads"]),
        f"{median(runs):,.0f}",
        ratio,
        f"{median(runs, 'peak_mb'):,.0f}",
    ]


if __name__ == "__main__":
    main()
