"""Draws a lifecycle as SVG, for pages that cannot draw Mermaid: browsers get a picture, and no script."""

from collections.abc import Iterator
from html import escape
from typing import Any, NamedTuple

from crmcore.errors import Language
from crmcore.kernel.diagrams import TIME
from crmcore.kernel.machine import Machine

STEP, WIDTH, HEIGHT, TOP = 250, 120, 44, 110
STYLE = (
    "<style>rect{fill:none;stroke:#808a99;stroke-width:1.5}path{fill:none;stroke:#808a99;stroke-width:1.5}"
    "circle,.tip{fill:#808a99}text{font:13px system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;"
    "fill:#808a99;text-anchor:middle}.stage{font-weight:600;font-size:15px}</style>"
)
TIP = (
    '<marker id="tip" markerWidth="9" markerHeight="8" refX="8" refY="4" orient="auto">'
    '<path class="tip" d="M0,0L9,4L0,8z"/></marker>'
)


class Move(NamedTuple):
    """One arrow: from one place in the row of stages to another, with its label; the start is at place -1."""

    source: int
    to: int
    label: str


def moves(machine: Machine, start: type[Any], lang: Language) -> list[Move]:
    """The arrows of the diagram; several commands that make the same move share one."""
    stages = [stage for stage in machine.stages if stage is not start]
    labels: dict[tuple[int, int], list[str]] = {}
    for source, to, command in machine.arrows():
        if source is not to:
            place = -1 if source is start else stages.index(source)
            label = TIME[lang] if command == "time" else str(command.label.text(lang))
            labels.setdefault((place, stages.index(to)), []).append(label)
    return [Move(source, to, " / ".join(dict.fromkeys(words))) for (source, to), words in labels.items()]


def svg(machine: Machine, start: type[Any], lang: Language) -> str:
    """The lifecycle as an SVG picture: stages in a row, moves ahead between them, moves back below."""
    names = [stage.label.text(lang) for stage in machine.stages if stage is not start]
    width, height = STEP * len(names), TOP + HEIGHT + 30 + 46 * (len(names) - 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        STYLE,
        f"<defs>{TIP}</defs>",
        f'<circle cx="{STEP}" cy="18" r="7"/>',
        *(_stage(place, name) for place, name in enumerate(names)),
        *(line for move in moves(machine, start, lang) for line in _arrow(move)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _middle(place: int) -> int:
    return STEP // 2 + STEP * place


def _stage(place: int, name: str) -> str:
    middle = _middle(place)
    box = f'<rect x="{middle - WIDTH // 2}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
    return f'{box}<text class="stage" x="{middle}" y="{TOP + HEIGHT // 2 + 5}">{escape(name)}</text>'


def _arrow(move: Move) -> Iterator[str]:
    """One arrow with its label; where there is room above, each word of it on a line of its own."""
    path, x, y = _start(move) if move.source < 0 else _ahead(move) if move.to > move.source else _back(move)
    words = move.label.split(" / ") if 0 <= move.source < move.to else [move.label]
    yield f'<path d="{path}" marker-end="url(#tip)"/>'
    for number, word in enumerate(words):
        yield f'<text x="{x}" y="{y - 18 * (len(words) - 1 - number)}">{escape(word)}</text>'


def _start(move: Move) -> tuple[str, int, int]:
    """The path from the dot, and where its label goes."""
    to = _middle(move.to)
    return f"M{STEP},18L{to},{TOP - 2}", (STEP + to) // 2 + (45 if to > STEP else -45), 62


def _ahead(move: Move) -> tuple[str, int, int]:
    """A line to the next stage, and where its label goes."""
    source, to, y = _middle(move.source), _middle(move.to), TOP + HEIGHT // 2
    return f"M{source + WIDTH // 2},{y}L{to - WIDTH // 2 - 2},{y}", (source + to) // 2, TOP - 8


def _back(move: Move) -> tuple[str, int, int]:
    """A line that leads back below, the deeper the further, and where its label goes."""
    source, low = _middle(move.source), TOP + HEIGHT + 46 * (move.source - move.to)
    left = _middle(move.to) + 24 * (1 - move.source)
    path = f"M{source},{TOP + HEIGHT}L{source},{low - 14}Q{source},{low} {source - 14},{low}L{left + 14},{low}"
    return f"{path}Q{left},{low} {left},{low - 14}L{left},{TOP + HEIGHT + 2}", (source + left) // 2, low + 17
