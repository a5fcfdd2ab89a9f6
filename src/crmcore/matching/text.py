"""When two texts are the same text: width, case, script, marks, spaces and invisible characters put aside."""

from typing import Final
from unicodedata import category, is_normalized, normalize

from crmcore.matching.tables import simplified

# Letters and marks that are never to be seen: fillers, joiners and variation selectors.
_FILLERS: Final = frozenset(
    map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x3164, *range(0xFE00, 0xFE10), 0xFFA0))
) | frozenset(map(chr, range(0xE0100, 0xE01F0)))
# What is left of the dot of a Turkish capital İ in lower case, and of any dot above that makes no letter of its own.
_DOT_ABOVE: Final = frozenset("\u0307")
_DROPPED: Final = _FILLERS | _DOT_ABOVE
# Signs that belong to the letter before them, as vowels do in Thai and Devanagari.
_COMBINING: Final = frozenset({"Mn", "Mc"})
# Controls, formats, lone surrogates, separators; marks are left out of keys only.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_OPENING: Final = "Ps"
_CLOSING: Final = "Pe"


class _Letters(dict[int, int | None]):
    """A table for ``str.translate`` that fills itself: letters and symbols stay, traditional ones become simplified."""

    def __missing__(self, code: int) -> int | None:
        kind = category(character := chr(code))
        gone = kind in _UNSEEN or kind[0] == "P" or character in _DROPPED
        self[code] = None if gone else simplified().get(code, code)
        return self[code]


class _Visible(dict[int, int | str | None]):
    """The same, but marks stay, and every bracket becomes a round one."""

    def __missing__(self, code: int) -> int | str | None:
        kind = category(character := chr(code))
        if kind in _UNSEEN or character in _DROPPED:
            self[code] = " " if kind[0] == "Z" or character in "\t\r\n" else None
        elif kind in {_OPENING, _CLOSING}:
            self[code] = "(" if kind == _OPENING else ")"
        else:
            self[code] = simplified().get(code, code)
        return self[code]


_LETTERS: Final = _Letters()
_VISIBLE: Final = _Visible()


def normalise(name: str) -> str:
    """What is left of a name without width, case, traditional characters, spaces, marks and invisible characters.

    Equal results are the same name (P-02). The result normalised again is itself. A name of nothing but marks keeps
    them, for otherwise all such names were one.
    """
    return _settled(name, _LETTERS) or "".join(_settled(name, _VISIBLE).split())


def in_word(character: str) -> bool:
    """Whether a character is a letter, a digit, or a sign that belongs to one."""
    return character.isalnum() or category(character) in _COMBINING


def readable(name: str) -> str:
    """A name in one width, case and script, its spaces single and its brackets round; marks stay."""
    return " ".join(_settled(name, _VISIBLE).split())


def _settled(text: str, table: _Letters | _Visible) -> str:
    """The text folded until nothing changes: dropping a character can bring together what only then combines."""
    folded = _fold(text, table)
    while folded != (text := _fold(folded, table)):
        folded = text
    return folded


def _fold(text: str, table: _Letters | _Visible) -> str:
    if not is_normalized("NFKC", text):
        text = normalize("NFKC", text)
    return normalize("NFKC", text.casefold()).translate(table)
