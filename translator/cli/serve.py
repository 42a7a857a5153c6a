"""The command `serve`: runs as a service over HTTP."""

import dataclasses
import logging
from typing import TYPE_CHECKING

from translator.cli.parser import Namespace
from translator.cli.selection import load, search_settings
from translator.compute.invocation import installing
from translator.errors import ConfigError
from translator.serving.limits import Limits

if TYPE_CHECKING:
    from translator.serving.api import Served
    from translator.serving.languages import Pair

logger = logging.getLogger(__name__)


def run(options: Namespace, prog: str) -> int:
    """Answer requests until stopped."""
    try:
        from translator.serving.server import address_of, listen, serve
    except ImportError as error:
        raise ConfigError(
            f"the package {error.name} is not installed: {installing('serve')}"
        ) from None
    limits = Limits(**{field.name: options[field.name] for field in dataclasses.fields(Limits)})
    with listen(options.host, options.port) as port:  # refused before a model is loaded
        served = _load(options)
        logger.info("%s, at %s; Ctrl-C ends it", ", ".join(map(str, served)), address_of(port))
        serve(
            served,
            port,
            keys=options.api_key,
            limits=limits,
            only_loopback=not (options.api_key or options.allow_anyone),
        )
    return 0


def _load(options: Namespace) -> "dict[Pair, Served]":
    """The runs by direction. Raises ConfigError if two have the same one."""
    from translator.serving.api import Served
    from translator.serving.languages import Pair

    served: dict[Pair, Served] = {}
    for name in options.runs or [None]:
        run, translator = load(name, options.device, options.engine)
        corpus = run.load_config().corpus
        pair = Pair(corpus.src_column, corpus.tgt_column)
        if pair in served:
            raise ConfigError(
                f"{served[pair].run} and {run} both translate {pair}: serve the other one on "
                "another port"
            )
        decoding = search_settings(options, translator.decoding)
        served[pair] = Served(run, dataclasses.replace(translator, decoding=decoding))
    return served
