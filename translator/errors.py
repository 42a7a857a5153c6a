"""What a user can mend. Anything else that is raised is a bug and keeps its traceback."""

from pathlib import Path


class TranslatorError(Exception):
    """Shown as one line, `error: <message>`, with exit code 2 and no traceback.

    A message says what is wrong, where, with which value, and what to do.
    """


class ConfigError(TranslatorError):
    """An option or a configuration file cannot be used."""


class CorpusError(TranslatorError):
    """Parallel text or text to translate cannot be read, or cleaning leaves nothing of it."""


class MissingCorpusError(CorpusError):
    """There is no corpus of this name. The command line adds the option that names its place."""


class CacheError(TranslatorError):
    """There is no place to keep prepared text in."""


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
        super().__init__(f"{message}: resume {run} to continue")
        self.message = message
        self.run = run
        """What to resume."""

    def __reduce__(self) -> tuple[type["StoppedError"], tuple[str, Path]]:
        """One process of several stops, and tells the others."""
        return StoppedError, (self.message, self.run)
