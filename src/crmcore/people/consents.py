"""For what a person's data may be used, on what basis, and how long (A-03).

A ``Consent`` is one such ground, recorded and never changed; withdrawing sets the moment from which it is none. The
word is wider here than in law: a contract, or a duty by law, is a basis too.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, get_args

from attrs import field, frozen

from crmcore.kernel.personal import PERSONAL

Basis = Literal["consent", "contract", "legal-obligation", "vital-interests", "public-task", "legitimate-interests"]
BASES: Final[tuple[str, ...]] = get_args(Basis)


@frozen
class Consent:
    """One purpose for which one person's data may be used.

    ``contact`` is the number of the contact it is about; None for the customer itself, where that is a person.
    ``until`` is when it lapses by itself, ``withdrawn_at`` when it was taken back. ``evidence`` says where the proof
    is: a document's number, a URL.
    """

    contact: int | None
    purpose: str
    basis: Basis
    given_at: datetime
    until: datetime | None = None
    evidence: str | None = field(default=None, repr=False, metadata=PERSONAL)
    withdrawn_at: datetime | None = None

    @property
    def ends_at(self) -> datetime | None:
        """The moment from which it holds no more; None while there is no end to it."""
        ends = [end for end in (self.until, self.withdrawn_at) if end is not None]
        return min(ends) if ends else None

    def holds_at(self, moment: datetime) -> bool:
        """Whether it holds at a moment: from when it was given, up to its end and not at it."""
        end = self.ends_at
        return self.given_at <= moment and (end is None or moment < end)


def is_covered(consents: Iterable[Consent], contact: int | None, moment: datetime, purpose: str | None = None) -> bool:
    """Whether a person's data may be used at a moment, for this purpose or, without one, for any."""
    return any(
        consent.contact == contact and consent.holds_at(moment) and purpose in {None, consent.purpose}
        for consent in consents
    )


def covered_until(consents: Iterable[Consent], contact: int | None, start: datetime) -> datetime | None:
    """From when on a person's data, held since ``start``, may be used for nothing any more; None for no such moment.

    It is ``start`` itself for who has given no ground at all. All grounds are taken to have been given by now, so
    the answer is good for now and for what is to come.
    """
    ends = [consent.ends_at for consent in consents if consent.contact == contact]
    return None if None in ends else max((start, *(end for end in ends if end is not None)))
