"""Options of the command `completion`."""

from collections.abc import Sequence
from typing import Literal

from translator.cli.parser import Namespace, Parser

Shell = Literal["bash", "zsh", "fish"]


def build_parser(prog: str) -> Parser:
    """Of `translator completion`, called `prog`."""
    parser = Parser(
        prog,
        "Print a shell script that completes translator's commands, options, files and runs. "
        'For bash, put this line into ~/.bashrc: eval "$(translator completion bash)". For zsh, '
        'into ~/.zshrc, after compinit: eval "$(translator completion zsh)". For fish, once: '
        "translator completion fish > ~/.config/fish/completions/translator.fish.",
        "bash|zsh|fish",
    )
    parser.add_argument("shell", type=Shell, help="The shell to write for.")
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed. Raises ConfigError."""
    return build_parser(prog).read(argv)
