"""When a command happens that is told no time: when it is decided, so never before what others have stored by then."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from crmcore.app.outcome import Denied, Outcome
from crmcore.kernel.refusals import Refusals

Answer = TypeVar("Answer", bound=Outcome | Denied | Refusals)

#: How every lifecycle refuses a command whose time lies before what is on record (D-13).
LATE: Final = "out-of-order"


def in_time(give: Callable[[datetime], Answer], moment: datetime, now: Callable[[], datetime]) -> Answer:
    """The answer at a moment, or as of now if others have stored something later than that since.

    Where the storage lets others commit between the reading of a clock and the reading of records, a command would
    else be refused for being a hair's breadth too old. By a clock that stands still, as a time that was given does,
    it is asked once. A refused command stores nothing, so asking again within one unit of work is safe.
    """
    answer = give(moment)
    if _is_late(answer):
        later = now()
        return give(later) if later > moment else answer
    return answer


def _is_late(answer: Outcome | Denied | Refusals) -> bool:
    refusals = answer.refusals if isinstance(answer, Denied) else answer
    return isinstance(refusals, Refusals) and any(refusal.code == LATE for refusal in refusals)
