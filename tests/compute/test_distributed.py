"""Two processes are one, on one machine or on two: the same losses, no hang where a batch has fewer
rows than processes.

Run by torchrun, this file is also what each process does: `two_processes` reads what came out.
"""

import dataclasses
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from reversing import epoch_batches
from safetensors.torch import load_file

import translator
from translator.compute import cache
from translator.compute.distributed import World, join_world, leave_world, lost_processes_named
from translator.config import (
    EOS_ID,
    Config,
    CorpusConfig,
    ModelConfig,
    TokenizerConfig,
    TrainingConfig,
)
from translator.errors import DivergedError, WorkerError
from translator.experiment import experiment as lab
from translator.experiment import training_run
from translator.experiment.run_directory import RunDirectory
from translator.model.transformer import Transformer
from translator.text.batching import IdPair, lengths_of, plan_epoch
from translator.training.gradients import Gradients, StepGradients
from translator.training.loop import Learner, TrainState, held_out_loss, train
from translator.training.optimizers import make_optimizers

ROOT = Path(translator.__file__).parents[1]
PATHS = [str(ROOT), str(ROOT / "tests/support")]
SHAPE = ModelConfig(
    d_model=20, num_heads=2, d_ff=28, num_encoder_layers=1, num_decoder_layers=1, dropout=0.0
)
CONFIG = TrainingConfig(
    max_steps=9,
    batch_tokens=40,
    learning_rate=1e-2,
    warmup_steps=3,
    eval_every=5,
    log_every=1,
    metric="loss",
    max_grad_norm=0.5,
)
COUNTS = (0, 1, 2, 3, 5, 8)


def test_a_lone_process_shares_with_nobody() -> None:
    world = World()

    assert world.is_main
    assert world.share([1, 2, 3]) == [1, 2, 3]
    assert world.gather(["a", "b"]) == ["a", "b"]
    assert world.sum(1.5, True) == [1.5, 1]


def test_without_torchrun_there_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)

    assert join_world(torch.device("cpu")) == World(rank=0, size=1)


@pytest.mark.parametrize("count", COUNTS)
def test_every_value_is_in_exactly_one_share_and_shares_differ_by_one_at_most(count: int) -> None:
    shares = [World(rank, 3).share(list(range(count))) for rank in range(3)]

    assert sorted(value for share in shares for value in share) == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_the_batches_compared_have_odd_numbers_of_rows_and_a_single_one() -> None:
    plan = plan_epoch(lengths_of(digit_pairs()), batch_tokens=40, seed=CONFIG.seed, epoch=0)

    sizes = [len(rows) for rows in plan]
    assert 1 in sizes
    assert any(size % 2 and size > 1 for size in sizes)
    assert any(size % 2 == 0 for size in sizes)
    assert len(plan) % 2, "the test needs a step with a single batch"
    assert sizes.index(1) < CONFIG.max_steps


@pytest.mark.slow
@pytest.mark.parametrize("accumulate", [1, 2])
def test_two_processes_learn_step_by_step_what_one_learns(
    two_processes: list[dict[str, Any]], accumulate: int
) -> None:
    alone = learn(World(), accumulate)

    first, second = (found[f"accumulate {accumulate}"] for found in two_processes)

    assert len(alone["losses"]) == CONFIG.max_steps
    for key in ("losses", "grad_norms", "validations", "weights"):
        assert first[key] == pytest.approx(alone[key], rel=1e-4, abs=1e-5), key
        assert second[key] == first[key], key
    assert alone["losses"][0] > alone["losses"][-1] + 0.1


@pytest.mark.slow
def test_the_held_out_loss_is_that_of_one_process_even_where_one_has_no_pair(
    two_processes: list[dict[str, Any]],
) -> None:
    alone = held_out_losses(World())

    for found in two_processes:
        assert found["held out"] == pytest.approx(alone, rel=1e-5)
    assert len(set(alone)) == len(alone)


@pytest.mark.slow
def test_what_is_shared_is_gathered_in_its_order_on_every_process(
    two_processes: list[dict[str, Any]],
) -> None:
    assert [found["world"] for found in two_processes] == [[0, 2, True], [1, 2, False]]
    for found in two_processes:
        assert found["gathered"] == [[f"value {i}" for i in range(count)] for count in COUNTS]
        assert found["summed"] == [1.0, 0.75]


@pytest.mark.slow
def test_one_process_that_is_told_to_stop_stops_both(two_processes: list[dict[str, Any]]) -> None:
    for found in two_processes:
        assert found["stopped"] == ["interrupted", 3]


@pytest.mark.slow
def test_a_loss_that_is_not_finite_on_one_process_ends_both(
    two_processes: list[dict[str, Any]],
) -> None:
    for found in two_processes:
        assert "the loss is nan" in found["diverged"]


@pytest.mark.slow
def test_processes_drop_different_elements_and_keep_equal_weights(
    two_processes: list[dict[str, Any]],
) -> None:
    first, second = (found["dropout"] for found in two_processes)

    assert first["draws"] != second["draws"]
    assert first["weights"] == second["weights"]


@pytest.mark.slow
def test_only_the_main_process_writes(two_processes: list[dict[str, Any]]) -> None:
    first, second = (found["written"]["run"] for found in two_processes)

    assert {"checkpoints", "config.yaml", "metrics.jsonl", "model.safetensors"} <= set(first)
    assert second == []


@pytest.mark.slow
def test_one_process_prepares_the_text_for_both(two_processes: list[dict[str, Any]]) -> None:
    first, second = (found["written"]["cache"] for found in two_processes)

    assert sorted(first + second) == ["ids", "text", "vocabulary"]


@pytest.mark.slow
def test_training_and_resuming_under_torchrun_leave_one_complete_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(tmp_path / "corpus")
    train_py = str(ROOT / "train.py")
    options = [
        "--device=cpu",
        "--corpus.source=corpus",
        "--tokenizer.vocab_size=320",
        "--model.d_model=16",
        "--model.num_heads=2",
        "--model.d_ff=24",
        "--model.num_encoder_layers=1",
        "--model.num_decoder_layers=1",
        "--training.max_steps=9",
        "--training.eval_every=4",
        "--training.log_every=1",
        "--training.warmup_steps=2",
        "--training.metric=loss",
        "--training.batch_tokens=200",
        "--tokenizer.sampling=0.1",
    ]

    output = torchrun(train_py, *options, cwd=tmp_path)

    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["corpus"]
    run = RunDirectory(tmp_path / "runs" / "corpus")
    files = sorted(str(path.relative_to(run.path)) for path in run.path.rglob("*"))
    events = [without_times(event) for event in run.metrics.events()]
    assert [event["step"] for event in events if event["event"] == "train"] == list(range(1, 10))
    assert [event["step"] for event in events if event["event"] == "validation"] == [4, 8, 9]
    hypotheses = (run.path / "hypotheses" / "test.txt").read_text(encoding="utf-8")
    assert hypotheses.count("\n") == 7
    assert output.count("test: BLEU") == 1
    assert output.count("everything is in") == 1
    assert "x 2 processes" in output
    assert len(translator.load(run.path).translate(["a dog"])) == 1
    assert list(run.learning_record.files()) == list(range(10))

    tensors, _ = run.checkpoints.load_newest()
    results, model = run.results.load(), run.model_file.read_bytes()
    newest = run.path / "checkpoints" / "step-00000009.safetensors"
    newest.unlink()  # as if the machine had failed in the step before
    run.results.file.unlink()

    torchrun(train_py, "--resume=runs/corpus", "--device=cpu", cwd=tmp_path)

    resumed = load_file(newest)
    assert resumed.keys() == tensors.keys()
    assert all(torch.equal(resumed[name], tensor) for name, tensor in tensors.items())
    assert [without_times(event) for event in run.metrics.events()] == events
    assert run.results.load() == results
    assert run.model_file.read_bytes() == model
    assert sorted(str(path.relative_to(run.path)) for path in run.path.rglob("*")) == files
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["corpus"]

    newest.unlink()
    monkeypatch.chdir(tmp_path)

    translator.train(resume="runs/corpus", device="cpu")  # one process, where two were

    assert "processes was 2 and is now 1: training continues, but not bit for bit" in caplog.text
    assert run.checkpoints.newest_step() == 9
    assert [event["step"] for event in run.metrics.events()] == [event["step"] for event in events]


def test_only_what_is_said_of_a_lost_process_becomes_a_sentence() -> None:
    with pytest.raises(RuntimeError, match=r"^shapes do not match$"), lost_processes_named():
        raise RuntimeError("shapes do not match")
    with (
        pytest.raises(WorkerError, match="another process of this training ended"),
        lost_processes_named(),
    ):
        raise RuntimeError("[gloo/transport/tcp/pair.cc:537] Read error")
    with pytest.raises(WorkerError, match="with --resume RUN"), lost_processes_named():
        raise torch.distributed.DistBackendError("NCCL error")


@pytest.mark.slow
def test_where_a_process_is_killed_all_nodes_end_and_the_others_say_why(tmp_path: Path) -> None:
    program = """
import os, signal, sys, torch, translator.cli.train
from translator.cli.main import run_command
from translator.compute.distributed import join_world, lost_processes_named

def run(options, prog):
    with lost_processes_named():
        world = join_world(torch.device("cpu"))
        world.sum(1)
        if world.is_main:
            os.kill(os.getpid(), signal.SIGKILL)
        while True:
            world.sum(1)

translator.cli.train.run = run
code = run_command("train", [], "train.py")
print("left with", code, flush=True)
sys.exit(code)
"""
    (tmp_path / "killed.py").write_text(program, encoding="utf-8")

    codes, output = launch("killed.py", cwd=tmp_path, nodes=2, seconds=60)

    assert codes == [1, 1]
    assert output.count("error: ") == 1
    assert "error: another process of this training ended" in output
    assert output.count("left with 2") == 1
    assert "-9" in re.findall(r"exitcode *: (-?\d+)", output)


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What `take_part` found in each of two processes, on a node each."""
    folder = tmp_path_factory.mktemp("two")
    write_corpus(folder / "corpus")
    torchrun(str(Path(__file__).resolve()), cwd=folder, nodes=2)
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(2)]


def torchrun(*command: str, cwd: Path, nodes: int = 1) -> str:
    """Run a script in two processes, on one node or two. Returns all that they wrote."""
    codes, output = launch(*command, cwd=cwd, nodes=nodes, seconds=120)
    assert codes == [0] * nodes, output
    return output


def launch(*command: str, cwd: Path, nodes: int, seconds: int) -> tuple[list[int], str]:
    """The exit codes of the nodes and all that they wrote; a hang fails.

    A node is a torchrun of its own. They meet as those of two machines do.
    """
    meet = f"--rdzv-backend=c10d --rdzv-endpoint=localhost:{free_port()} --rdzv-id=test".split()
    counts = [f"--nnodes={nodes}", f"--nproc-per-node={2 // nodes}"]
    launchers = [
        subprocess.Popen(
            [sys.executable, "-m", "torch.distributed.run", *counts, *meet, "--", *command],
            cwd=cwd,
            env={
                **os.environ,
                "OMP_NUM_THREADS": "1",
                "PYTHONPATH": os.pathsep.join(PATHS),
                "TRANSLATOR_CACHE": str(cwd / "cache"),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(nodes)
    ]
    try:
        outputs = [launcher.communicate(timeout=seconds)[0] for launcher in launchers]
    except subprocess.TimeoutExpired:
        for launcher in launchers:
            launcher.send_signal(signal.SIGTERM)  # it ends its processes, if need be by force
        outputs = [launcher.communicate(timeout=60)[0] for launcher in launchers]
        pytest.fail("\n".join([f"no end after {seconds} s:", *outputs]))
    return [launcher.returncode for launcher in launchers], "\n".join(outputs)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def take_part() -> None:
    """One process among those that torchrun started: everything that the tests above compare."""
    torch.set_num_threads(1)
    world = join_world(torch.device("cpu"))
    found = {
        "world": [world.rank, world.size, world.is_main],
        "gathered": [
            world.gather(world.share([f"value {i}" for i in range(count)])) for count in COUNTS
        ],
        "summed": world.sum(world.rank, (world.rank + 1) / 4),
        "accumulate 1": learn(world, 1),
        "accumulate 2": learn(world, 2),
        "held out": held_out_losses(world),
        "stopped": learn_until_the_last_stops(world),
        "dropout": learn_with_dropout(world),
        "diverged": diverge(world),
        "written": write(world),
    }
    Path(f"{world.rank}.json").write_text(json.dumps(found))
    leave_world(world)


def learn(world: World, accumulate: int) -> dict[str, list[float]]:
    events: list[Mapping[str, Any]] = []
    learner = make_learner()
    run_loop(learner, dataclasses.replace(CONFIG, accumulate=accumulate), world, events)
    steps = [event for event in events if event["event"] == "train"]
    return {
        "losses": [event["loss"] for event in steps],
        "grad_norms": [event["grad_norm"] for event in steps],
        "validations": [event["loss"] for event in events if event["event"] == "validation"],
        "weights": sums_of(learner),
    }


def held_out_losses(world: World) -> list[float]:
    model = make_learner().model
    return [
        held_out_loss(model, digit_pairs()[:count], batch_tokens=30, world=world)
        for count in (1, 2, 3, 11)
    ]


def learn_until_the_last_stops(world: World) -> list[object]:
    """Only the process of the highest rank is told to stop, after step 3."""
    learner = make_learner()
    is_told = world.rank == world.size - 1
    ending = run_loop(learner, CONFIG, world, [], stop_at=3 if is_told else None)
    return [ending, learner.state.step]


def learn_with_dropout(world: World) -> dict[str, list[float]]:
    learner = make_learner(dropout=0.3)
    draws: list[float] = []
    learner.model.dropout.register_forward_hook(
        lambda module, inputs, output: draws.append(float((output == 0).float().mean()))
    )
    same_rows = [digit_pairs()[0]] * 4
    run_loop(learner, dataclasses.replace(CONFIG, max_steps=3), world, [], pairs=same_rows)
    return {"draws": draws, "weights": sums_of(learner)}


def diverge(world: World) -> str:
    learner = make_learner()
    if world.rank == world.size - 1:
        torch.nn.init.constant_(learner.model.decoder_norm.weight, float("inf"))
        # DistributedDataParallel begins with the weights of rank 0: spoil them afterwards.
        learner.model.decoder_norm.register_forward_hook(lambda module, inputs, output: output / 0)
    try:
        run_loop(learner, CONFIG, world, [])
    except DivergedError as error:
        return str(error)
    return "nothing was raised"


def write(world: World) -> dict[str, list[str]]:
    """What this process wrote into the cache, which both have, and into a run of its own."""
    config = Config(
        corpus=CorpusConfig(source="corpus"),
        tokenizer=TokenizerConfig(vocab_size=320),
        model=SHAPE,
        training=dataclasses.replace(CONFIG, max_steps=3, eval_every=2, batch_tokens=200),
    )
    run = RunDirectory(Path(f"run-{world.rank}"))
    prepared: list[str] = []
    make = cache._make

    def noted(root: Path, place: Path, *made_by: Any) -> dict[str, Any]:
        prepared.append(place.name.split("-")[0])
        return make(root, place, *made_by)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "_make", noted)
        experiment = lab.prepare(config, torch.device("cpu"), world)
    if world.is_main:
        run.create(config)
        run.save_tokenizer(experiment.tokenizer)
    training_run.run_training(experiment, run, lambda: False)
    return {"run": sorted(path.name for path in run.path.glob("*")), "cache": prepared}


def run_loop(
    learner: Learner,
    config: TrainingConfig,
    world: World,
    events: list[Mapping[str, Any]],
    pairs: list[IdPair] | None = None,
    stop_at: int | None = None,
    gradients: StepGradients | None = None,
) -> str:
    return train(
        learner,
        config,
        gradients=gradients or Gradients(learner.model, config, torch.device("cpu"), world),
        world=world,
        epoch_batches=epoch_batches(pairs or digit_pairs(), config),
        evaluate=lambda average: {
            "loss": held_out_loss(average, digit_pairs()[:7], batch_tokens=50, world=world),
            "chrf": 0.0,
        },
        snapshot_steps=(),
        take_snapshot=lambda _: None,
        save=lambda *_: None,
        log=events.append,
        should_stop=lambda: learner.state.step == stop_at,
    )


def make_learner(dropout: float = 0.0) -> Learner:
    torch.manual_seed(1)
    model = Transformer(dataclasses.replace(SHAPE, dropout=dropout), vocab_size=14)
    return Learner(model, deepcopy(model), make_optimizers(model, CONFIG), TrainState())


def sums_of(learner: Learner) -> list[float]:
    """One number a tensor that any change would change.

    A bias of the keys adds the same to all scores of a query: softmax takes it out again, its
    gradient is nothing but rounding, and Adam makes steps of that. It is left out.
    """
    tensors = learner.tensors().items()
    return [
        float((tensor.double() ** 2).sum()) for name, tensor in tensors if "k_proj.bias" not in name
    ]


def digit_pairs() -> list[IdPair]:
    """Digits and the same digits backwards; one pair is so long that it is a batch by itself."""
    rng = random.Random(4)
    rows = [rng.choices(range(4, 14), k=k) for k in [*(rng.randint(2, 9) for _ in range(22)), 25]]
    return [([*row, EOS_ID], [*row[::-1], EOS_ID]) for row in rows]


def write_corpus(folder: Path) -> None:
    folder.mkdir()
    nouns = {"dog": "Hund", "man": "Mann", "bird": "Vogel", "tree": "Baum", "king": "König"}
    verbs = {"sees": "sieht", "hears": "hört", "finds": "findet"}
    pairs = [
        (f"the {a} {verb} the {b}", f"der {nouns[a]} {verbs[verb]} den {nouns[b]}")
        for a in nouns
        for verb in verbs
        for b in nouns
    ]
    random.Random(1).shuffle(pairs)
    splits = {"train": pairs[12:], "validation": pairs[:5], "test": pairs[5:12]}
    for split, chosen in splits.items():
        for number, language in enumerate(("en", "de")):
            text = "".join(f"{pair[number]}\n" for pair in chosen)
            (folder / f"{split}.{language}").write_text(text, encoding="utf-8")


def without_times(event: dict[str, Any]) -> dict[str, Any]:
    times = ("seconds", "target_tokens_per_second")
    return {name: value for name, value in event.items() if name not in times}


if __name__ == "__main__":
    take_part()
