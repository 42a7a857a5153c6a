"""Sentences per second of our decoding: translate_ours.py TASK --beam_size N [--single] ...

The process is set up as by the command line; the parent process sets the environment.
"""

import argparse
import dataclasses
import json
import statistics
import time
from pathlib import Path

import torch
from measuring import report

import translator
from translator.compute.memory import keep_freed_memory
from translator.decoding.strategies import BeamSearch

options = argparse.ArgumentParser()
options.add_argument("task", type=Path)
options.add_argument("--run", help="instead of the task's")
options.add_argument("--engine", choices=["torch", "ctranslate2"], default="torch")
options.add_argument("--beam_size", type=int, required=True)
options.add_argument("--batch_tokens", type=int)
options.add_argument("--single", action="store_true", help="one sentence at a time")
given = options.parse_args()

keep_freed_memory()
task = json.loads(given.task.read_text())
german = translator.load(given.run or task["run"], engine=given.engine)
if given.batch_tokens:
    decoding = dataclasses.replace(german.decoding, batch_tokens=given.batch_tokens)
    german = dataclasses.replace(german, decoding=decoding)
search = BeamSearch(beam_size=given.beam_size, length_penalty=german.decoding.length_penalty)
german.translate_all(task["sources"][:32], search)
if given.single:
    seconds = []
    for source in task["sources"]:
        started = time.perf_counter()
        german.translate([source], search)
        seconds.append(time.perf_counter() - started)
    report(1 / statistics.median(seconds), version="", threads=torch.get_num_threads())
else:
    started = time.perf_counter()
    found = [best for best, *_ in german.translate_all(task["sources"], search)]
    elapsed = time.perf_counter() - started
    report(
        len(found) / elapsed,
        version=f"torch {torch.__version__}",
        threads=torch.get_num_threads(),
        sources=task["sources"],
        translations=[best.text for best in found],
    )
