"""Why a command may not pass, as values.

A ``Reason`` is an entry of a catalogue: rule id, code, and the text in both languages. A ``Refusal`` is a reason with
the facts of one case. Programs decide by rule and code; texts are for people.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from crmcore.wording import Language


@attrs.frozen
class Label:
    """What something is called, in both languages."""

    en: str
    zh: str

    def text(self, lang: Language = "en") -> str:
        """The name in one language."""
        return self.zh if lang == "zh" else self.en


#: What a refusal may be about: ids, numbers, dates as text, and names of stages or roles in both languages.
Param = str | int | Label

_NOTHING: Mapping[str, Param] = {}


@attrs.frozen
class Reason:
    """One entry of the catalogue of refusals; the texts may name the refusal's parameters in braces."""

    rule: str
    code: str
    en: str
    zh: str


@attrs.frozen
class Refusal:
    """A reason with the parameters of one case, and the earliest instant at which it would no longer hold, if any."""

    reason: Reason
    params: Mapping[str, Param] = _NOTHING
    until: datetime | None = None

    @property
    def rule(self) -> str:
        """The id of the rule that refuses, such as P-08."""
        return self.reason.rule

    @property
    def code(self) -> str:
        """The stable code of the reason, such as cooling-down."""
        return self.reason.code

    def message(self, lang: Language = "en") -> str:
        """The reason in words, its parameters filled in; parameters never hold personal data."""
        text = self.reason.zh if lang == "zh" else self.reason.en
        words = {name: value.text(lang) if isinstance(value, Label) else value for name, value in self.params.items()}
        return text.format_map(words)


class Refusals(tuple[Refusal, ...]):
    """Every reason that refuses one command, ordered by rule id and code; never empty."""

    __slots__ = ()


def ordered(refusals: Iterable[Refusal]) -> Refusals:
    """The refusals in the order in which they are reported: by rule id, then by code."""
    return Refusals(sorted(refusals, key=lambda refusal: (refusal.rule, refusal.code)))
