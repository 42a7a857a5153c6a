"""Training progress in the log: a line every `log_every` steps if there is no progress bar."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from translator.compute.progress import has_terminal

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProgressLog:
    """The progress log of one training process, which may resume a run."""

    max_steps: int
    first_step: int
    """Steps taken before this process started, and their time."""
    first_seconds: float

    def tell(self, event: Mapping[str, Any]) -> None:
        """Log a training event of metrics.jsonl."""
        if event["event"] != "train" or has_terminal():
            return
        step = event["step"]
        seconds_per_step = (event["seconds"] - self.first_seconds) / (step - self.first_step)
        logger.info(
            "step %d of %d: loss %.3f, learning rate %.1e, %.0f target tokens/s, %.1f min left",
            step,
            self.max_steps,
            event["loss"],
            event["learning_rate"],
            event["target_tokens_per_second"],
            (self.max_steps - step) * seconds_per_step / 60,
        )
