"""metrics.jsonl: the log of a training, one JSON object per event."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from translator.compute.files import append_line, write_atomically


@dataclass(frozen=True)
class MetricsLog:
    """The log of one run."""

    file: Path

    def append(self, event: Mapping[str, Any]) -> None:
        """Add a line."""
        append_line(self.file, json.dumps(event, ensure_ascii=False))

    def events(self) -> list[dict[str, Any]]:
        """The events; lines that a crash cut off or others wrote are skipped."""
        if not self.file.exists():
            return []
        text = self.file.read_text(encoding="utf-8", errors="replace")
        return [event for line in text.split("\n") if (event := _event(line)) is not None]

    def seconds(self) -> float:
        """Seconds spent on training so far."""
        return max((float(event.get("seconds", 0)) for event in self.events()), default=0.0)

    def forget_after(self, step: int) -> None:
        """Drop events after `step`, which will be repeated."""
        kept = [event for event in self.events() if event["step"] <= step]
        lines = [json.dumps(event, ensure_ascii=False) + "\n" for event in kept]
        write_atomically(self.file, "".join(lines).encode())


def _event(line: str) -> dict[str, Any] | None:
    """The event of a line, or None if this program did not write it completely."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        return None
    if not isinstance(event.get("step"), int):
        return None
    return event if isinstance(event.get("seconds", 0.0), (int, float)) else None
