"""Records how a run learns, while it is trained."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from translator.config import TrainingConfig
from translator.experiment.run_directory import RunDirectory
from translator.inspection.learning import kept_steps, snapshot_steps
from translator.inspection.snapshot import Watched, take_snapshot
from translator.model.transformer import Transformer


@dataclass(frozen=True)
class Recorder:
    """Writes a snapshot, and the weights of some steps, into a run directory."""

    run: RunDirectory
    config: TrainingConfig
    watched: Watched | None
    """The sentences to look at; None where no validation sentence is short enough."""
    facts: Mapping[str, Any]
    """What stands beside weights that are kept."""

    def look(self, average: Transformer, step: int) -> None:
        """At one of the `snapshot_steps`, or where training stops early."""
        record, watched = self.run.learning_record, self.watched
        if watched is not None:
            if step == 0:
                record.begin(watched.probes(), len(watched.pairs), watched.bleu_signature)
            # A run that an earlier version began has no record, and half of one shows nothing.
            if record.probes_file.exists():
                record.save(take_snapshot(watched, average, step))
        if self._is_kept(step):
            self.run.keep_weights(step, dict(average.named_parameters()), self.facts)

    def _is_kept(self, step: int) -> bool:
        max_steps, number = self.config.max_steps, self.config.keep_weights
        stopped_early = step not in snapshot_steps(max_steps)
        return number > 0 and (stopped_early or step in kept_steps(max_steps, number))
