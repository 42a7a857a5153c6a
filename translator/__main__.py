"""python -m translator, and the command translator."""

import sys

from translator.compute.signals import quiet_interrupts


def main() -> int:
    """`translator COMMAND ...`. Returns the exit code."""
    with quiet_interrupts():
        from translator.cli import main as commands
    return commands.main()


if __name__ == "__main__":
    sys.exit(main())
