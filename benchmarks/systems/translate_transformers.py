"""Sentences per second of transformers: translate_transformers.py TASK FOLDER --model NAME ...

`pegasus` has our weights. `marian` has random weights, because Marian has no pre-norm models; for
each batch it writes as many tokens as the longest of our translations of that batch has.
"""

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import sentencepiece
import torch
import transformers
from measuring import report
from torch.nn.utils.rnn import pad_sequence

PAD_ID, BOS_ID, EOS_ID = 0, 2, 3

options = argparse.ArgumentParser()
options.add_argument("task", type=Path)
options.add_argument("folder", type=Path)
options.add_argument("--model", choices=["pegasus", "marian"], required=True)
options.add_argument("--beam_size", type=int, required=True)
options.add_argument("--batch_size", type=int, default=1, help="sentences")
options.add_argument("--single", action="store_true", help="one sentence at a time")
given = options.parse_args()


def make_model(name: str, folder: Path) -> Any:
    """The model that the program exports, or a Marian model of the same shape."""
    if name == "pegasus":
        return transformers.AutoModelForSeq2SeqLM.from_pretrained(folder / "pegasus").eval()
    shape = json.loads((folder / "shape.json").read_text())
    config = transformers.MarianConfig(
        vocab_size=shape["vocab_size"],
        d_model=shape["d_model"],
        encoder_layers=shape["num_encoder_layers"],
        decoder_layers=shape["num_decoder_layers"],
        encoder_attention_heads=shape["num_heads"],
        decoder_attention_heads=shape["num_heads"],
        encoder_ffn_dim=shape["d_ff"],
        decoder_ffn_dim=shape["d_ff"],
        activation_function="relu",
        scale_embedding=True,
        max_position_embeddings=512,
        pad_token_id=PAD_ID,
        bos_token_id=BOS_ID,
        eos_token_id=EOS_ID,
        decoder_start_token_id=BOS_ID,
        forced_eos_token_id=None,
    )
    torch.manual_seed(1)
    return transformers.MarianMTModel(config).eval()


def translate(indices: list[int]) -> list[str]:
    """Translate one batch."""
    ids = processor.encode([task["sources"][index] for index in indices], add_eos=True)
    src = pad_sequence([torch.tensor(row) for row in ids], True, PAD_ID)
    limits = {"max_new_tokens": 10 + 2 * src.size(1)}
    if given.model == "marian":
        longest = max(task["lengths"][index] for index in indices)
        limits = {"min_new_tokens": longest, "max_new_tokens": longest}
    with torch.inference_mode():
        found = model.generate(
            src,
            attention_mask=src != PAD_ID,
            num_beams=given.beam_size,
            do_sample=False,
            length_penalty=task["length_penalty"],
            **limits,
        )
    return list(processor.decode([[i for i in row if i > EOS_ID] for row in found.tolist()]))


processor = sentencepiece.SentencePieceProcessor(model_file=str(given.folder / "tokenizer.model"))
task = json.loads(given.task.read_text())
model = make_model(given.model, given.folder)
if given.single:
    seconds = []
    translate([0])
    for index in range(len(task["sources"])):
        started = time.perf_counter()
        translate([index])
        seconds.append(time.perf_counter() - started)
    report(1 / statistics.median(seconds), version="", threads=torch.get_num_threads())
else:
    order = sorted(range(len(task["sources"])), key=lambda i: -len(task["sources"][i]))
    size = given.batch_size
    translate(order[:8])
    translations: dict[int, str] = {}
    started = time.perf_counter()
    for first in range(0, len(order), size):
        batch = order[first : first + size]
        translations |= zip(batch, translate(batch), strict=True)
    elapsed = time.perf_counter() - started
    report(
        len(order) / elapsed,
        version=f"{transformers.__version__}, torch {torch.__version__}",
        threads=torch.get_num_threads(),
        sources=task["sources"],
        translations=[translations[index] for index in range(len(order))],
    )
