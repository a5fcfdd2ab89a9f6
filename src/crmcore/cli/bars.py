"""Bars for tables in a terminal, to an eighth of a character."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

_EIGHTHS = " ▏▎▍▌▋▊▉"
_FULL = "█"


def bar(value: float, most: float, width: int, style: str = "green") -> "Text":
    """A bar whose length is to ``width`` characters as ``value`` is to ``most``; a negative one is drawn in red."""
    from rich.text import Text

    if most <= 0 or width < 1:
        return Text()
    eighths = round(min(abs(value) / most, 1) * width * 8)
    if value and not eighths:
        eighths = 1
    whole, rest = divmod(eighths, 8)
    return Text(_FULL * whole + (_EIGHTHS[rest] if rest else ""), style="red" if value < 0 else style)
