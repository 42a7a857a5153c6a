"""Target tokens per second of a plain PyTorch model: train_plain.py TASK [--bfloat16]

The model that one writes without optimizing for speed: nn.Transformer, nn.Dropout, F.cross_entropy
over all logits, torch.optim.AdamW, torch.autocast for bfloat16, no environment settings. The shape
and the places of dropout are the same as in our model.
"""

import json
import math
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from measuring import report
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

PAD_ID, BOS_ID = 0, 2


class PlainTransformer(nn.Module):
    """Pre-norm encoder and decoder, one embedding for source, target and output."""

    positions: Tensor

    def __init__(self, vocab_size: int, shape: dict[str, float]) -> None:
        super().__init__()
        d_model, dropout = int(shape["d_model"]), shape["dropout"]
        self.embedding = nn.Embedding(vocab_size, d_model)
        nn.init.normal_(self.embedding.weight, std=d_model**-0.5)
        self.dropout = nn.Dropout(dropout)
        self.transformer = nn.Transformer(
            d_model=d_model,
            nhead=int(shape["num_heads"]),
            num_encoder_layers=int(shape["num_encoder_layers"]),
            num_decoder_layers=int(shape["num_decoder_layers"]),
            dim_feedforward=int(shape["d_ff"]),
            dropout=dropout,
            batch_first=True,
            norm_first=True,
        )
        for module in self.transformer.modules():  # our model has no dropout in these two places
            if isinstance(module, nn.MultiheadAttention):
                module.dropout = 0.0
            if isinstance(module, nn.TransformerEncoderLayer | nn.TransformerDecoderLayer):
                module.dropout = nn.Identity()  # type: ignore[assignment]
        angle = torch.arange(512).unsqueeze(1) * torch.exp(
            torch.arange(0, d_model, 2) * (-math.log(10_000.0) / d_model)
        )
        positions = torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(start_dim=1)
        self.register_buffer("positions", positions)

    def forward(self, src: Tensor, tgt_in: Tensor) -> Tensor:
        """(B, S) and (B, T) -> logits (B, T, V)"""
        padding = src == PAD_ID
        decoded = self.transformer(
            self.embed(src),
            self.embed(tgt_in),
            tgt_mask=nn.Transformer.generate_square_subsequent_mask(tgt_in.size(1)),
            src_key_padding_mask=padding,
            memory_key_padding_mask=padding,
            tgt_is_causal=True,
        )
        return F.linear(decoded, self.embedding.weight)

    def embed(self, ids: Tensor) -> Tensor:
        """(B, L) -> (B, L, D)"""
        scaled = self.embedding(ids) * math.sqrt(self.embedding.embedding_dim)
        dropped: Tensor = self.dropout(scaled + self.positions[: ids.size(1)])
        return dropped


def padded(rows: list[list[int]]) -> Tensor:
    """Pad rows of ids into one tensor."""
    return pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=PAD_ID)


task = json.loads(Path(sys.argv[1]).read_text())
torch.manual_seed(1)
model = PlainTransformer(task["vocab_size"], task["model"])
optimizer = torch.optim.AdamW(model.parameters(), lr=task["learning_rate"], betas=(0.9, 0.98))
num_tokens = 0
started = time.perf_counter()
for step, batch in enumerate(task["batches"]):
    if step == task["warmup_steps"]:
        num_tokens, started = 0, time.perf_counter()
    src = padded([src for src, _ in batch])
    tgt_in = padded([[BOS_ID, *tgt[:-1]] for _, tgt in batch])
    tgt_out = padded([tgt for _, tgt in batch])
    with torch.autocast("cpu", torch.bfloat16, enabled="--bfloat16" in sys.argv):
        logits = model(src, tgt_in)
    loss = F.cross_entropy(
        logits.float().flatten(0, 1),
        tgt_out.flatten(),
        ignore_index=PAD_ID,
        label_smoothing=task["label_smoothing"],
    )
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    num_tokens += sum(len(tgt) for _, tgt in batch)
seconds = time.perf_counter() - started
report(
    num_tokens / seconds,
    version=f"torch {torch.__version__}",
    threads=torch.get_num_threads(),
    num_parameters=sum(parameter.numel() for parameter in model.parameters()),
)
