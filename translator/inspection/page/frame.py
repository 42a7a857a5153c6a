"""A page inside another one: what a notebook shows of it."""

from dataclasses import dataclass, field
from html import escape


@dataclass(frozen=True)
class Frame:
    """A page with everything that it needs. At the end of a notebook's cell it is shown, in a frame
    of its own: ids, styles and scripts of several do not meet.

    A report makes the frame as high as its content where the notebook lets it.
    """

    page: str = field(repr=False)
    height: int = 800
    """In pixels."""

    def _repr_html_(self) -> str:
        """What Jupyter and Colab ask for."""
        return (
            f'<iframe title="translator" width="100%" height="{self.height}" '
            f'style="border: 0; display: block" srcdoc="{escape(self.page)}"></iframe>'
        )
