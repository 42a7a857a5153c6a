"""Options of the command `serve`."""

import ipaddress
import os
from collections.abc import Sequence
from typing import Annotated, Literal, get_type_hints

from translator.cli.options.common import RUN_HELP, add_search
from translator.cli.parser import Namespace, Parser
from translator.errors import ConfigError
from translator.rules import between
from translator.serving.limits import Limits

KEY_VARIABLE = "TRANSLATOR_API_KEY"
LIMITS = {
    "max_characters": "Most characters per request",
    "max_waiting": "Most requests waiting at a time; further requests are refused at once",
    "timeout": "Seconds allowed for a request to arrive, and for its translation",
    "requests_per_minute": "Limit for each key, or for each address without a key; 0 is no limit",
}


def build_parser(prog: str) -> Parser:
    """Of `translator serve`, called `prog`."""
    parser = Parser(
        prog,
        "Translate for other programs over HTTP, with LibreTranslate's API; the path / is the page "
        "of the run. Each run serves the direction of its corpus. Ctrl-C or SIGTERM ends the "
        "server after the requests in progress. Each request is logged as a line of JSON on "
        "standard output, without its text.",
        "[RUN ...] [--port N] [--host ADDRESS --api_key KEY]",
    )
    add = parser.add_argument
    add("runs", nargs="*", metavar="RUN", help=RUN_HELP)
    add("--host", type=str, default="127.0.0.1", help="Address to listen on (127.0.0.1).")
    add(
        "--port",
        type=Annotated[int, between(0, 65535)],
        default=5000,
        help="Port to listen on; 0 is any free port (5000).",
    )
    add(
        "--api_key",
        type=str,
        action="append",
        metavar="KEY",
        help="Require a key; may be repeated to accept several keys. The environment variable "
        f"{KEY_VARIABLE} sets a key that does not show in the list of processes.",
    )
    add(
        "--allow_anyone",
        action="store_true",
        help="Answer without a key, including requests from other machines and from pages of "
        "other sites.",
    )
    hints = get_type_hints(Limits, include_extras=True)
    for name, summary in LIMITS.items():
        default = getattr(Limits, name)
        add(f"--{name}", type=hints[name], default=default, help=f"{summary} ({default:g}).")
    add(
        "--engine",
        type=Literal["torch", "ctranslate2"],
        default="torch",
        help="Engine that runs the model; ctranslate2 needs an export of each run (translator "
        "export).",
    )
    add_search(parser)
    return parser


def read(argv: Sequence[str], prog: str) -> Namespace:
    """The options typed, with the key of the environment. Raises ConfigError."""
    options = build_parser(prog).read(argv)
    options.api_key = [*(options.api_key or []), *filter(None, [os.environ.get(KEY_VARIABLE)])]
    if options.allow_anyone and options.api_key:
        raise ConfigError("--allow_anyone and an API key exclude each other: leave one out")
    if not (options.api_key or options.allow_anyone or is_loopback(options.host)):
        raise ConfigError(
            f"--host {options.host} can be reached from other machines: require a key with "
            f"--api_key, or let everybody translate with --allow_anyone"
        )
    if options.engine == "ctranslate2" and options.device == "cuda":
        raise ConfigError("--engine ctranslate2 runs on the CPU: leave --device out")
    return options


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
