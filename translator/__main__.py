"""python -m translator, and the command translator."""

import sys

from translator.compute.signals import QuietInterrupts


def main() -> int:
    """`translator COMMAND ...`. Returns the exit code."""
    with QuietInterrupts():
        from translator.cli import main as commands
    return commands.main()


if __name__ == "__main__":
    sys.exit(main())
