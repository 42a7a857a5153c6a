"""python -m translator, and the command translator."""

from typing import NoReturn

from translator.compute.signals import QuietInterrupts, end


def main() -> NoReturn:
    """`translator COMMAND ...`"""
    with QuietInterrupts():
        from translator.cli import main as commands
    end(commands.main())


if __name__ == "__main__":
    main()
