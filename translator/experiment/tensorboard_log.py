"""The TensorBoard log of a training: metrics, translations of a few sentences, and attention.

The package tensorboard is an extra, imported where it is used.
"""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from translator.compute.invocation import installing
from translator.errors import ConfigError
from translator.inspection.learning import WHOLE, Probe, Snapshot, kept_steps
from translator.text.tables import Pair

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

NUM_PICTURES, NUM_PROBES = 10, 3
"""Steps and sentences with a picture of attention: TensorBoard shows ten steps unless it is told
otherwise, and a picture takes up to a second."""
DPI = 100


def import_summary_writer() -> type["SummaryWriter"]:
    """Raises ConfigError if tensorboard is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise ConfigError(
            "training.tensorboard is true, but the package tensorboard is not installed: "
            f"{installing('tensorboard')}"
        ) from None
    return SummaryWriter


class TensorBoardLog:
    """Event files of one training, in a folder of its run."""

    def __init__(self, writer: "SummaryWriter", max_steps: int) -> None:
        self._writer = writer
        self._picture_steps = kept_steps(max_steps, NUM_PICTURES)

    def add_event(self, event: Mapping[str, Any]) -> None:
        """A line of metrics.jsonl: its numbers as scalars."""
        kind, step = event["event"], event["step"]
        if kind == "corpus":
            text = json.dumps(event, ensure_ascii=False, indent=2)
            self._writer.add_text(kind, _verbatim(text), step)
        for name, value in event.items():
            if name != "step" and isinstance(value, (int, float)):
                self._writer.add_scalar(f"{kind}/{name}", value, step)
        self._writer.flush()

    def add_samples(self, samples: Sequence[Pair], step: int) -> None:
        """Validation sentences with their translations."""
        lines = "\n".join(f"{src} -> {translation}" for src, translation in samples)
        self._writer.add_text("samples", _verbatim(lines), step)

    def add_attention(self, probes: Sequence[Probe], snapshot: Snapshot) -> None:
        """Pictures of cross-attention in a short probe, a middle one and a long one, at some of the
        steps at which a snapshot is taken."""
        if snapshot.step not in self._picture_steps:
            return
        for place in np.linspace(0, len(probes) - 1, min(NUM_PROBES, len(probes))).astype(int):
            weights = snapshot.attention[place]["cross_attn"] / WHOLE
            picture = _picture(probes[place], weights.astype(np.float32), snapshot.step)
            tag = f"cross-attention/{probes[place].text}"
            self._writer.add_image(tag, picture, snapshot.step, dataformats="HWC")
        self._writer.flush()


@contextmanager
def tensorboard_log(folder: Path, max_steps: int, first_step: int) -> Iterator[TensorBoardLog]:
    """Writes into `folder` while training continues from `first_step`; earlier entries of later
    steps, which are repeated, are no longer shown."""
    again_from = first_step + 1 if first_step else 0
    writer = import_summary_writer()(str(folder), purge_step=again_from)
    try:
        yield TensorBoardLog(writer, max_steps)
    finally:
        writer.close()


def _verbatim(text: str) -> str:
    """Text escaped for Markdown, which TensorBoard renders."""
    return "\n".join(f"    {line}" for line in text.split("\n"))


def _picture(probe: Probe, weights: "np.ndarray[Any, np.dtype[np.float32]]", step: int) -> Any:
    """(height, width, 3), bytes."""
    from PIL import Image  # comes with matplotlib, which is slow to import

    from translator.inspection.views.drawing import render
    from translator.inspection.views.learning_picture import draw_probe

    data = render(lambda: draw_probe(probe, weights, step), ".png", DPI)
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
