"""Options of the command `serve`."""

import ipaddress
import os
from collections.abc import Sequence
from typing import Annotated, Literal, get_type_hints

from translator.cli.options.common import RUN_HELP, add_search
from translator.cli.parser import Namespace, Parser
from translator.config import between
from translator.errors import ConfigError
from translator.serving.limits import Limits

KEY_VARIABLE = "TRANSLATOR_API_KEY"
LIMITS = {
    "max_characters": "Characters of a request",
    "max_waiting": "Requests that wait at a time; others are refused at once",
    "timeout": "Seconds for a request to arrive, and for its translation",
    "requests_per_minute": "Of each key, or of each address if there is no key; 0 is no limit",
}


def build_parser(prog: str) -> Parser:
    """Of `translator serve`, called `prog`."""
    parser = Parser(
        prog,
        "Translate for other programs, over HTTP, by LibreTranslate's API; / is the page of the "
        "run. Each run serves the direction of its corpus. Ctrl-C or SIGTERM ends it, once what "
        "is under way is finished. Standard output has a line of JSON for each request, without "
        "its text.",
        "[RUN ...] [--port N] [--host ADDRESS --api_key KEY]",
    )
    add = parser.add_argument
    add("runs", nargs="*", metavar="RUN", help=RUN_HELP)
    add("--host", type=str, default="127.0.0.1", help="Address to listen at (127.0.0.1).")
    add(
        "--port",
        type=Annotated[int, between(0, 65535)],
        default=5000,
        help="0 is any that is free (5000).",
    )
    add(
        "--api_key",
        type=str,
        action="append",
        metavar="KEY",
        help="Ask for a key; given several times, any of them will do. The variable "
        f"{KEY_VARIABLE} gives one that no list of processes shows.",
    )
    add(
        "--allow_anyone",
        action="store_true",
        help="Answer without a key, also beyond this machine, and also pages of other sites.",
    )
    hints = get_type_hints(Limits, include_extras=True)
    for name, summary in LIMITS.items():
        default = getattr(Limits, name)
        add(f"--{name}", type=hints[name], default=default, help=f"{summary} ({default:g}).")
    add(
        "--engine",
        type=Literal["torch", "ctranslate2"],
        default="torch",
        help="What searches; ctranslate2 needs an export of each run (translator export).",
    )
    add_search(parser)
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed, with the key of the environment. Raises ConfigError."""
    options = build_parser(prog).read(argv)
    options.api_key = [*(options.api_key or []), *filter(None, [os.environ.get(KEY_VARIABLE)])]
    if options.allow_anyone and options.api_key:
        raise ConfigError("--allow_anyone asks for no key: leave it out, or the API key")
    if not (options.api_key or options.allow_anyone or is_loopback(options.host)):
        raise ConfigError(
            f"--host {options.host} can be reached from other machines: ask for a key with "
            f"--api_key, or let everybody translate with --allow_anyone"
        )
    if options.engine == "ctranslate2" and options.device == "cuda":
        raise ConfigError("--engine ctranslate2 runs on the CPU: leave --device out")
    return options


def is_loopback(host: str) -> bool:
    """Whether only this machine can ask there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
