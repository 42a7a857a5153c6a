"""The command `export`: a run's model for other programs."""

import shlex

from translator.cli.parser import Namespace
from translator.cli.streams import write_line
from translator.compute.invocation import command
from translator.experiment.export import check_packages, export
from translator.experiment.held_out import load_held_out
from translator.experiment.run_directory import RunDirectory, find_run


def run(options: Namespace, prog: str) -> int:
    """Write a run's model for another program."""
    check_packages(options.format)  # refuse before the corpus is read
    chosen = find_run(options.run)
    chosen.weights_file()  # and a step that is not kept
    pairs = load_held_out(chosen, "validation", options.source)
    agreement = export(chosen, options.format, options.quantization, pairs)
    write_line(f"{agreement}\n{_next(chosen, options.format)}")
    return 0


def _next(run: RunDirectory, form: str) -> str:
    """The place of the export, and how to use it."""
    folder = run.export_folder(form)
    if form == "ctranslate2":
        translate = command("translate", "--run", run, "--engine", form)
        return f"the model is in {folder}\ntranslate: {translate} TEXT"
    if form == "transformers":
        return (
            f"the model is in {folder}: AutoModelForSeq2SeqLM.from_pretrained and "
            f"AutoTokenizer.from_pretrained load it"
        )
    [package] = folder.glob("*.argosmodel")
    return f"the package is {package}\ninstall: argospm install {shlex.quote(str(package))}"
