"""Records how a run learns, while it is trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from translator.config import TrainingConfig
from translator.experiment.progress_log import ProgressLog
from translator.experiment.run_directory import RunDirectory
from translator.experiment.tensorboard_log import TensorBoardLog
from translator.inspection.learning import kept_steps, snapshot_steps
from translator.inspection.snapshot import Watched, take_snapshot
from translator.model.transformer import Transformer
from translator.text.tables import Pair


@dataclass(frozen=True)
class Recorder:
    """Writes the log, snapshots, and the weights of some steps, into a run directory."""

    run: RunDirectory
    config: TrainingConfig
    watched: Watched | None
    """The recorded sentences; None if no validation sentence is short enough."""
    facts: Mapping[str, Any]
    """The facts that are stored with kept weights."""
    progress: ProgressLog
    board: TensorBoardLog | None

    def log(self, event: Mapping[str, Any]) -> None:
        """A line of metrics.jsonl."""
        self.run.metrics.append(event)
        self.progress.tell(event)
        if self.board is not None:
            self.board.add_event(event)

    def show(self, samples: Sequence[Pair], step: int) -> None:
        """The translations of validation sentences after `step`."""
        if self.board is not None:
            self.board.add_samples(samples, step)

    def look(self, average: Transformer, step: int) -> None:
        """A snapshot at one of the `snapshot_steps`, or when training stops early."""
        record, watched = self.run.learning_record, self.watched
        if watched is not None:
            if step == 0:
                record.begin(watched.probes(), len(watched.pairs), watched.bleu_signature)
            # A run that an earlier version began has no record, and half a record is useless.
            if record.probes_file.exists():
                snapshot = take_snapshot(watched, average, step)
                record.save(snapshot)
                if self.board is not None:
                    self.board.add_attention(watched.probes(), snapshot)
        if self._is_kept(step):
            self.run.keep_weights(step, dict(average.named_parameters()), self.facts)

    def _is_kept(self, step: int) -> bool:
        max_steps, number = self.config.max_steps, self.config.keep_weights
        stopped_early = step not in snapshot_steps(max_steps)
        return number > 0 and (stopped_early or step in kept_steps(max_steps, number))
