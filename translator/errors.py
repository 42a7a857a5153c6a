"""What a user can mend. Anything else that is raised is a bug and keeps its traceback."""

from pathlib import Path


class TranslatorError(Exception):
    """Shown as one line, `error: <message>`, with exit code 2 and no traceback.

    A message says what is wrong, where, with which value, and what to do.
    """


class ConfigError(TranslatorError):
    """An option or a configuration file cannot be used."""


class CorpusError(TranslatorError):
    """Text cannot be read, or nothing is left of a parallel one."""


class MissingCorpusError(CorpusError):
    """There is no parallel text of this name; a command adds how it is told another place."""


class RunError(TranslatorError):
    """A run directory is missing, incomplete, or does not fit what was asked of it."""


class BusyError(TranslatorError):
    """Another process works in the same folder."""


class InspectionError(TranslatorError):
    """What attention did cannot be shown, changed, saved or read as asked."""


class WorkerError(TranslatorError):
    """A process that worked for this one, or beside it under torchrun, is gone."""


class DivergedError(TranslatorError):
    """The loss is not a finite number: training stopped before it could spoil the weights."""


class StoppedError(TranslatorError):
    """A training was asked to stop, and has: everything is saved."""

    def __init__(self, message: str, run: Path) -> None:
        super().__init__(f"{message}: resume {run} to go on")
        self.message = message
        self.run = run
        """What to resume."""
