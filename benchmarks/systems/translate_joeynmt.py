"""Sentences per second of JoeyNMT: translate_joeynmt.py TASK CONFIG --beam_size N --batch_size N"""

import argparse
import json
import time
from importlib import metadata
from pathlib import Path

import torch
from joeynmt.config import load_config, parse_global_args
from joeynmt.prediction import predict, prepare
from measuring import report

options = argparse.ArgumentParser()
options.add_argument("task", type=Path)
options.add_argument("config", type=Path)
options.add_argument("--beam_size", type=int, required=True)
options.add_argument("--batch_size", type=int, required=True, help="sentences")
given = options.parse_args()

task = json.loads(given.task.read_text())
config = load_config(given.config)
config["testing"] |= {"beam_size": given.beam_size, "batch_size": given.batch_size}
args = parse_global_args(config, rank=0, mode="translate")
model, _, _, data = prepare(args, rank=0, mode="translate")


def translate(sources: list[str]) -> list[str]:
    """Translate as JoeyNMT's own command `translate` does."""
    data.reset_cache()
    for source in sources:
        data.set_item(source)
    _, _, translations, *_ = predict(
        model=model,
        data=data,
        compute_loss=False,
        device=args.device,
        n_gpu=args.n_gpu,
        normalization="none",
        num_workers=args.num_workers,
        args=args.test,
        autocast=args.autocast,
    )
    return list(translations)


translate(task["sources"][:8])
started = time.perf_counter()
translations = translate(task["sources"])
seconds = time.perf_counter() - started
report(
    len(translations) / seconds,
    version=f"{metadata.version('joeynmt')}, torch {torch.__version__}",
    threads=torch.get_num_threads(),
    sources=task["sources"],
    translations=translations,
)
