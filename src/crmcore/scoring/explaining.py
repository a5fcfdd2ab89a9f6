"""Why a score is what it is: a row for each factor, and the contributions add up to the raw score, always.

The arithmetic is exact: points are whole numbers, weights are decimal fractions, and a cap of a group is a row of its
own that takes away what is too much.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.kernel.money import EXACT
from crmcore.kernel.quick import quick
from crmcore.scoring.compiling import Evaluator, evaluator
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.score import Score, made_by
from crmcore.scoring.values import Evidence, Feature, Lack, Value, hidden, plain
from crmcore.scoring.words import CAP, HELD, LACKING, NO_GRADE, YES_NO, decided, listed
from crmcore.wording import Language

_WHOLE: Final = Decimal(1)


@quick
@frozen(weakref_slot=False)
class Row:
    """One term of the raw score: what a factor came to, or what the cap of a group takes away.

    A cap's row has the name of the group in ``group``, no factor, no code, and its ``contribution`` is negative.
    """

    factor: str
    group: str
    value: Value = field(repr=hidden)
    evidence: tuple[Evidence, ...]
    code: str
    points: int
    weight: Decimal
    contribution: Decimal

    @property
    def is_cap(self) -> bool:
        """Whether this is what a cap takes away."""
        return not self.factor


@frozen
class Explanation:
    """A score told in full: its rows, what decided the grade, and which dimensions held it down.

    ``levels`` gives each dimension's own level or grade, where there are dimensions.
    """

    policy: ScoringPolicy
    score: Score
    rows: tuple[Row, ...]
    by: str
    levels: Mapping[str, str] = field(hash=False)
    held_by: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        """The sum of all contributions; equal to the score's raw."""
        total = Decimal(0)
        for row in self.rows:
            total = EXACT.add(total, row.contribution)
        return total

    def label(self, row: Row, lang: Language = "en") -> str:
        """What people call the row's factor, or the cap."""
        if row.is_cap:
            return CAP.text(lang).format(group=self.policy.label(f"group.{row.group}").text(lang))
        return self.policy.label(row.factor).text(lang)

    def band(self, row: Row, lang: Language = "en") -> str:
        """What people call the band the row's value is in; empty for a cap."""
        return "" if row.is_cap else self.policy.label(f"{row.factor}.{row.code}").text(lang)

    def grade(self, lang: Language = "en") -> str:
        """What people call the grade."""
        code = self.score.grade
        return NO_GRADE.text(lang) if code is None else self.policy.label(f"grade.{code}").text(lang)

    def reason(self, lang: Language = "en") -> str:
        """What decided the grade, and what held it down, in one sentence."""
        text = decided(self.by, lang)
        if not self.held_by:
            return text
        names = listed([self._name(key).text(lang) for key in self.held_by], lang)
        return text + ("；" if lang == "zh" else "; ") + HELD.text(lang).format(names=names)

    def _name(self, dimension: str) -> Any:
        """A dimension is a factor, or in a matrix a group of them."""
        factor = any(factor.key == dimension for factor in self.policy.factors)
        return self.policy.label(dimension if factor else f"group.{dimension}")


def shown(value: Value, lang: Language = "en") -> str:
    """A value for people: whole numbers without a point, yes and no, and why there is none."""
    if isinstance(value, Lack):
        return LACKING[value.value].text(lang)
    if isinstance(value, bool):
        return YES_NO[value].text(lang)
    return value if isinstance(value, str) else f"{value:.10g}"


def explain(policy: ScoringPolicy, score: Score) -> Explanation:
    """Expand a score that this policy gave, with the values it was made from.

    :raises Invalid: the policy did not give it, or it does not agree with itself.
    """
    made_by(policy, score)
    compiled = evaluator(policy)
    codes = tuple(score.codes.get(key, "") for key in compiled.keys)
    _check(compiled, codes, score)
    rows = tuple(_rows(compiled, codes, score.inputs))
    verdict = compiled.verdict(codes)
    return Explanation(policy, score, rows, verdict.by, verdict.levels, verdict.held_by)


def _check(compiled: Evaluator, codes: tuple[str, ...], score: Score) -> None:
    """Refuse a score whose bands are not those its values fall into, or whose sum is another."""
    faults: list[Fault] = []
    if set(score.inputs) != set(compiled.keys):
        faults.append(Fault("inputs", "missing", "a value for each factor"))
    else:
        cell = compiled.cell([score.inputs[key].value for key in compiled.keys])
        if cell.codes != codes:
            faults.append(Fault("codes", "not-allowed", "the bands that the values fall into"))
        if (compiled.number(cell.units), compiled.number(cell.clamped), cell.grade) != (
            score.raw,
            score.clamped,
            score.grade,
        ):
            faults.append(Fault("raw", "not-allowed", "the raw score, clamped score and grade that follow"))
    if faults:
        raise Invalid(faults)


def _rows(compiled: Evaluator, codes: tuple[str, ...], inputs: Mapping[str, Feature]) -> Iterator[Row]:
    for scale, code in zip(compiled.scales, codes, strict=True):
        factor, given = scale.factor, inputs[scale.factor.key]
        points, contribution = scale.terms[code]
        yield Row(factor.key, factor.group, given.value, given.evidence, code, points, factor.weight, contribution)
    for group, excess in compiled.excesses(codes):
        yield Row("", group, Lack.NOT_APPLICABLE, (), "", 0, _WHOLE, -excess)


def explanation_data(explanation: Explanation) -> dict[str, Any]:
    """The explanation as plain data: codes and numbers as text, exact; wording is for whoever shows it."""
    return {
        "stamp": explanation.score.stamp,
        "as_of": explanation.score.as_of.isoformat(),
        "raw": str(explanation.score.raw),
        "clamped": str(explanation.score.clamped),
        "grade": explanation.score.grade,
        "by": explanation.by,
        "levels": dict(explanation.levels),
        "held_by": list(explanation.held_by),
        "rows": [
            {
                "factor": row.factor or None,
                "group": row.group,
                "value": plain(row.value),
                "evidence": [one.id for one in row.evidence],
                "code": row.code or None,
                "points": row.points,
                "weight": str(row.weight),
                "contribution": str(row.contribution),
            }
            for row in explanation.rows
        ],
    }
