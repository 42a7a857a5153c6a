"""What all tests share."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import torch

if TYPE_CHECKING:
    from translator.decoding.translator import Translator

# The tests' models are tiny: a second thread would only wait, and worse where cores are shared.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """A test that computed with more must not leave them to the next."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _log_as_a_library_does() -> Iterator[None]:
    """A command run inside the tests' process would leave its level of logging to later tests."""
    yield
    logging.getLogger("translator").setLevel(logging.NOTSET)


@pytest.fixture(scope="session", params=["random", "trained"])
def inspected_translator(request: pytest.FixtureRequest) -> "Translator":
    """Two small models to inspect, one after the other; see tests/support/inspected.py."""
    return request.getfixturevalue(f"{request.param}_translator")


@pytest.fixture(scope="session")
def random_translator() -> "Translator":
    from inspected import make_translator

    return make_translator(trained=False)


@pytest.fixture(scope="session")
def trained_translator() -> "Translator":
    from inspected import make_translator

    return make_translator(trained=True)


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Prepared text goes where nobody's own lies."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRANSLATOR_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
