"""Torch's global generators are given back as they were."""

import pytest
import torch

from translator.compute.randomness import borrowed_generators

CPU = torch.device("cpu")


def test_what_is_seeded_and_drawn_inside_is_forgotten() -> None:
    before = torch.get_rng_state()

    with borrowed_generators(CPU):
        torch.manual_seed(3)
        torch.rand(7)

    assert torch.equal(torch.get_rng_state(), before)


def test_an_error_inside_leaves_them_as_they_were() -> None:
    before = torch.get_rng_state()

    with pytest.raises(RuntimeError, match="size"), borrowed_generators(CPU):
        torch.rand(7) + torch.rand(3)

    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_generator_of_a_gpu_is_given_back_too() -> None:
    torch.cuda.init()
    before = torch.cuda.get_rng_state()

    for device in (torch.device("cuda"), CPU):
        with borrowed_generators(device):
            torch.manual_seed(3)
            torch.rand(7, device="cuda")

        assert torch.equal(torch.cuda.get_rng_state(), before)
