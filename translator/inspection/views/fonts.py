"""Find installed fonts that together can draw a text: matplotlib's own lacks Chinese, for one.

Importing this module imports matplotlib, which is slow.
"""

import functools
import logging
from collections.abc import Iterable, Sequence

from matplotlib.font_manager import findfont, findSystemFonts, fontManager, get_font
from matplotlib.ft2font import FT2Font

logger = logging.getLogger(__name__)

OWN = "DejaVu Sans"
"""Comes with matplotlib."""
REPLACEMENT = "\ufffd"
"""Shown in place of a character that no font has; `OWN` has this one."""
SYSTEM_PLACEHOLDERS = "lastresort"
"""A font that shows boxes in place of real characters, and covers all of them."""


def families_for(texts: Iterable[str]) -> tuple[list[str], dict[int, str]]:
    """Font families, in the order in which they are tried for each character, and a table for
    `str.translate` that replaces the characters that no family has.

    Replaced characters are logged, once for all pictures with the same characters.
    """
    families, missing = _chosen("".join(sorted(set("".join(texts)))))
    return list(families), {ord(character): REPLACEMENT for character in missing}


@functools.lru_cache(maxsize=8)
def _chosen(characters: str) -> tuple[tuple[str, ...], frozenset[str]]:
    families = [OWN]
    missing = _missing(characters, families)
    # Not from matplotlib's font list, which may date from the day matplotlib first ran.
    for file in sorted(findSystemFonts()) if missing else []:
        family = _family_with_any(missing, file)
        if family is not None and family not in families:
            families.append(family)
            missing = _missing(missing, families)
        if not missing:
            break
    visible = sorted(filter(str.isprintable, missing))
    if visible:
        logger.warning(
            "no installed font has %s: the picture shows %s instead; install a font for the "
            "script, for example one of the Noto fonts",
            " ".join(visible),
            REPLACEMENT,
        )
    return tuple(families), frozenset(missing)


def _missing(characters: Iterable[str], families: Sequence[str]) -> set[str]:
    fonts = [get_font(findfont(family)) for family in families]
    return {one for one in characters if not any(font.get_char_index(ord(one)) for font in fonts)}


def _family_with_any(characters: set[str], file: str) -> str | None:
    """The family of the font in `file`, registered in matplotlib, if it has any of `characters`."""
    try:
        font: FT2Font = get_font(file)
        if not any(font.get_char_index(ord(one)) for one in characters):
            return None
        if SYSTEM_PLACEHOLDERS in font.family_name.replace(" ", "").lower():
            return None
        fontManager.addfont(file)
    except (OSError, RuntimeError):  # a broken font, or a bitmap font (NotImplementedError)
        return None
    return font.family_name
