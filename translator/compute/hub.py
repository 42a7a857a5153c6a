"""The library `datasets`, and the hub that it reads."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def quiet_datasets() -> Any:
    """The library, with its progress bars, its log and its reports to its makers switched off."""
    import datasets  # takes seconds, and translating does without

    datasets.disable_progress_bars()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)
    # Else it reports each reading of a local file to its makers, and waits seconds for an answer.
    datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = False
    return datasets


@contextmanager
def offline_unless_reachable(datasets: Any) -> Iterator[None]:
    """While entered, the library looks into its cache alone where the hub cannot be reached.

    Without a network it would retry for half a minute.
    """
    offline = datasets.config.HF_HUB_OFFLINE
    datasets.config.HF_HUB_OFFLINE = offline or not _reachable(datasets.config.HF_ENDPOINT)
    try:
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE = offline


def _reachable(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
