"""How what the factors come to becomes a grade: by their sum, by a matrix of two sums, or by the first rule that fits.

The field's own rules leave holes: they say what A and B are and not what is neither. Each way here closes them by
something declared, and ``lint`` proves that nothing is left open.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import ClassVar, Final, Literal

from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.kernel.validators import OneOf, Whole
from crmcore.scoring.decimals import Numeral, number
from crmcore.scoring.parts import Code, edge_faults, repeated


def _at(value: Numeral | None) -> Decimal | None:
    """Converter of the field ``at``."""
    return None if value is None else number(value, "at")


def _floor(value: Numeral | None) -> Decimal | None:
    """Converter of the field ``floor``."""
    return None if value is None else number(value, "floor")


def _ceiling(value: Numeral | None) -> Decimal | None:
    """Converter of the field ``ceiling``."""
    return None if value is None else number(value, "ceiling")


@frozen
class Sum:
    """The sum of all contributions, kept between ``floor`` and ``ceiling``; the grade is the one it has reached."""

    method: ClassVar[str] = "sum"

    floor: Decimal | None = field(default=None, converter=_floor)
    ceiling: Decimal | None = field(default=None, converter=_ceiling)

    def __attrs_post_init__(self) -> None:
        """Refuse a floor above the ceiling."""
        if self.floor is not None and self.ceiling is not None and self.floor >= self.ceiling:
            raise Invalid([Fault("floor", "out-of-range", f"a number below the ceiling, {self.ceiling}")])


@frozen
class Level:
    """A range of a group's sum, half-open like a band's."""

    code: str = field(validator=Code())
    at: Decimal | None = field(default=None, converter=_at)


@frozen
class Dimension:
    """One side of a matrix: the group of factors that are added up, and the levels of their sum, lowest first."""

    group: str = field(validator=Code())
    levels: tuple[Level, ...]

    def __attrs_post_init__(self) -> None:
        """Refuse levels that do not give every sum exactly one."""
        faults = list(edge_faults((level.at for level in self.levels), "levels"))
        if not self.levels:
            faults.append(Fault("levels", "empty", "at least one level"))
        faults += [
            Fault("levels", "duplicate", "codes that differ") for _ in repeated(level.code for level in self.levels)
        ]
        if faults:
            raise Invalid(faults)


@frozen
class Matrix:
    """A grade for each pair of levels, ``cells[row level][column level]``: the two are never blended into one."""

    method: ClassVar[str] = "matrix"

    rows: Dimension
    columns: Dimension
    cells: Mapping[str, Mapping[str, str]] = field(hash=False)

    def __attrs_post_init__(self) -> None:
        """Refuse a matrix of one group with itself, and cells at levels that there are not."""
        faults = list(_stray_cells(self))
        if self.rows.group == self.columns.group:
            faults.append(Fault("columns.group", "duplicate", "another group than that of the rows"))
        if faults:
            raise Invalid(faults)


def _stray_cells(matrix: Matrix) -> Iterator[Fault]:
    rows, columns = ({level.code for level in side.levels} for side in (matrix.rows, matrix.columns))
    for row, cells in matrix.cells.items():
        if row not in rows:
            yield Fault("cells", "unknown-field", "one of " + ", ".join(sorted(rows)))
        if not columns.issuperset(cells):
            yield Fault(f"cells.{row}" if row in rows else "cells", "unknown-field", _names(columns))


def _names(codes: set[str]) -> str:
    return "one of " + ", ".join(sorted(codes))


@frozen
class Rule:
    """A grade, and for some factors the codes of the bands they must be in; without any, it fits everything."""

    grade: str
    when: Mapping[str, tuple[str, ...]] = field(hash=False)


GapRule = Literal["refuse", "weakest", "amount-led"]
Overlaps = Literal["refuse", "first-wins"]
WEAKEST: Final = "weakest"
AMOUNT_LED: Final = "amount-led"
REFUSE: Final = "refuse"


@frozen
class Gap:
    """What is done where no rule fits.

    * ``refuse``: there is no grade; ``lint`` counts the cells that are left without one.
    * ``weakest``: each dimension has a grade of its own, and the worst of them holds.
    * ``amount-led``: the worst of the dimensions in ``lead`` sets the grade; any of ``lowered_by`` with a worse one
      lowers it, by no more than ``at_most`` grades altogether.

    ``dimensions`` gives a factor's own grade by the code of its band; a code without one has no say.
    """

    rule: GapRule = field(default="refuse", validator=OneOf((REFUSE, WEAKEST, AMOUNT_LED)))
    dimensions: Mapping[str, Mapping[str, str]] = field(factory=dict, hash=False)
    lead: tuple[str, ...] = ()
    lowered_by: tuple[str, ...] = ()
    at_most: int = field(default=1, validator=Whole(1, 100))

    def __attrs_post_init__(self) -> None:
        """Refuse what belongs to another rule, and names without a grade of their own."""
        if faults := list(_gap_faults(self)):
            raise Invalid(faults)


def _gap_faults(gap: Gap) -> Iterator[Fault]:
    if (gap.rule == REFUSE) == bool(gap.dimensions):
        expected = "nothing where the gap is refused" if gap.dimensions else "the grades of at least one factor"
        yield Fault("dimensions", "not-allowed", expected)
    if (gap.rule == AMOUNT_LED) != bool(gap.lead):
        expected = "nothing, unless the gap is amount-led" if gap.lead else "at least one factor that leads"
        yield Fault("lead", "not-allowed", expected)
    if gap.rule != AMOUNT_LED and gap.lowered_by:
        yield Fault("lowered_by", "not-allowed", "nothing, unless the gap is amount-led")
    if set(gap.lead) & set(gap.lowered_by):
        yield Fault("lowered_by", "duplicate", "factors that do not lead")
    for name in ("lead", "lowered_by"):
        if not set(getattr(gap, name)).issubset(gap.dimensions):
            yield Fault(name, "not-allowed", "factors out of dimensions")


@frozen
class FirstMatch:
    """Rules tried in order, and what is done where none fits.

    Two rules of different grades may fit the same case: ``first-wins`` declares that their order decides; under
    ``refuse`` there is then no grade, and ``lint`` says so.
    """

    method: ClassVar[str] = "first-match"

    rules: tuple[Rule, ...] = ()
    overlaps: Overlaps = field(default="refuse", validator=OneOf((REFUSE, "first-wins")))
    gap: Gap = Gap()

    def __attrs_post_init__(self) -> None:
        """Refuse rules that could grade nothing."""
        if not self.rules and self.gap.rule == REFUSE:
            raise Invalid([Fault("rules", "empty", "at least one rule, or a gap rule")])


Combine = Sum | Matrix | FirstMatch
METHODS: Final[Mapping[str, type[Sum] | type[Matrix] | type[FirstMatch]]] = {
    cls.method: cls for cls in (Sum, Matrix, FirstMatch)
}
