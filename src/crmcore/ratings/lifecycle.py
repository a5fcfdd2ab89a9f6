"""What may happen to a rating. Everything that decides it stands here.

A customer and a scoring policy: not scored, until the first score is on record, and scored from then on. A score never
takes the place of another; a person's word never takes the place of a score. That an override ends by itself is no
event: whoever asks a rating for its grade says as of when.
"""

from crmcore.customers.guards import permitted
from crmcore.customers.reasons import NOT_ON_RECORD
from crmcore.customers.stages import Absent
from crmcore.kernel.actors import right
from crmcore.kernel.machine import Machine, Never, Row
from crmcore.ratings import decisions as then
from crmcore.ratings import guards as is_
from crmcore.ratings import reasons
from crmcore.ratings.commands import OverrideGrade, RecordScore, WithdrawOverride
from crmcore.ratings.facts import Rated, Unscored

#: Who runs the scoring: a person in charge, or a job of theirs.
SCORERS = right("manager", "import")
MANAGERS = right("manager")

SCORE_SAYS = (
    is_.policy_known,
    is_.edition_free,
    is_.begun,
    is_.about_customers,
    is_.its_score,
    is_.nobody_comes_back,
    is_.has_come,
    is_.is_later,
)

RATINGS = Machine(
    Row(Unscored, RecordScore, by=SCORERS, says=SCORE_SAYS, then=then.record_score, to=(Rated,)),
    Row(Rated, RecordScore, by=SCORERS, says=SCORE_SAYS, then=then.record_score),
    Never(Absent, RecordScore, because=NOT_ON_RECORD),
    Row(
        Rated,
        OverrideGrade,
        by=MANAGERS,
        says=(is_.override_reasoned, is_.grade_known, is_.ends_later),
        then=then.override_grade,
    ),
    Never(Unscored, OverrideGrade, because=reasons.NOTHING_SCORED, by=MANAGERS),
    Never(Absent, OverrideGrade, because=NOT_ON_RECORD),
    Row(
        Rated,
        WithdrawOverride,
        by=MANAGERS,
        guards=(is_.overridden,),
        says=(is_.withdrawal_reasoned,),
        then=then.withdraw_override,
    ),
    Never(Unscored, WithdrawOverride, because=reasons.NOTHING_SCORED, by=MANAGERS),
    Never(Absent, WithdrawOverride, because=NOT_ON_RECORD),
    permitted=permitted,
    first=(is_.in_order,),
)
