"""What attention did: recorded from one teacher-forced pass, exact to the last digit."""

from translator.inspection.page import as_html, save_page
from translator.inspection.record import Inspection, inspect_pair, inspect_translation
from translator.inspection.storage import as_json, load_inspection, save_inspection
from translator.inspection.terminal import as_table

__all__ = [
    "Inspection",
    "as_html",
    "as_json",
    "as_table",
    "inspect_pair",
    "inspect_translation",
    "load_inspection",
    "save_inspection",
    "save_page",
]
