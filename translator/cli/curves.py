"""The command `curves`: how runs were trained, as a picture."""

from pathlib import Path

from translator.cli.options.curves import FORMATS
from translator.cli.parser import Namespace
from translator.cli.streams import write_line
from translator.experiment.courses import courses_of
from translator.experiment.run_files import RunFiles
from translator.inspection.views import curves


def run(options: Namespace, prog: str) -> int:
    """Draw the curves of some runs, and print the names of the files."""
    courses = courses_of([RunFiles(Path(name)) for name in options.runs], by=options.by)
    across = "step" if options.by == "steps" else "minutes of training"
    for name in FORMATS:
        if options[name] is not None:
            curves.save(courses, Path(options[name]), across)
            write_line(options[name])
    return 0
