"""The processes of one run: a single one, or those that torchrun started."""

import gc
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch.distributed.rendezvous import rendezvous

from translator.compute.watch import LOST, START, Watch, watch_processes
from translator.errors import WorkerError

T = TypeVar("T")
PATIENCE = timedelta(days=30)
"""How long a process waits for data from another, which may be preparing or translating a large
corpus; a process that is gone is noticed by compute/watch.py."""


@dataclass(frozen=True)
class World:
    """This process among all processes. `World()` is a single process, which communicates with no
    other."""

    rank: int = 0
    size: int = 1
    watch: Watch | None = field(default=None, compare=False)

    @property
    def is_main(self) -> bool:
        """Whether this process is the one that writes files and logs."""
        return self.rank == 0

    def sum(self, *values: float) -> list[float]:
        """Each value summed over all processes; the same on every process."""
        if self.size == 1:
            return list(values)
        device = "cuda" if dist.get_backend() == "nccl" else "cpu"
        total = torch.tensor(values, dtype=torch.float64, device=device)
        dist.all_reduce(total)
        return total.tolist()

    def gather(self, values: list[T]) -> list[T]:
        """Undo `share`: the shares of all processes in the order of the whole."""
        if self.size == 1:
            return values
        shares: list[list[T]] = [[] for _ in range(self.size)]
        dist.all_gather_object(shares, values)
        count = sum(map(len, shares))
        return [shares[index % self.size][index // self.size] for index in range(count)]

    def share(self, values: list[T]) -> list[T]:
        """This process's part: every `size`-th value."""
        return values[self.rank :: self.size]


def join_world(device: torch.device) -> World:
    """Join the processes that torchrun started, if it did.

    From then on, all processes but the main one log only errors.
    """
    if "RANK" not in os.environ:
        return World()
    store, rank, size = next(rendezvous("env://", timeout=START))
    watch = watch_processes(store, rank, size) if size > 1 else None
    dist.init_process_group(
        "nccl" if device.type == "cuda" else "gloo",
        store=store,
        rank=rank,
        world_size=size,
        timeout=PATIENCE,
    )
    world = World(rank, size, watch)
    if not world.is_main:
        logging.getLogger("translator").setLevel(logging.ERROR)
    return world


@contextmanager
def lost_processes_named() -> Iterator[None]:
    """Raises WorkerError if another process is gone. The communication libraries report that from
    deep inside any step that needs all processes."""
    try:
        yield
    except RuntimeError as error:
        if not (isinstance(error, dist.DistError) or "gloo" in str(error)):
            raise
        raise WorkerError(LOST) from None


def leave_world(world: World) -> None:
    """Leave the process group in order."""
    if world.watch:
        # Once, a process aborted at its end with "terminate called without an active exception":
        # threads of a group that outlived it, it seems. So nothing may hold on to the group (a
        # wrapped model can, in a reference cycle), and no process leaves while another needs it.
        gc.collect()
        dist.barrier()
        world.watch.end()
        dist.destroy_process_group()
