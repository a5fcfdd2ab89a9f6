"""People: what may be done with their data, who may see it, and in which form. Pure; it knows the kernel only."""

from crmcore.people.consents import BASES, Basis, Consent, covered_until, is_covered
from crmcore.people.masking import HIDDEN, mask, masked
from crmcore.people.policy import PrivacyPolicy, Purpose, SightPolicy
from crmcore.people.sight import EVERYTHING, MaySee, Onlooker, Sight

__all__ = [
    "BASES",
    "EVERYTHING",
    "HIDDEN",
    "Basis",
    "Consent",
    "MaySee",
    "Onlooker",
    "PrivacyPolicy",
    "Purpose",
    "Sight",
    "SightPolicy",
    "covered_until",
    "is_covered",
    "mask",
    "masked",
]
