"""Whether the name of an enterprise is a full name (D-03).

A full Chinese name is region + brand (字号) + trade + organisation form; other names end, some begin, with their
form. Whether a form is there can be told for certain from tables; where the brand ends cannot, so a missing brand is
reported only where nothing at all stands between region and form.
"""

import re
from typing import Final, Literal

from crmcore.matching.forms import COMPANIES, split_form
from crmcore.matching.regions import in_full
from crmcore.matching.text import normalise

#: Which part of a full name is missing.
Missing = Literal["form", "brand"]

_WORD: Final = re.compile(r"\w")


def check_full_name(name: str) -> Missing | None:
    """None for a full enterprise name, otherwise which part is missing: the organisation "form", or the "brand".

    The brand is missing where nothing stands before the form, or before a company's form nothing but a region: short
    names count as regions only where they are those of provinces, for 永兴 is a county and a brand.
    """
    split = split_form(name)
    if split is None:
        return "form"
    bare = normalise(split.rest)
    if not _WORD.search(bare) or (split.form in COMPANIES and in_full(bare)):
        return "brand"
    return None
