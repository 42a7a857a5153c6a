"""Which device computes, and what is refused."""

import pytest
import torch

from translator.compute.device import check_precision, choose_device
from translator.errors import ConfigError


def test_the_processor_is_chosen_where_it_is_asked_for() -> None:
    assert choose_device("cpu") == torch.device("cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="asks for a GPU where there is none")
def test_without_a_gpu_the_processor_is_chosen_and_a_gpu_refused() -> None:
    assert choose_device(None) == torch.device("cpu")
    with pytest.raises(ConfigError, match="the device is cuda, but this machine has no GPU"):
        choose_device("cuda")


def test_bfloat16_is_refused_where_a_processor_would_emulate_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("torch.cpu._is_avx512_bf16_supported", lambda: False)

    check_precision("float32", torch.device("cpu"))
    with pytest.raises(ConfigError, match="this processor has no bfloat16 arithmetic"):
        check_precision("bfloat16", torch.device("cpu"))
