"""The parts of a name in Latin or another alphabet: words and form; what stands in brackets is among the words."""

from typing import Final

from crmcore.matching.forms import split_form, words_of
from crmcore.matching.text import in_word

# Words that say little of who a company is; they may be left out or added.
_FILLERS: Final = frozenset("the of and & in for de la le les du des der die das und van von el los las y e i".split())


def read_latin(text: str) -> tuple[str, str]:
    """The words of a name, fillers left out, with single spaces between them; and its form as the tables write it."""
    split = split_form(text)
    form, rest = (split.form, split.rest) if split else ("", text)
    words = bare_words(rest)
    telling = [word for word in words if word not in _FILLERS]
    return " ".join(telling or words), form


def bare_words(text: str) -> list[str]:
    """The words of a text without the marks within them; what consists of marks only is none."""
    return ["".join(filter(in_word, word)) for word in words_of(text) if any(map(str.isalnum, word))]
