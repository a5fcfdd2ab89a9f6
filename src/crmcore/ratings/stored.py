"""How ratings are stored: kinds with their index columns.

The grade that counts may change by time alone, when an override ends. So two indexes lead to the ratings of a grade:
by the score's grade, and by what was said last. Whoever lists a grade reads both and asks each rating; no sweep need
have been there.
"""

from typing import Final

from crmcore.kernel.entities import About, Entity, Index, Kind
from crmcore.kernel.times import to_micros
from crmcore.ratings.entities import KeptOverride, KeptPolicy, KeptScore, Rating, policy_id, without_texts

#: What stands in the index where a policy refused to grade; no code of a grade is empty.
NO_GRADE: Final = ""

RATING: Final[Entity[Rating]] = Entity(
    Kind(
        "rating",
        {"scoring": str, "customer": str, "grade": str, "said": str, "said_over": int},
        (
            Index("by_grade", ("scoring", "grade")),
            Index("by_said", ("scoring", "said")),
            Index("by_customer", ("customer", "scoring")),
        ),
    ),
    Rating,
    lambda rating: rating.id,
    lambda rating: {
        "scoring": rating.scoring,
        "customer": rating.customer,
        "grade": NO_GRADE if rating.score.grade is None else rating.score.grade,
        "said": None if rating.said is None else rating.said.grade,
        "said_over": None if rating.said is None or rating.said.over_at is None else to_micros(rating.said.over_at),
    },
)

SCORE: Final[Entity[KeptScore]] = Entity(
    Kind(
        "score",
        {"scoring": str, "customer": str, "as_of": int},
        (Index("by_moment", ("scoring", "customer", "as_of")),),
    ),
    KeptScore,
    lambda score: score.id,
    lambda score: {"scoring": score.scoring, "customer": score.customer, "as_of": to_micros(score.as_of)},
    about=About(("customer",), at=lambda score: score.as_of, struck=without_texts),
)

OVERRIDE: Final[Entity[KeptOverride]] = Entity(
    Kind(
        "grade_override",
        {"scoring": str, "customer": str, "number": int, "person": str, "said_at": int},
        (Index("by_number", ("scoring", "customer", "number")), Index("by_person", ("person", "said_at"))),
    ),
    KeptOverride,
    lambda one: one.id,
    lambda one: {
        "scoring": one.scoring,
        "customer": one.customer,
        "number": one.number,
        "person": one.by,
        "said_at": to_micros(one.at),
    },
    about=About(("customer",), at=lambda one: one.ended or one.at),
)

SCORING_POLICY: Final[Entity[KeptPolicy]] = Entity(
    Kind(
        "scoring_policy", {"scoring": str, "edition": str}, (Index("by_edition", ("scoring", "edition"), unique=True),)
    ),
    KeptPolicy,
    lambda policy: policy_id(policy.id, policy.digest),
    lambda policy: {"scoring": policy.id, "edition": policy.version},
)

RATING_KINDS: Final = (RATING.kind, SCORE.kind, OVERRIDE.kind, SCORING_POLICY.kind)
