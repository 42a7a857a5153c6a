"""The entry point `translator COMMAND ...`, with logging and exit codes of all commands.

Options are read and checked before the module of the command, and with it torch, is imported.
"""

import contextlib
import difflib
import importlib
import logging
import signal
import sys
from collections.abc import Sequence

from translator import __version__
from translator.cli.streams import flush, secure_streams, write_line
from translator.compute.process import prepare_process
from translator.compute.signals import QuietInterrupts
from translator.errors import MissingCorpusError, TranslatorError

COMMANDS = {
    "train": "Train a model and score it.",
    "translate": "Translate sentences, files, or what is typed.",
    "evaluate": "Score a run on a held-out split.",
    "inspect": "Show what attention did for a sentence.",
    "heads": "Measure what attention heads do over a split.",
    "serve": "Translate for other programs, over HTTP.",
    "export": "Write a run's model for another program.",
    "pack": "Copy what others need of a run.",
    "push": "Put a run on the hub.",
    "runs": "List runs, or delete some.",
    "curves": "Plot the training of runs.",
    "cache": "Show or empty the cache of prepared text.",
    "completion": "Print a completion script for a shell.",
    "diversify": "Write new training pairs with trained models.",
}
"""What each command does. The module of the same name in translator.cli.options reads the options,
and the one in translator.cli runs the command."""


def main() -> int:
    """`translator COMMAND ...`. Returns the exit code."""
    name, *argv = sys.argv[1:] or ["--help"]
    if name in ("-h", "--help", "--version"):
        return run_command("--help" if name == "-h" else name, [], prog="translator")
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the commands are {', '.join(COMMANDS)}"
        return _refuse(f"there is no command {name}: {hint}")
    return run_command(name, argv, prog=f"translator {name}")


def run_command(name: str, argv: Sequence[str], prog: str) -> int:
    """One command, called `prog` by the user. Returns the exit code: 2 for errors that the user can
    correct."""
    try:
        secure_streams()
        logging.basicConfig(format="%(message)s", stream=sys.stderr)
        logging.getLogger("translator").setLevel(logging.INFO)
        exit_code = _run(name, argv, prog)
        flush()
        return exit_code
    except MissingCorpusError as error:
        option = "--corpus.source" if name == "train" else "--source"
        return _refuse(f"{error}; name its place with {option}")
    except TranslatorError as error:
        return _refuse(str(error))
    except BrokenPipeError:  # the reader of our output is gone, as with `| head`
        return 0
    except OSError as error:  # no permission, no space
        place = f"{error.filename}: " if error.filename else ""
        return _refuse(f"{place}{error.strerror or error}")
    except (MemoryError, RuntimeError) as error:
        whose = _full_memory(error)
        if whose is None:
            raise
        return _refuse(
            f"{whose} memory is full: lower training.batch_tokens and raise training.accumulate "
            "instead, or lower decoding.batch_tokens, or train a smaller model"
        )
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _full_memory(error: Exception) -> str | None:
    """Whose memory is full, if the error says so; torch may not be imported yet."""
    if type(error).__name__ == "OutOfMemoryError":
        return "the GPU's"
    is_full = isinstance(error, MemoryError) or "can't allocate memory" in str(error)
    return "the machine's" if is_full else None


def _run(name: str, argv: Sequence[str], prog: str) -> int:
    if name == "--version":
        write_line(f"translator {__version__}")
        return 0
    if name == "--help":
        write_line("usage: translator COMMAND ...\n")
        write_line("\n".join(f"  {key:<10} {summary}" for key, summary in COMMANDS.items()))
        write_line("\nSee translator COMMAND --help for the options of a command.")
        return 0
    if name == "translate" and "--inspect" in argv:
        argv = [arg for arg in argv if arg != "--inspect"]
        name, prog = "inspect", f"{prog} --inspect"
    options = importlib.import_module(f"translator.cli.options.{name}").read(argv, prog)
    prepare_process()
    with QuietInterrupts():  # torch is imported, for a second or more
        command = importlib.import_module(f"translator.cli.{name}")
    exit_code: int = command.run(options, prog)
    return exit_code


def _refuse(message: str) -> int:
    if sys.stderr is not None:  # otherwise print() would use standard output
        with contextlib.suppress(OSError):  # it cannot be written
            print(f"error: {message}", file=sys.stderr)
    return 2
