"""Sharing a run: packed into a folder or a file, or uploaded to the hub."""

import errno
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

from translator.compute.files import folder_size, make_folder, short_name
from translator.compute.hub import upload_model
from translator.errors import RunError
from translator.experiment.model_card import model_card, with_license
from translator.experiment.run_directory import SHARED_FILES, SHARED_FOLDERS, RunDirectory


def pack(run: RunDirectory, output: Path) -> tuple[int, int]:
    """Write the files of a run that others need to a folder, or to a file if its name ends in .zip.

    Returns the bytes of the run and of the copy. Raises RunError if `output` exists already, or if
    the run cannot translate; then nothing is left there.
    """
    if output.exists():
        raise RunError(_exists(output))
    if run.path.resolve() in output.resolve().parents:
        raise RunError(f"{output} is inside the run itself: choose another --output")
    make_folder(output.parent)
    try:
        with TemporaryDirectory(prefix=".pack-", dir=output.parent) as aside:
            folder = Path(aside) / output.name.removesuffix(".zip")
            copy_shared(run, folder)
            packed = folder if output.suffix != ".zip" else _zipped(folder)
            packed.rename(output)
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY):  # another process was faster
            raise RunError(_exists(output)) from error
        raise RunError(
            f"{run} cannot be packed: {output} cannot be written ({error.strerror}): free some "
            f"space, or choose another --output"
        ) from error
    packed_size = output.stat().st_size if output.is_file() else folder_size(output)
    return folder_size(run.path), packed_size


def _exists(output: Path) -> str:
    return f"{output} exists already: remove it, or choose another --output"


def copy_shared(run: RunDirectory, folder: Path, license_id: str | None = None) -> None:
    """Copy the files of a run that others need into a new folder.

    The run's own card is kept if it has facts for the hub, since somebody may have edited it;
    otherwise a new card is written. Raises RunError if the run cannot translate.
    """
    if run.step is not None:
        raise RunError(
            f"{run} is one step of a run, and only whole runs are shared: leave @{run.step} out"
        )
    config, tokenizer = run.load_config(), run.load_tokenizer()
    model, _ = run.load_model(config, tokenizer)
    folder.mkdir()
    for name in SHARED_FILES:
        if (run.path / name).is_file():
            shutil.copyfile(run.path / name, folder / name)
    for name in SHARED_FOLDERS:
        if (run.path / name).is_dir():
            shutil.copytree(run.path / name, folder / name)
    card = run.card_file.read_text(encoding="utf-8") if run.card_file.is_file() else ""
    if not card.startswith("---\n"):
        parameters = sum(parameter.numel() for parameter in model.parameters())
        description = f"{parameters / 1e6:.2f} M parameters, vocabulary {tokenizer.vocab_size:,}"
        card = model_card(run, config, description)
    (folder / "README.md").write_text(with_license(card, license_id), encoding="utf-8")


def _zipped(folder: Path) -> Path:
    """An archive of the folder, next to the folder."""
    archive = folder.with_name(f"{folder.name}.zip")
    with ZipFile(archive, "w", ZIP_DEFLATED) as file:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                file.write(path, path.relative_to(folder.parent))
    return archive


def push(run: RunDirectory, hub_id: str, *, public: bool, license_id: str | None) -> str:
    """Upload the files that `pack` copies to the hub, as one commit. Returns the address.

    Raises RunError if the run cannot translate, or if the hub refuses it.
    """
    with TemporaryDirectory() as aside:
        folder = Path(aside) / "run"
        copy_shared(run, folder, license_id)
        try:
            return upload_model(
                folder,
                hub_id,
                private=not public,
                message=f"{short_name(run.path)}, as it was trained",
                replaced=[f"{name}/*" for name in SHARED_FOLDERS],
            )
        except LookupError as error:
            raise RunError(f"{run} cannot be pushed to {hub_id}: {error}") from None
