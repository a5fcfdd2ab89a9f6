"""Pictures and tables of a lifecycle."""

from datetime import UTC, datetime
from typing import Any, ClassVar

import attrs
import pytest

from crmcore.customers import COMMANDS, LIFECYCLE, Absent
from crmcore.kernel.actors import right
from crmcore.kernel.diagrams import grid, mermaid
from crmcore.kernel.machine import STAY, Lapse, Machine, Never, Row
from crmcore.kernel.refusals import Label, Reason


@attrs.frozen
class Nowhere:
    """Before everything."""

    name: ClassVar[str] = "nowhere"
    label: ClassVar[Label] = Label("nowhere", "无")


@attrs.frozen
class Off:
    """The lamp is off."""

    name: ClassVar[str] = "off"
    label: ClassVar[Label] = Label("off", "关")


@attrs.frozen
class On:
    """The lamp is on."""

    name: ClassVar[str] = "on"
    label: ClassVar[Label] = Label("on", "开")


class Build:
    """Make the lamp."""

    do: ClassVar[str] = "build"
    label: ClassVar[Label] = Label("build", "制造")


class Press:
    """Switch it."""

    do: ClassVar[str] = "press"
    label: ClassVar[Label] = Label("press", "按")


class Blow:
    """Blow it out."""

    do: ClassVar[str] = "blow"
    label: ClassVar[Label] = Label("blow", "吹")


BUILT = Reason("L-01", "built", "", "")
NONE = Reason("L-02", "none", "", "")


def row(source: Any, command: type[Any], *to: Any) -> Row:
    """A row that anyone may use."""
    return Row(source, command, by=right("anyone"), then=lambda *_: (), to=to)


LAMP = Machine(
    row(Nowhere, Build, Off, On),
    Never((Off, On), Build, because=BUILT),
    Never(Nowhere, Press, because=NONE),
    row(Off, Press, On),
    row(On, Press, Off),
    row((Off, On), Blow, STAY, Off),
    Never(Nowhere, Blow, because=NONE),
    Lapse(On, when=lambda _stage: datetime(2026, 3, 1, tzinfo=UTC), then=lambda _stage, _at: None, to=(Off,)),
    permitted=lambda _line: lambda *_: None,
)


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        (
            "en",
            """stateDiagram-v2
    state "off" as off
    state "on" as on
    [*] --> off: build
    [*] --> on: build
    off --> on: press
    on --> off: press / blow / the deadline passes
""",
        ),
        (
            "zh",
            """stateDiagram-v2
    state "关" as off
    state "开" as on
    [*] --> off: 制造
    [*] --> on: 制造
    off --> on: 按
    on --> off: 按 / 吹 / 到期
""",
        ),
    ],
)
def test_a_picture_shows_the_moves(lang, expected):
    """What leaves a stage as it is is left out; several that make the same move share an arrow."""
    assert expected == mermaid(LAMP, Nowhere, lang)


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        (
            "en",
            """| command | nowhere | off | on |
| --- | --- | --- | --- |
| `build` build | off / on | refused L-01 | refused L-01 |
| `press` press | refused L-02 | on | off |
| `blow` blow | refused L-02 | stays / stays | stays / off |
""",
        ),
        (
            "zh",
            """| 命令 | 无 | 关 | 开 |
| --- | --- | --- | --- |
| `build` 制造 | 关 / 开 | 拒绝 L-01 | 拒绝 L-01 |
| `press` 按 | 拒绝 L-02 | 开 | 关 |
| `blow` 吹 | 拒绝 L-02 | 不变 / 不变 | 不变 / 关 |
""",
        ),
    ],
)
def test_a_grid_shows_every_pair(lang, expected):
    """Where the command leads, or the rule that always refuses it."""
    assert expected == grid(LAMP, lang)


def test_english_is_the_language_unless_told_otherwise():
    """Of both."""
    assert (mermaid(LAMP, Nowhere, "en"), grid(LAMP, "en")) == (mermaid(LAMP, Nowhere), grid(LAMP))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_customers_lifecycle_can_be_drawn(lang):
    """With a line for every command, and everything beginning at the dot."""
    picture, table = mermaid(LIFECYCLE, Absent, lang), grid(LIFECYCLE, lang)

    assert {"[*] --> potential", "[*] --> pool"} == {
        line.strip().split(":")[0] for line in picture.splitlines() if "[*]" in line
    }
    assert len(COMMANDS) + 2 == len(table.splitlines())
