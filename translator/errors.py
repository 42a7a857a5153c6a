"""Errors that a user can correct. Any other exception is a bug and keeps its traceback."""

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
    """There is no place for the cache of prepared text."""


class RunError(TranslatorError):
    """A run directory is missing, incomplete, or does not fit the request."""


class BusyError(TranslatorError):
    """Another process works in the same folder."""


class InspectionError(TranslatorError):
    """Attention cannot be shown, changed, saved or read as requested."""


class WorkerError(TranslatorError):
    """A worker process, or another process under torchrun, is gone."""


class DivergedError(TranslatorError):
    """The loss is not finite: training stopped before the loss could spoil the weights."""


class StoppedError(TranslatorError):
    """A training stopped on request: everything is saved."""

    def __init__(self, message: str, run: Path) -> None:
        super().__init__(f"{message}: resume {run} to continue")
        self.message = message
        self.run = run
        """The run to resume."""

    def __reduce__(self) -> tuple[type["StoppedError"], tuple[str, Path]]:
        """Pickling: one process of several stops and sends the exception to the others."""
        return StoppedError, (self.message, self.run)
