"""The hub: datasets, read by the library `datasets`, and models."""

import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def quiet_datasets() -> Any:
    """The library, with its progress bars, its log and its reports to its makers switched off."""
    import datasets  # takes seconds, and translation does not need it

    datasets.disable_progress_bars()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)
    # Otherwise it reports each reading of a local file to its makers, and waits seconds for an
    # answer.
    datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = False
    return datasets


@contextmanager
def offline_unless_reachable(datasets: Any) -> Iterator[None]:
    """While entered, the library uses only its cache if the hub cannot be reached.

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


def fetch_model(name: str, first: str, patterns: Sequence[str]) -> Path:
    """The newest files of a model on the hub that match `patterns`, in the hub's cache; if the hub
    cannot be reached, the files in the cache.

    `first` is fetched before the others, and must exist. Raises LookupError with the reason if
    there are none.
    """
    import huggingface_hub
    from huggingface_hub import constants, errors

    place = constants.ENDPOINT
    offline = constants.HF_HUB_OFFLINE or not _reachable(place)
    _quiet_downloads()
    try:
        huggingface_hub.hf_hub_download(name, first, local_files_only=offline)
        folder = huggingface_hub.snapshot_download(
            name, allow_patterns=list(patterns), local_files_only=offline
        )
    except errors.LocalEntryNotFoundError:
        raise LookupError(
            f"the hub {place} cannot be reached, and its cache has no model {name}"
        ) from None
    except errors.RepositoryNotFoundError:
        raise LookupError(
            f"the hub {place} has no model {name} that you can access (a private model needs a "
            "token: log in with `hf auth login`)"
        ) from None
    except errors.EntryNotFoundError:
        raise LookupError(
            f"the model {name} on the hub {place} is not a run of this program: it has no {first}"
        ) from None
    except Exception as error:  # of any library underneath
        raise LookupError(_refusal(place, error)) from None
    return Path(folder)


def upload_model(
    folder: Path, name: str, *, private: bool, message: str, replaced: Sequence[str]
) -> str:
    """Upload a folder to the hub as one commit to the model `name`, which is created if needed.

    Files on the hub that match `replaced` and are not in the folder are removed. Returns the
    address of the model. Raises LookupError with the reason if the upload fails.
    """
    import huggingface_hub
    from huggingface_hub import constants

    place = constants.ENDPOINT
    if huggingface_hub.get_token() is None:
        raise LookupError("there is no token: log in with `hf auth login`, or set HF_TOKEN")
    if not _reachable(place):
        raise LookupError(f"the hub {place} cannot be reached")
    _quiet_downloads()
    hub = huggingface_hub.HfApi()
    try:
        hub.create_repo(name, private=private, exist_ok=True)
        hub.upload_folder(
            repo_id=name,
            folder_path=folder,
            commit_message=message,
            delete_patterns=list(replaced),
        )
    except Exception as error:  # of any library underneath
        raise LookupError(_refusal(place, error)) from None
    return f"{place}/{name}"


def _quiet_downloads() -> None:
    """No progress bars if nobody sees them."""
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if not sys.stderr.isatty():
        disable_progress_bars()


def _refusal(place: str, error: Exception) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        return f"the hub {place} refuses your token ({status}): log in again with `hf auth login`"
    reason = getattr(error, "server_message", None) or str(error) or repr(error)
    return f"the hub {place} says: {' '.join(reason.split())}"
