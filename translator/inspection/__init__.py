"""What attention did: recorded from one teacher-forced pass, exact to the last digit."""

from translator.inspection.record import Inspection, as_json, inspect_pair, inspect_translation
from translator.inspection.terminal import as_table

__all__ = ["Inspection", "as_json", "as_table", "inspect_pair", "inspect_translation"]
