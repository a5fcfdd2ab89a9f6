"""A factor, compiled: from any value to the index of what it comes to."""

from bisect import bisect_right
from collections.abc import Callable
from decimal import Decimal
from math import inf
from sys import float_info
from typing import Any, Final

from crmcore.errors import Fault, Invalid
from crmcore.kernel.money import EXACT
from crmcore.scoring.parts import Band, Category, Factor
from crmcore.scoring.unrolled import NUMBERS
from crmcore.scoring.values import MISSING, NOT_APPLICABLE, Lack, normal

NUMBER: Final = "a finite number, MISSING or NOT_APPLICABLE"
TEXT: Final = "a text, true or false, MISSING or NOT_APPLICABLE"

_YES_NO: Final = {True: "true", False: "false"}


class Scale:
    """A factor, compiled: its edges, and for each index it may give, the outcome and its units.

    The index of a number is how many edges it has reached. Below the first and above the last edge lie no numbers but
    the infinities and NaN, so these have no outcome; nor has 0, which is given to what is of the wrong kind.
    """

    def __init__(self, factor: Factor, units: Callable[[Decimal], int]) -> None:
        self.factor = factor
        self.edges: list[float] = []
        self._texts: dict[str, int] = {}
        kinds: tuple[Band | Category, ...] = factor.bands
        if factor.categories is None:
            bounds = [float(band.at) for band in factor.bands if band.at is not None]
            self.edges = [-float_info.max, *bounds, inf]
        else:
            kinds = (*factor.categories.of, factor.categories.other)
            self._texts = {
                text: place for place, category in enumerate(factor.categories.of, 1) for text in category.values
            }
        self._other = len(kinds)
        self._lacking = {MISSING: len(kinds) + 2, NOT_APPLICABLE: len(kinds) + 3}
        self.lacking: frozenset[int] = frozenset(self._lacking.values())
        self.outcomes: dict[int, Band | Category] = {
            **dict(enumerate(kinds, 1)),
            self._lacking[MISSING]: factor.missing,
            self._lacking[NOT_APPLICABLE]: factor.not_applicable,
        }
        worth = {each.code: EXACT.multiply(factor.weight, Decimal(each.points)) for each in self.outcomes.values()}
        self.terms: dict[str, tuple[int, Decimal]] = {
            each.code: (each.points, worth[each.code]) for each in self.outcomes.values()
        }
        self.units: dict[int, int] = {index: units(worth[each.code]) for index, each in self.outcomes.items()}
        self.codes: dict[int, str] = {index: each.code for index, each in self.outcomes.items()}
        self.indexes: dict[str, int] = {code: index for index, code in self.codes.items()}

    def place(self, value: Any) -> int:
        """The index of any value; numbers of the usual classes do not come here."""
        if isinstance(value, Lack):
            return self._lacking[value]
        if self.edges:
            found = MISSING if isinstance(value, str | bool) else normal(value, self.factor.key)
            return bisect_right(self.edges, found) if isinstance(found, float) else 0
        text = _YES_NO[value] if isinstance(value, bool) else value
        return self._texts.get(text, self._other) if isinstance(text, str) else 0

    def index(self, value: Any) -> int:
        """The index of a value that has an outcome.

        :raises Invalid: it has none.
        """
        found = bisect_right(self.edges, value) if value.__class__ in NUMBERS else self.place(value)
        if found not in self.outcomes:
            code = "out-of-range" if self.edges and isinstance(value, float) else "wrong-type"
            raise Invalid([Fault(self.factor.key, code, NUMBER if self.edges else TEXT)])
        return found
