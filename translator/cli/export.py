"""The command `export`: a run's model for another engine."""

from translator.cli.parser import Namespace
from translator.cli.streams import write_line
from translator.compute.invocation import command
from translator.decoding.ctranslate2_engine import import_ctranslate2
from translator.experiment.export import export
from translator.experiment.held_out import load_held_out
from translator.experiment.run_directory import find_run


def run(options: Namespace, prog: str) -> int:
    """Write a run's model for another engine."""
    import_ctranslate2()  # refuse before the corpus is read
    chosen = find_run(options.run)
    chosen.weights_file()  # and a step that is not kept
    pairs = load_held_out(chosen, "validation", options.source)
    agreement = export(chosen, options.quantization, pairs)
    write_line(
        f"{agreement}\n"
        f"the model is in {chosen.export_folder}\n"
        f"translate: {command('translate', '--run', chosen, '--engine', options.format)} TEXT"
    )
    return 0
