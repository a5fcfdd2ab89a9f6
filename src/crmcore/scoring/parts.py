"""What scoring policies are made of: bands, categories, factors and grades."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import attrs
from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.kernel.validators import Whole
from crmcore.kernel.wire import tame
from crmcore.scoring.decimals import EXPECTED, Numeral, number, places
from crmcore.scoring.promises import Service

LONGEST_CODE: Final = 60
CODE: Final = f"1 to {LONGEST_CODE} printable characters without spaces, dots or quotes"
WEIGHT_PLACES: Final = 4
WEIGHT: Final = f"a number from 0 to 1,000 with at most {WEIGHT_PLACES} digits after the point"
POINTS: Final = Whole(-1_000_000, 1_000_000)

_FORBIDDEN: Final = re.compile(r"[\s.\"'`\\]")
_HEAVIEST: Final = Decimal(1000)


def code_faults(code: object, path: str) -> Iterator[Fault]:
    """What keeps a text from being a code: codes stand in paths, tables and stored scores."""
    if not isinstance(code, str):
        yield Fault(path, "wrong-type", CODE)
    elif not code:
        yield Fault(path, "missing", CODE)
    elif len(code) > LONGEST_CODE or not code.isprintable() or _FORBIDDEN.search(code):
        yield Fault(path, "not-allowed", CODE)


@frozen
class Code:
    """A validator: a code."""

    def __call__(self, _instance: Any, attribute: "attrs.Attribute[Any]", value: object) -> None:
        """Raise ``Invalid`` unless the value is a code."""
        if faults := list(code_faults(value, attribute.name)):
            raise Invalid(faults)


def _at(value: Numeral | None) -> Decimal | None:
    """Converter of the fields ``at``."""
    return None if value is None else number(value, "at")


def repeated(codes: Iterable[str]) -> set[str]:
    """The codes that stand there more than once."""
    return {code for code, times in Counter(codes).items() if times > 1}


def edge_faults(edges: Iterable[Decimal | None], path: str) -> Iterator[Fault]:
    """What keeps half-open ranges from covering every number once: the first open below, each next one higher."""
    last: Decimal | None = None
    for place, at in enumerate(edges):
        if (at is None) != (place == 0):
            expected = "nothing: the first begins below every number" if place == 0 else EXPECTED
            yield Fault(f"{path}[{place}].at", "not-allowed" if place == 0 else "missing", expected)
        elif at is not None and last is not None and at <= last:
            yield Fault(f"{path}[{place}].at", "out-of-range", f"a number above {last}, where the one before begins")
        last = at if at is not None else last


@frozen
class Band:
    """A range of values from ``at`` up to, and without, the next band's ``at``; what is in it has ``points``.

    The first band of a factor has no ``at``: it begins below every number. Nor has a band that stands for no range:
    what is missing, not applicable, or none of the categories.
    """

    at: Decimal | None = field(default=None, converter=_at)
    points: int = field(default=0, validator=POINTS)
    code: str = field(default="", validator=Code())


@frozen
class Category:
    """Values that count alike: texts, or ``true`` and ``false`` for yes and no."""

    values: tuple[str, ...]
    points: int = field(default=0, validator=POINTS)
    code: str = field(default="", validator=Code())


@frozen
class Categories:
    """What each text is worth; ``other`` takes those that nobody thought of."""

    of: tuple[Category, ...]
    other: Band

    def __attrs_post_init__(self) -> None:
        """Refuse a value in two categories, and a category of nothing."""
        faults: list[Fault] = []
        if self.other.at is not None:
            faults.append(Fault("other.at", "not-allowed", "nothing: it stands for no range"))
        seen: set[str] = set()
        for place, category in enumerate(self.of):
            if not category.values:
                faults.append(Fault(f"of[{place}].values", "empty", "at least one value"))
            if seen & set(category.values) or repeated(category.values):
                faults.append(Fault(f"of[{place}].values", "duplicate", "values that stand in no other category"))
            seen |= set(category.values)
        if faults:
            raise Invalid(faults)


#: What a source may be told: which facts to take, how far to look back.
Param = str | int | bool
_NO_PARAMS: Mapping[str, Any] = {}


def _weight(value: Numeral) -> Decimal:
    """Converter of the field ``weight``."""
    weight = number(value, "weight")
    if not 0 <= weight <= _HEAVIEST or places(weight) > WEIGHT_PLACES:
        raise Invalid([Fault("weight", "out-of-range", WEIGHT)])
    return weight


@frozen
class Factor:
    """One thing that counts: where its value comes from, and what each value is worth.

    The contribution is points times ``weight``, exact. ``source`` and ``params`` name a feature in a registry of
    sources. Either ``bands`` for numbers or ``categories`` for texts and yes or no.
    """

    key: str = field(validator=Code())
    source: str = field(validator=Code())
    missing: Band
    not_applicable: Band
    weight: Decimal = field(default=Decimal(1), converter=_weight)
    group: str = field(default="all", validator=Code())
    bands: tuple[Band, ...] = ()
    categories: Categories | None = None
    params: Mapping[str, Any] = field(default=_NO_PARAMS, hash=False)

    def __attrs_post_init__(self) -> None:
        """Refuse a factor that does not give every value exactly one band."""
        faults = list(edge_faults((band.at for band in self.bands), "bands"))
        if bool(self.bands) == (self.categories is not None):
            faults.append(Fault("bands", "not-allowed", "either bands or categories, and at least one of them"))
        faults += [
            Fault(f"{name}.at", "not-allowed", "nothing: it stands for no range")
            for name, band in (("missing", self.missing), ("not_applicable", self.not_applicable))
            if band.at is not None
        ]
        faults += [
            Fault(f"params.{tame(name)}", "wrong-type", "a text, a whole number, true or false")
            for name, value in self.params.items()
            if not isinstance(value, str | int)
        ]
        codes = [outcome.code for outcome in self.outcomes]
        place = "bands" if self.bands else "categories"
        faults += [Fault(place, "duplicate", f"codes that differ, not {code}") for code in sorted(repeated(codes))]
        if faults:
            raise Invalid(faults)

    @property
    def outcomes(self) -> "tuple[Band | Category, ...]":
        """All that a value can come to: bands or categories in order, ``other``, missing, not applicable."""
        kinds: tuple[Band | Category, ...] = self.bands
        if self.categories is not None:
            kinds = (*self.categories.of, self.categories.other)
        return (*kinds, self.missing, self.not_applicable)


@frozen
class Grade:
    """A grade, tier, stage or class of risk. ``at`` is where it begins, if grades follow from the points alone.

    ``alert`` marks a grade that somebody is to look at; ``service`` is what its holder is promised (G-07).
    """

    code: str = field(validator=Code())
    at: Decimal | None = field(default=None, converter=_at)
    alert: bool = False
    service: Service | None = None
