"""What each error of a driver means in terms of crmcore. No driver's exception leaves this package.

What drivers say holds values (``Key (name)=(…) already exists``), and values may be personal. So their texts go into
no message of ours; where they could hold a value, the driver's exception is not kept as the cause either.
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal

import attrs

from crmcore.errors import CrmError, Fault, Invalid, OutcomeUnknown, StorageFull, TimedOut, Transient, Unavailable
from crmcore.storage.sqlite.errors import DRIVER_ERRORS as SQLITE_ERRORS
from crmcore.storage.sqlite.errors import translated as sqlite_translated

#: What was going on: the driver was connecting, a statement ran, or COMMIT did.
Stage = Literal["connecting", "working", "committing"]

#: Beside a driver's own: what binding a value raises, and what a broken socket does.
COMMON_ERRORS: Final[tuple[type[BaseException], ...]] = (*SQLITE_ERRORS, OSError)

#: What a driver raises for an option, or a value, that it does not take.
MISTAKEN: Final = (TypeError, ValueError, LookupError, AttributeError)


@attrs.frozen
class Meaning:
    """What an error means. ``lost``: the connection is gone; ``ended``: the transaction is, rolled back as a whole."""

    error: CrmError
    lost: bool = False
    ended: bool = False


@attrs.frozen
class Codes:
    """The error codes of a database server, by what they mean; each text is what we say."""

    lost: Mapping[object, str]
    timed_out: Mapping[object, str]
    transient: Mapping[object, str]
    full: Mapping[object, str]
    invalid: Mapping[object, Fault]
    unavailable: Mapping[object, str]
    #: After these the server has rolled back the whole transaction.
    ended: frozenset[object] = frozenset()
    #: How an unknown code is named.
    name: str = "error"

    def meaning(self, code: object, where: str, stage: Stage) -> Meaning:
        """What a code means at a stage."""
        if code in self.lost:
            return lost(where, self.lost[code], stage)
        return Meaning(self._error(code, where), ended=code in self.ended)

    def _error(self, code: object, where: str) -> CrmError:
        if code in self.timed_out:
            return TimedOut(self.timed_out[code])
        if code in self.transient:
            return Transient(self.transient[code])
        if code in self.full:
            return StorageFull(where, self.full[code])
        if code in self.invalid:
            return Invalid([self.invalid[code]])
        return Unavailable(where, self.unavailable.get(code, f"the database refused a statement ({self.name} {code})"))


def lost(where: str, detail: str, stage: Stage) -> Meaning:
    """A connection that died: at COMMIT nobody knows what became of it."""
    if stage == "committing":
        return Meaning(OutcomeUnknown(where), lost=True, ended=True)
    if stage == "connecting":
        return Meaning(Unavailable(where, detail), lost=True, ended=True)
    return Meaning(Transient(detail), lost=True, ended=True)


def mistaken() -> Invalid:
    """What is raised when the driver itself finds fault with an option; its words may repeat a password."""
    return Invalid([Fault("storage", "not-allowed", "options, and values of them, that the database's driver takes")])


def of_value(error: BaseException) -> Meaning | None:
    """What it means that a value could not even be handed over; None if that is not what happened."""
    if isinstance(error, UnicodeEncodeError):
        return Meaning(Invalid([Fault("storage.value", "bad-character", "text without lone surrogates")]))
    if isinstance(error, OverflowError):
        return Meaning(Invalid([Fault("storage.value", "out-of-range", "integers of at most 64 bits")]))
    return None


def of_sqlite(error: BaseException, where: str, stage: Stage) -> Meaning:
    """What an error of SQLite's means; a failed COMMIT leaves it to us to roll back."""
    known = sqlite_translated(error, where, committing=stage == "committing")  # type: ignore[arg-type]
    return Meaning(known, lost=isinstance(known, OutcomeUnknown))


Translate = Callable[[BaseException, str, Stage], Meaning]
