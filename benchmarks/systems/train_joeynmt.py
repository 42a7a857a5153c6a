"""Target tokens per second of JoeyNMT's own training: train_joeynmt.py CONFIG

Uses JoeyNMT's loop, data loader and batches. The rate comes from JoeyNMT's log lines (</s> counted,
padding not), except the first.
"""

import logging
import statistics
import sys
from importlib import metadata
from pathlib import Path

import torch
from joeynmt.config import load_config
from joeynmt.helpers import make_model_dir
from joeynmt.training import train
from measuring import report


class Rates(logging.Handler):
    """Collects the speed and the model size that JoeyNMT logs."""

    def __init__(self) -> None:
        super().__init__()
        self.rates: list[float] = []
        self.num_parameters = 0

    def emit(self, record: logging.LogRecord) -> None:
        if "Tokens per Sec" in str(record.msg):
            self.rates.append(float(record.args[4]))  # type: ignore[index,arg-type]
        if "Total params" in str(record.msg):
            self.num_parameters = int(record.args[0])  # type: ignore[index,arg-type]


rates = Rates()
for name in ("joeynmt.training", "joeynmt.model"):
    logging.getLogger(name).addHandler(rates)
config = load_config(Path(sys.argv[1]))
make_model_dir(Path(config["model_dir"]), overwrite=True)
train(rank=0, world_size=None, cfg=config, skip_test=True)
report(
    statistics.harmonic_mean(rates.rates[1:]),
    version=f"{metadata.version('joeynmt')}, torch {torch.__version__}",
    threads=torch.get_num_threads(),
    num_parameters=rates.num_parameters,
)
