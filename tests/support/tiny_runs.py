"""A complete run on a corpus of three-word sentences, trained in a second."""

import dataclasses
import math
import random
from pathlib import Path

import torch
from inspected import SHAPE

from translator.compute.distributed import World
from translator.config import (
    Config,
    CorpusConfig,
    DecodingConfig,
    DiversificationConfig,
    ModelConfig,
    TokenizerConfig,
    TrainingConfig,
)
from translator.decoding.translator import Translator
from translator.experiment import experiment as lab
from translator.experiment import resuming, training_run
from translator.experiment.experiment import Experiment
from translator.experiment.run_directory import RunDirectory, origin
from translator.model.transformer import Transformer
from translator.text.tokenizer import Tokenizer
from translator.training.loop import Ending

CPU = torch.device("cpu")
NOUNS = {"dog": "Hund", "man": "Mann", "bird": "Vogel", "tree": "Baum", "king": "König"}
VERBS = {"runs": "rennt", "sings": "singt", "waits": "wartet", "falls": "fällt"}
ADVERBS = {"today": "heute", "here": "hier", "alone": "allein", "slowly": "langsam", "": ""}


def tiny_config(corpus: Path) -> Config:
    """Validations after steps 4, 8, 12 and 14; some steps to an epoch."""
    return Config(
        corpus=CorpusConfig(source=str(corpus)),
        tokenizer=TokenizerConfig(vocab_size=330),
        model=ModelConfig(
            d_model=24,
            num_heads=2,
            d_ff=36,
            num_encoder_layers=1,
            num_decoder_layers=1,
            dropout=0.2,
        ),
        training=TrainingConfig(
            optimizer="adamw",
            max_steps=14,
            batch_tokens=240,
            accumulate=2,
            learning_rate=5e-3,
            warmup_steps=3,
            eval_every=4,
            log_every=1,
            metric="loss",
        ),
        decoding=DecodingConfig(beam_size=2),
    )


def short_config(corpus: Path) -> Config:
    """Validations after steps 2, 4 and 5, of two sentences."""
    write_corpus(corpus)
    for file in (*corpus.glob("validation.*"), *corpus.glob("test.*")):
        file.write_text("".join(file.read_text(encoding="utf-8").splitlines(True)[:2]), "utf-8")
    config = tiny_config(corpus)
    training = dataclasses.replace(config.training, max_steps=5, eval_every=2, log_every=3)
    decoding = dataclasses.replace(config.decoding, beam_size=1)
    return dataclasses.replace(config, training=training, decoding=decoding)


def with_text_of_one_language(config: Config, folder: Path) -> Config:
    """The config with teachers that translate two sources and three targets, in two rounds."""
    (folder / "text.en").write_text("the king laughs\nthe tree\n", encoding="utf-8")
    (folder / "text.de").write_text("der König lacht\nder Baum\nder Hund\n", encoding="utf-8")
    corpus = dataclasses.replace(
        config.corpus,
        monolingual_src=str(folder / "text.en"),
        monolingual_tgt=str(folder / "text.de"),
    )
    diversification = DiversificationConfig(models=1, max_steps=2, tag="<BT>", rounds=2)
    return dataclasses.replace(config, corpus=corpus, diversification=diversification)


def write_corpus(
    folder: Path, nouns: dict[str, str] | None = None, extra: str | None = None
) -> None:
    """Write train, validation and test splits of three-word sentences; the held-out splits never
    change."""
    folder.mkdir(exist_ok=True)
    pairs = sentences(NOUNS)
    held_out, rest = pairs[:19], pairs[19:]
    splits = {
        "train": rest if nouns is None else rest + sentences(nouns),
        "validation": held_out[:8],
        "test": held_out[8:],
    }
    if extra is not None:
        splits[extra] = [(f"{src} .", f"{tgt} und {tgt}") for src, tgt in held_out[8:13]]
    for split, chosen in splits.items():
        for number, language in enumerate(("en", "de")):
            text = "".join(f"{pair[number]}\n" for pair in chosen)
            (folder / f"{split}.{language}").write_text(text, encoding="utf-8")


def sentences(nouns: dict[str, str]) -> list[tuple[str, str]]:
    pairs = [
        (" ".join(["the", *noun, *verb, *adverb]), " ".join(["der", *other]))
        for noun, verb, adverb, other in (
            ([noun], [verb], [adverb] * bool(adverb), [nouns[noun], VERBS[verb], ADVERBS[adverb]])
            for noun in nouns
            for verb in VERBS
            for adverb in ADVERBS
        )
    ]
    pairs = [(src, tgt.strip()) for src, tgt in pairs]
    random.Random(1).shuffle(pairs)
    return pairs


def save_model(
    run: RunDirectory, model: Transformer, tokenizer: Tokenizer, max_src_length: int = 30
) -> None:
    """Save `model` as the model of a run whose config already exists."""
    facts = origin(run.load_config(), tokenizer)
    weights = dict(model.named_parameters())
    run.save_model(weights, {"step": 30, "max_src_length": max_src_length, **facts})


def learned_run(folder: Path, corpus: Path, translator: Translator) -> RunDirectory:
    """A run with the model of `translator` and the corpus in `corpus`."""
    run = RunDirectory(folder)
    run.create(
        Config(
            corpus=CorpusConfig(source=str(corpus)),
            tokenizer=TokenizerConfig(vocab_size=330),
            model=SHAPE,
            decoding=DecodingConfig(beam_size=3),
        )
    )
    run.save_tokenizer(translator.tokenizer)
    save_model(run, translator.model, translator.tokenizer)
    return run


def save_checkpoint(
    run: RunDirectory,
    step: int,
    model: Transformer,
    tokenizer: Tokenizer,
    max_src_length: int = 30,
) -> None:
    """Save the checkpoint of a step, with `model` as its average and no other tensors."""
    facts = {"max_src_length": max_src_length, **origin(run.load_config(), tokenizer)}
    tensors = {f"average.{name}": value for name, value in model.named_parameters()}
    run.checkpoints.save(step, tensors, facts, best_step=step)


def append(file: Path, src: str, tgt: str) -> None:
    for language, text in (("en", src), ("de", tgt)):
        with file.with_suffix(f".{language}").open("a", encoding="utf-8") as opened:
            opened.write(f"{text}\n")


def lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").split("\n")[:-1]


def prepare(config: Config, run: RunDirectory | None = None) -> Experiment:
    return lab.prepare(config, CPU, World(), run.load_tokenizer() if run else None)


def train(
    config: Config, run: RunDirectory, stop: float = math.inf, resumes: bool = False
) -> Ending:
    """Train as the command does, with an interruption after step `stop`."""
    experiment = prepare(config, run if resumes else None)
    if resumes:
        if run.checkpoints.files():
            experiment = resuming.restore(experiment, run)
            resuming.rewind(experiment, run)
        else:
            run.forget_after(-1)
    else:
        run.create(config)
        run.save_tokenizer(experiment.tokenizer)
    ending = training_run.run_training(
        experiment, run, lambda: experiment.learner.state.step == stop
    )
    if ending == "finished":
        training_run.finish(experiment, run)
    return ending


def arguments(
    config: Config, *, max_steps: int, learning_rate: float = 0.02, eval_every: int = 20
) -> list[str]:
    shape = dataclasses.asdict(config.model)
    return [
        "--device=cpu",
        f"--corpus.source={config.corpus.source}",
        "--tokenizer.vocab_size=330",
        *(f"--model.{name}={value}" for name, value in shape.items() if "dropout" not in name),
        "--model.dropout=0",
        "--training.optimizer=adamw",
        f"--training.max_steps={max_steps}",
        f"--training.learning_rate={learning_rate}",
        f"--training.eval_every={eval_every}",
        "--training.warmup_steps=10",
        "--training.batch_tokens=400",
        "--training.average_decay=0.9",
    ]


def without_times(event: dict[str, object]) -> dict[str, object]:
    times = ("seconds", "target_tokens_per_second")
    return {name: value for name, value in event.items() if name not in times}
