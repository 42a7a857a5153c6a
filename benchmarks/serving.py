"""How fast the server answers many clients at once, beside translate.py on the same sentences.

    python benchmarks/serving.py --run RUN --source FOLDER

Starts a server of RUN and a number of clients on this machine, which share the cores. Each client
requests translations of the test split over one connection, `--sentences_each` at a time, for a
minute. Each answer must equal the output of translate.py; wrong, refused and lost answers are
counted.
"""

import argparse
import asyncio
import json
import math
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import measuring
from measuring import COMMAND_LINE, HERE, System

from translator.config import CorpusConfig
from translator.errors import TranslatorError
from translator.experiment.run_directory import RunDirectory
from translator.text.corpus import load_split

Exchange = tuple[bytes, list[str]]
"""A request and the expected translations."""


@dataclass
class Answers:
    """The answers that all clients received."""

    milliseconds: list[float] = field(default_factory=list)
    num_sentences: int = 0
    seconds: float = 0.0
    wrong: Counter[str] = field(default_factory=Counter)
    """Counts of answers other than the expected translation, by kind."""


def main() -> None:
    """Print the tables."""
    given = options()
    try:
        config = RunDirectory(Path(given.run)).load_config()
        source = given.source or config.corpus.source
        corpus = CorpusConfig(
            source=source,
            src_column=config.corpus.src_column,
            tgt_column=config.corpus.tgt_column,
        )
        sentences = [src for src, _ in load_split(corpus, "test")][: given.sentences]
    except TranslatorError as error:
        measuring.refuse(str(error))
    direction = {"source": config.corpus.src_column, "target": config.corpus.tgt_column}
    beam_size = given.beam_size or config.decoding.beam_size
    rounds = [one_round(given, sentences, direction, beam_size) for _ in range(given.rounds)]
    measuring.print_machine()
    print(
        f"{given.clients} clients for {given.seconds:g} s, {given.sentences_each} of "
        f"{len(sentences)} sentences a request, beam {beam_size}; "
        f"a row for each of {given.rounds} rounds"
    )
    header = [
        "answers",
        "wrong",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "sentences/s",
        "translate.py",
        "share",
    ]
    measuring.print_table(header, rounds)


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--run", required=True, help="run directory of the model")
    parser.add_argument("--source", help="folder of the corpus; the run's own where it is left out")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--sentences", type=int, default=1000, help="of the test split, at most")
    parser.add_argument("--sentences_each", type=int, default=1, help="of each request")
    parser.add_argument("--beam_size", type=int, help="the run's where it is left out")
    parser.add_argument("--engine", choices=["torch", "ctranslate2"], default="torch")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def one_round(
    given: argparse.Namespace,
    sentences: Sequence[str],
    direction: dict[str, str],
    beam_size: int,
) -> list[str]:
    """A row: translate.py first, then the server."""
    chosen = ["--beam_size", str(beam_size), "--engine", given.engine]
    speed, expected = translated(given.run, sentences, chosen)
    starts = range(0, len(sentences), given.sentences_each)
    parts = [slice(start, start + given.sentences_each) for start in starts]
    with server(given.run, chosen) as url:
        exchanges = [
            (request(url, {**direction, "q": sentences[part]}), expected[part]) for part in parts
        ]
        answers = asyncio.run(ask(url, exchanges, given.clients, given.seconds))
    for what, number in answers.wrong.most_common(5):
        print(f"{number} times {what}", file=sys.stderr)
    times = sorted(answers.milliseconds)
    if not times:
        measuring.refuse("the server answered nothing")
    served = answers.num_sentences / answers.seconds
    return [
        f"{len(times):,}",
        str(answers.wrong.total()),
        *(f"{times[math.ceil(share * len(times)) - 1]:,.0f}" for share in (0.5, 0.95, 0.99)),
        f"{served:,.1f}",
        f"{speed:,.1f}",
        f"{served / speed:.0%}",
    ]


def translated(
    run: str, sentences: Sequence[str], chosen: Sequence[str]
) -> tuple[float, list[str]]:
    """Sentences per second of translate.py after loading, and its translations."""
    with tempfile.TemporaryDirectory() as folder:
        task = Path(folder) / "task.json"
        task.write_text(json.dumps({"run": run, "sources": sentences}))
        print("translate.py ...", file=sys.stderr, flush=True)
        measured = measuring.measure(
            System(
                program="translate_ours.py",
                arguments=[task, *chosen],
                environment=COMMAND_LINE,
            )
        )
    return measured[measuring.SPEED], measured["translations"]


@contextmanager
def server(run: str, chosen: Sequence[str]) -> Iterator[str]:
    """The address of a running server, which must exit on its own when told to stop."""
    command = [sys.executable, "-m", "translator", "serve", run, "--port", "0"]
    process = subprocess.Popen(
        [*command, *chosen],
        cwd=HERE.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    notice = process.stderr.readline()
    found = re.search(r"http://\S+(?=;)", notice)
    if found is None:
        measuring.refuse(f"the server did not start: {notice.strip()}")
    try:
        yield found[0]
    finally:
        process.terminate()
        if process.wait(timeout=60) != 0:
            measuring.refuse(f"the server ended with code {process.returncode}")


def request(url: str, fields: Mapping[str, object]) -> bytes:
    """A complete HTTP request for a translation."""
    body = json.dumps(fields).encode()
    head = (
        f"POST /translate HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def ask(url: str, exchanges: Sequence[Exchange], clients: int, seconds: float) -> Answers:
    """Send requests from all clients until the time is up, then wait for the pending answers."""
    answers = Answers()
    started = time.perf_counter()
    firsts = [number * len(exchanges) // clients for number in range(clients)]
    end = started + seconds
    await asyncio.gather(*(client(url, exchanges, first, end, answers) for first in firsts))
    answers.seconds = time.perf_counter() - started
    return answers


async def client(
    url: str, exchanges: Sequence[Exchange], first: int, end: float, answers: Answers
) -> None:
    """Send one request after another, in a cycle that starts at `first`."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    at = first
    while (started := time.perf_counter()) < end:
        asked, expected = exchanges[at]
        writer.write(asked)
        try:
            answer = await read_answer(reader)
        except (OSError, asyncio.IncompleteReadError) as error:
            answers.wrong[type(error).__name__] += 1
            break
        answers.milliseconds.append(1000 * (time.perf_counter() - started))
        answers.num_sentences += len(expected)
        if answer != {"translatedText": expected}:
            answers.wrong[str(answer.get("error", "another translation"))] += 1
        at = (at + 1) % len(exchanges)
    writer.close()


async def read_answer(reader: asyncio.StreamReader) -> dict[str, object]:
    """The JSON body of one response."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    assert length is not None
    answer: dict[str, object] = json.loads(await reader.readexactly(int(length[1])))
    return answer


if __name__ == "__main__":
    main()
