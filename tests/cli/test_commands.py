"""The real commands in processes of their own, as a person runs them: train, stop, kill, resume,
evaluate, translate, inspect."""

import json
import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import translator
from translator.experiment.run_directory import RunDirectory

pytestmark = pytest.mark.slow  # each command loads torch anew

REPOSITORY = Path(__file__).parents[2]
TINY = shlex.split(
    "--model.d_model 16 --model.num_heads 2 --model.d_ff 24 --model.num_encoder_layers 1 "
    "--model.num_decoder_layers 1 --model.dropout 0.1 --tokenizer.vocab_size 330 "
    "--tokenizer.sampling 0.1 --training.batch_tokens 256 --training.max_steps 24 "
    "--training.warmup_steps 4 --training.eval_every 8 --training.log_every 2 "
    "--decoding.beam_size 2"
)
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small corpus `words` and the finished run `runs/words`."""
    folder = tmp_path_factory.mktemp("workplace")
    write_corpus(folder / "words")
    trained = run("train.py", "--corpus.source", "words", *TINY, cwd=folder)
    (folder / "train.out").write_text(trained.stdout, encoding="utf-8")
    return folder


def test_training_ends_with_scores_samples_and_the_next_commands_which_work(
    workplace: Path,
) -> None:
    out = (workplace / "train.out").read_text(encoding="utf-8")

    signature = r"\(nrefs:1\|case:mixed\|.*version:[\d.]+\)"
    assert re.search(rf"^test: BLEU \d+\.\d\d {signature}$", out, re.MULTILINE)
    assert re.search(rf"^test: chrF2 \d+\.\d\d {signature}$", out, re.MULTILINE)
    assert len(re.findall(r"^    -> ", out, re.MULTILINE)) == 3
    assert "everything is in runs/words" in out
    commands = dict(
        re.findall(r"^(translate|inspect|explore|resume): +python (.+)$", out, re.MULTILINE)
    )
    assert len(run(*shlex.split(commands["translate"]), cwd=workplace).stdout.splitlines()) == 1
    assert "cross-attention" in run(*shlex.split(commands["inspect"]), cwd=workplace).stdout
    # A model of a few steps translates otherwise with weights in float16, and is refused.
    exact = [*shlex.split(commands["explore"]), "--weights", "float32"]
    assert run(*exact, cwd=workplace).stdout == "page.html\n"
    assert (workplace / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    resumed = run(*shlex.split(commands["resume"]), cwd=workplace).stdout
    assert re.search(r"^test: BLEU", resumed, re.MULTILINE)


def test_the_run_directory_is_complete(workplace: Path) -> None:
    names = {path.name for path in (workplace / "runs/words").iterdir()}

    assert names == {
        ".lock-scoring",
        ".lock-training",
        "README.md",
        "attention",
        "checkpoints",
        "config.yaml",
        "held_out",
        "hypotheses",
        "metrics.jsonl",
        "model.safetensors",
        "results.json",
        "tokenizer.model",
    }


def test_two_models_translate_and_are_scored_as_one(workplace: Path) -> None:
    earlier = f"runs/words@{kept_steps(workplace / 'runs/words')[0]}"
    together = ["--run", "runs/words", "--ensemble", earlier]

    translated = run("translate.py", *together, "red dog", cwd=workplace)
    scored = run("-m", "translator", "evaluate", "runs/words", *together[2:], cwd=workplace)

    assert len(translated.stdout.splitlines()) == 1
    assert scored.stdout.startswith("runs/words on test-ensemble-of-2: ")
    results = json.loads((workplace / "runs/words/results.json").read_text(encoding="utf-8"))
    assert results["test-ensemble-of-2"]["sentences"] == results["test"]["sentences"]


def test_a_document_is_translated_and_its_markup_stays(workplace: Path) -> None:
    page = "<!doctype html>\r\n<p class=a>The <b>red dog</b> sleeps.<br>\r\n<code>a dog</code>\r\n"
    (workplace / "page.html").write_bytes(page.encode())
    files = ["--input", "page.html", "--output", "seite.html"]

    done = run("translate.py", "--run", "runs/words", *files, cwd=workplace)

    translated = (workplace / "seite.html").read_bytes().decode()
    assert (done.stdout, done.stderr) == ("", "")
    before, after = (re.split(r"(?<=<p class=a>)|(?=<br>)", each) for each in (page, translated))
    assert (after[0], after[2]) == (before[0], before[2])
    assert re.fullmatch(r"[^<>]*<b>[^<>]*</b>[^<>]*", after[1])
    assert after[1] != before[1]


def test_a_run_is_used_as_it_was_at_a_step(workplace: Path) -> None:
    steps = kept_steps(workplace / "runs/words")
    arguments = ["evaluate", f"runs/words@{steps[0]}", "--ensemble", f"runs/words@{steps[-1]}"]

    out = run("-m", "translator", *arguments, cwd=workplace).stdout
    asked = command("translate.py", ["--run", "runs/words@999", "dog"])
    refused = subprocess.run(asked, capture_output=True, text=True, cwd=workplace, env=ENVIRONMENT)

    name = f"test-at-step-{steps[0]}-ensemble-of-2"
    assert out.startswith(f"runs/words on {name}: ")
    assert name in json.loads((workplace / "runs/words/results.json").read_text(encoding="utf-8"))
    assert refused.returncode == 2
    kept = ", ".join(map(str, steps))
    expected = f"error: runs/words has no weights of step 999; kept steps: {kept}\n"
    assert refused.stderr == expected


@pytest.mark.campaign
def test_models_of_both_directions_write_a_corpus_that_trains(workplace: Path) -> None:
    swapped = ["--corpus.src_column", "de", "--corpus.tgt_column", "en", "--run", "runs/backward"]
    run("train.py", "--corpus.source", "words", *TINY, *swapped, cwd=workplace)
    runs = ["--forward", "runs/words", "--backward", "runs/backward"]

    out = run("-m", "translator", "diversify", *runs, "--output", "more", cwd=workplace).stdout

    counts = [int(found) for found in re.findall(r": (\d+) pairs", out)]
    rows = (workplace / "more/train.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(counts) == 3
    assert len(rows) == sum(counts) > counts[0]
    dry = ["--corpus.source", "more", "--dry_run", *TINY]
    assert "one step are fine" in run("train.py", *dry, cwd=workplace).stdout


def test_killed_and_resumed_training_ends_bit_for_bit_as_if_uninterrupted(workplace: Path) -> None:
    arguments = ["--corpus.source", "words", "--run", "runs/killed", *TINY]
    process = start("train.py", *arguments, cwd=workplace)
    wait_for(workplace / "runs/killed/checkpoints/step-00000008.safetensors", process)
    process.kill()
    process.communicate()

    run("train.py", "--resume", "runs/killed", cwd=workplace)

    for name in ("model.safetensors", "checkpoints/step-00000024.safetensors"):
        killed, whole = (workplace / "runs" / who / name for who in ("killed", "words"))
        assert tensors(killed) == tensors(whole)
    events = read_events(workplace / "runs/killed")
    assert [event["step"] for event in events if event["event"] == "train"] == [*range(2, 25, 2)]
    assert not list((workplace / "runs/killed").rglob("*.tmp"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_prints_the_resume_command_which_ends_bit_for_bit(
    workplace: Path, number: signal.Signals
) -> None:
    name = f"runs/{number.name}"
    arguments = ["--corpus.source", "words", *TINY]
    err = train_and_stop_at("metrics.jsonl", name, arguments, workplace, number)

    command = re.search(r"To continue:\npython (.+)$", err, re.MULTILINE)
    assert command, err
    run(*shlex.split(command[1]), cwd=workplace)
    assert tensors(workplace / name / "model.safetensors") == tensors(
        workplace / "runs/words/model.safetensors"
    )


@pytest.mark.campaign
def test_a_run_with_teachers_goes_on_where_it_was_stopped_and_ends_bit_for_bit(
    workplace: Path,
) -> None:
    settings = {"models": 1, "distill": "true", "samples": 1, "dropout": 0.3}
    settings["back_translation"] = "sampling"  # the best of so young a model repeats one word
    options = [f"--diversification.{name}={value}" for name, value in settings.items()]
    (workplace / "text.de").write_text("roter Hund\nroter Baum\n", encoding="utf-8")
    options.append("--corpus.monolingual_tgt=text.de")
    write_corpus(workplace / "few", train=20)  # what so young a model writes is long
    arguments = ["--corpus.source", "few", *TINY, *options, "--training.eval_every=24"]
    whole, stopped = workplace / "runs/taught", workplace / "runs/stopped"
    out = run("train.py", *arguments, "--run", "runs/taught", cwd=workplace).stdout
    err = train_and_stop_at(
        "teachers/backward-1/metrics.jsonl", "runs/stopped", arguments, workplace
    )

    assert f"To continue:\npython {REPOSITORY}/train.py --resume runs/stopped\n" in err
    second = start("train.py", "--resume", "runs/stopped", cwd=workplace)
    wait_for(stopped / "metrics.jsonl", second)  # its teachers have finished
    second.kill()
    second.communicate()
    resumed = run("train.py", "--resume", "runs/stopped", cwd=workplace)

    assert len(re.findall(r"^test: BLEU", out, re.MULTILINE)) == 1  # the teachers' is not its own
    assert "model 2 of 2" not in resumed.stderr  # was trained already
    for name in (
        "diversified/train.jsonl",
        "diversified/translations/sampled-1-1.txt",
        "diversified/translations/distilled.txt",
        "diversified/back-translated/train.jsonl",
        "teachers/backward-1/config.yaml",
    ):
        assert (stopped / name).read_bytes() == (whole / name).read_bytes()
    assert tensors(stopped / "model.safetensors") == tensors(whole / "model.safetensors")
    assert read_events(whole)[0]["pairs"]["train"] > 20


def test_training_records_how_attention_is_learned(workplace: Path) -> None:
    learning = RunDirectory(workplace / "runs/words").learning_record.load("words")

    assert learning is not None
    assert [snapshot.step for snapshot in learning.snapshots] == list(range(25))
    assert len(learning.probes) == 6  # the other 6 sentences have more than 40 tokens
    first, last = learning.snapshots[0].attention, learning.snapshots[-1].attention
    assert (first[0]["cross_attn"] != last[0]["cross_attn"]).any()


def test_evaluate_writes_scores_with_signatures_and_the_translations(workplace: Path) -> None:
    out = run("-m", "translator", "evaluate", "runs/words", "--split", "val", cwd=workplace).stdout

    results = json.loads((workplace / "runs/words/results.json").read_text(encoding="utf-8"))
    hypotheses = (workplace / "runs/words/hypotheses/validation.txt").read_text(encoding="utf-8")
    assert results["validation"]["sentences"] == 12
    assert "case:lc" in results["validation"]["bleu_lowercased"]["signature"]
    assert "test" in results  # what was there stays
    assert hypotheses.count("\n") == 12
    for metric in ("BLEU", "chrF2", "TER"):
        assert re.search(rf"^{metric} \d+\.\d\d \(nrefs:1\|", out, re.MULTILINE)


def test_evaluate_against_a_baseline_adds_the_paired_bootstrap(workplace: Path) -> None:
    arguments = "translator evaluate runs/words --beam_size 1 --baseline runs/words"
    out = run("-m", *shlex.split(arguments), cwd=workplace).stdout

    assert re.search(r"BLEU .* against .*, p = 1\.0000 \(nrefs:1\|bs:1000\|seed:12345", out)


def test_mbr_gives_of_drawn_translations_the_one_most_like_all(workplace: Path) -> None:
    arguments = ["--mbr", "9", "--temperature", "2", "--json", "--num_best", "9"]
    done = run("translate.py", *arguments, "The dog sleeps.", "", cwd=workplace)

    first, blank = map(json.loads, done.stdout.splitlines())
    ranked = [first, *first["alternatives"]]
    assert 1 < len(ranked) <= 9
    assert len({one["text"] for one in ranked}) == len(ranked)
    scores = [one["score"] for one in ranked]
    assert scores == sorted(scores, reverse=True)
    assert 100 / 9 <= scores[-1] <= scores[0] <= 100
    assert blank["text"] == ""


def test_evaluate_with_mbr_is_kept_apart_with_what_was_drawn(workplace: Path) -> None:
    arguments = "translator evaluate runs/words --mbr 3 --temperature 0.5 --seed 4"
    out = run("-m", *shlex.split(arguments), cwd=workplace).stdout

    results = json.loads((workplace / "runs/words/results.json").read_text(encoding="utf-8"))
    drawn = {"num_samples": 3, "temperature": 0.5, "seed": 4}
    assert drawn.items() <= results["test-mbr-3"].items()
    assert "num_samples=3" in out
    assert "num_samples" not in results["test"]  # what was there stays


def test_n_lines_in_are_n_lines_out_whatever_the_characters(workplace: Path) -> None:
    lines = [
        b"The dog sleeps.",
        b"",
        b"  \t ",
        "a\x00b 🐕\ufffd".encode(),
        "x\u2028y \x0b z".encode(),
        b"\r",
    ]

    done = subprocess.run(
        [sys.executable, REPOSITORY / "translate.py", "--run", "runs/words", "--beam_size", "1"],
        input=b"\n".join(lines),
        capture_output=True,
        cwd=workplace,
        env={**ENVIRONMENT, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        check=True,
    )

    translations = done.stdout.split(b"\n")
    assert len(translations) == len(lines) + 1
    assert [bool(line) for line in translations] == [True, False, False, True, True, False, False]
    assert done.stderr == b""


def test_json_lines_have_scores_tokens_and_alternatives(workplace: Path) -> None:
    done = run("translate.py", "--json", "--num_best", "2", "The dog sleeps.", "", cwd=workplace)

    first, blank = map(json.loads, done.stdout.splitlines())
    assert first["source"] == "The dog sleeps."
    assert len(first["tokens"]) == len(first["logprobs"]) > 0
    assert len(first["alternatives"]) == 1
    assert first["score"] >= first["alternatives"][0]["score"]
    assert blank["text"] == ""
    assert blank["tokens"] == []


def test_the_newest_run_translates_a_file_as_python_does(workplace: Path) -> None:
    texts = ["The dog sleeps.", "The cat sleeps.", "The dog sleeps."]
    (workplace / "in.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    os.utime(workplace / "runs/words/model.safetensors")

    done = run("translate.py", "--input", "in.txt", cwd=workplace)

    expected = translator.load(workplace / "runs/words").translate(texts)
    assert done.stdout.splitlines() == expected


def test_a_prompt_translates_what_is_typed_and_writes_nothing_else_to_standard_output(
    workplace: Path,
) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, REPOSITORY / "translate.py", "--run", "runs/words"],
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=workplace,
        env=ENVIRONMENT,
    )
    os.write(master, b"The dog sleeps.\n\n\x04")

    out, err = process.communicate(timeout=300)

    assert out.count(b"\n") == 2
    assert err.count(b"en-de> ") == 3
    assert err.count(b"Ctrl-D leaves") == 1
    assert process.returncode == 0


def test_a_program_that_sends_a_line_and_waits_is_answered_within_a_second(
    workplace: Path,
) -> None:
    process = subprocess.Popen(
        [sys.executable, REPOSITORY / "translate.py", "--run", "runs/words"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=workplace,
        env=ENVIRONMENT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    os.write(process.stdin.fileno(), b"the dog\n")
    process.stdout.readline()  # the model is loaded
    waits = []

    for writes in ([b"the dog\n"], [b"the dog\nthe man\n"], [b"the ", b"man\nthe ", b"dog\n"]):
        for data in writes:
            os.write(process.stdin.fileno(), data)
            started = time.monotonic()
            for _ in range(data.count(b"\n")):
                process.stdout.readline()
            waits.append(time.monotonic() - started)

    process.communicate(timeout=60)
    assert max(waits) < 1


def test_inspect_writes_rows_that_sum_to_one(workplace: Path) -> None:
    run("translate.py", "--inspect", "--json", "dog.json", "The dog sleeps.", cwd=workplace)

    inspection = json.loads((workplace / "dog.json").read_text(encoding="utf-8"))
    sentence, weights = inspection["sentence"], inspection["arrays"]["cross_attn.0.weights"]
    assert sentence["reads"] == ["<s>", *sentence["writes"][:-1]]
    assert inspection["axes"]["cross_attn.weights"] == ["head", "target", "source"]
    for head in weights:
        assert len(head) == len(sentence["writes"])
        for row in head:
            assert len(row) == len(sentence["source"])
            assert sum(row) == pytest.approx(1, abs=1e-5)


def test_an_exported_run_translates_the_same_with_the_other_engine(workplace: Path) -> None:
    # Greedy: a model of 24 steps has beams that end in a tie.
    greedy = workplace / "runs/greedy"
    shutil.copytree(workplace / "runs/words", greedy)
    config = (greedy / "config.yaml").read_text(encoding="utf-8")
    assert "beam_size: 2" in config
    (greedy / "config.yaml").write_text(config.replace("beam_size: 2", "beam_size: 1"), "utf-8")

    exported = run(
        *shlex.split("-m translator export runs/greedy --format ctranslate2"), cwd=workplace
    )

    assert "12 of 12 validation sentences translated the same" in exported.stdout
    arguments = ["--run", "runs/greedy", "--json", "The dog sleeps.", ""]
    by_torch = run("translate.py", *arguments, cwd=workplace).stdout.splitlines()
    by_other = run("translate.py", "--engine", "ctranslate2", *arguments, cwd=workplace).stdout
    for ours, theirs in zip(by_torch, by_other.splitlines(), strict=True):
        expected, found = json.loads(ours), json.loads(theirs)
        for numbers in ("score", "logprobs"):
            assert found.pop(numbers) == pytest.approx(expected.pop(numbers), abs=1e-3)
        assert found == expected
    shutil.rmtree(greedy)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--sample", "--engine ctranslate2 cannot sample by a seed: leave"),
        ("--device cuda", "--engine ctranslate2 runs on the CPU: leave --device out"),
        ("--prefix Der", "runs/words has no model for CTranslate2: make it with python -m"),
    ],
)
def test_what_the_other_engine_cannot_do_is_one_sentence(
    workplace: Path, option: str, message: str
) -> None:
    arguments = ["--run", "runs/words", "--engine", "ctranslate2", *option.split(), "A dog."]
    done = subprocess.run(
        command("translate.py", tuple(arguments)),
        capture_output=True,
        text=True,
        cwd=workplace,
        env=ENVIRONMENT,
    )

    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {message}")
    assert done.stderr.count("\n") == 1


def test_translating_does_not_import_what_only_training_needs(workplace: Path) -> None:
    program = (
        "import sys; from translator.cli.main import run_command; "
        "run_command('translate', ['--run', 'runs/words', 'The dog sleeps.'], 'translate.py'); "
        "heavy = {'ctranslate2', 'datasets', 'sacrebleu', 'pandas'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=workplace, check=True
    )

    assert done.stderr == "[]\n"


def test_without_a_network_the_hub_is_one_clear_sentence(tmp_path: Path) -> None:
    config = REPOSITORY / "configs/multi30k.yaml"
    done = subprocess.run(
        [sys.executable, REPOSITORY / "train.py", "--config", config],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**ENVIRONMENT, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")},
    )

    assert done.returncode == 2
    assert re.fullmatch(
        r"error: bentrevett/multi30k: no such file or folder in .*, and the dataset hub cannot be "
        r"reached \(kitchen and scenes come with the program\); name its place with "
        r"--corpus.source\n",
        done.stderr,
    )
    assert not (tmp_path / "runs").exists()


def write_corpus(folder: Path, train: int = 140) -> None:
    """Plain parallel text: a little of the embedded corpus."""
    folder.mkdir()
    source = REPOSITORY / "data/scenes/train.jsonl"
    pairs = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()[:164]]
    for split, part in (("train", pairs[:train]), ("val", pairs[140:152]), ("test", pairs[152:])):
        for side in ("en", "de"):
            text = "".join(f"{pair[side]}\n" for pair in part)
            (folder / f"{split}.{side}").write_text(text, encoding="utf-8")


def run(script: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command(script, arguments), capture_output=True, text=True, cwd=cwd, env=ENVIRONMENT
    )
    assert done.returncode == 0, done.stderr
    return done


def start(script: str, *arguments: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(script, arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=ENVIRONMENT,
    )


def command(script: str, arguments: tuple[str, ...]) -> list[str]:
    first = str(REPOSITORY / script) if script.endswith(".py") else script
    return [sys.executable, first, *arguments]


def train_and_stop_at(
    file: str,
    name: str,
    arguments: list[str],
    cwd: Path,
    number: signal.Signals = signal.SIGTERM,
) -> str:
    """Train in `name`, send the signal once `file` is there, and give what stderr then says."""
    process = start("train.py", *arguments, "--run", name, cwd=cwd)
    wait_for(cwd / name / file, process)
    process.send_signal(number)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 128 + number
    return err


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 300
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def kept_steps(run: Path) -> list[int]:
    files = sorted((run / "checkpoints").iterdir())
    return [int(file.stem.removeprefix("step-")) for file in files]


def tensors(path: Path) -> dict[str, bytes]:
    from safetensors import safe_open

    with safe_open(path, framework="pt") as opened:
        return {name: opened.get_tensor(name).numpy().tobytes() for name in opened.keys()}  # noqa: SIM118


def read_events(folder: Path) -> list[dict[str, object]]:
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
