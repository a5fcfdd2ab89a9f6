"""Draws a lifecycle as SVG, for pages that cannot draw Mermaid: browsers get a picture, and no script."""

from collections.abc import Iterator
from html import escape
from typing import Any, NamedTuple

from crmcore.kernel.diagrams import TIME
from crmcore.kernel.machine import Machine
from crmcore.wording import Language

STEP, WIDTH, HEIGHT, TOP, LANE = 250, 120, 44, 110, 34
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
    """The lifecycle as an SVG picture: stages in a row, moves to the next one between them, all others below."""
    names = [stage.label.text(lang) for stage in machine.stages if stage is not start]
    arrows = moves(machine, start, lang)
    below = _lanes([move for move in arrows if move.source >= 0 and move.to != move.source + 1])
    width, height = STEP * len(names), TOP + HEIGHT + 30 + LANE * (1 + max(below.values()))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        STYLE,
        f"<defs>{TIP}</defs>",
        f'<circle cx="{STEP}" cy="18" r="7"/>',
        *(_stage(place, name) for place, name in enumerate(names)),
        *(line for move in arrows for line in _arrow(move, below)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _lanes(below: list[Move]) -> dict[Move, int]:
    """The lane in which each arrow runs, the shorter the higher, and no two over each other."""
    lanes: dict[Move, int] = {}
    for move in sorted(below, key=lambda one: (abs(one.to - one.source), one)):
        taken = {lane for other, lane in lanes.items() if _overlap(move, other)}
        lanes[move] = next(lane for lane in range(len(below)) if lane not in taken)
    return lanes


def _overlap(one: Move, other: Move) -> bool:
    """Whether two arrows run below the same stretch."""
    return max(min(one[:2]), min(other[:2])) < min(max(one[:2]), max(other[:2]))


def _middle(place: int) -> int:
    return STEP // 2 + STEP * place


def _stage(place: int, name: str) -> str:
    middle = _middle(place)
    box = f'<rect x="{middle - WIDTH // 2}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
    return f'{box}<text class="stage" x="{middle}" y="{TOP + HEIGHT // 2 + 5}">{escape(name)}</text>'


def _arrow(move: Move, below: dict[Move, int]) -> Iterator[str]:
    """One arrow with its label; where there is room above, each word of it on a line of its own."""
    path, x, y = _start(move) if move.source < 0 else _below(move, below) if move in below else _ahead(move)
    words = move.label.split(" / ") if move.source >= 0 and move not in below else [move.label]
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


def _below(move: Move, below: dict[Move, int]) -> tuple[str, int, int]:
    """A line that leads below the others, and where its label goes."""
    source, to, top = _foot(move.source, move, below), _foot(move.to, move, below), TOP + HEIGHT
    low, turn = top + LANE * (1 + below[move]), 10 if to > source else -10
    path = f"M{source},{top}L{source},{low - 10}Q{source},{low} {source + turn},{low}L{to - turn},{low}"
    return f"{path}Q{to},{low} {to},{low - 10}L{to},{top + 2}", (source + to) // 2, low + 14


def _foot(place: int, move: Move, below: dict[Move, int]) -> int:
    """Where an arrow meets the lower side of a stage: those from the left stand left, so that few cross."""
    there = [other for other in below if place in other[:2]]
    ranked = sorted(there, key=lambda other: _slant(place, other))
    return _middle(place) - WIDTH // 2 + WIDTH * (1 + ranked.index(move)) // (1 + len(ranked))


def _slant(place: int, move: Move) -> tuple[bool, int, Move]:
    away = (move.to if move.source == place else move.source) - place
    return away > 0, -away, move
