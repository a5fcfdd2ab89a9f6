"""Tests of text in columns, ids and names of spaces: compared by code point, and never cut or changed."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from crmcore.errors import Invalid
from crmcore.storage.interface import MOST_SPACE, MOST_TEXT, NewEvent, Write
from crmcore.testing.store.base import Fixtures
from crmcore.testing.store.kinds import LONG, fresh, thing
from crmcore.testing.store.rules import proves
from crmcore.testing.store.tenant import Tenant

#: All different, though folding, normalising, padding or trimming would make some alike. Beyond U+FFFF, the order of
#: code points is another than that of UTF-16's code units.
TEXTS = (
    "",
    " ",
    " a",
    "A",
    "Z",
    "a",
    "a\t",
    "a ",
    "a  ",
    "aa",
    "aá",
    "a\u0301",
    "ss",
    "ﬁ",
    "ß",
    "á",
    "\u017f",
    "春",
    "春意",
    "靖江",
    "\ue000",
    "\uffff",
    "\U0001d400",
    "😀",
    "'\"\\%_;--",
)

#: Of four bytes each in UTF-8, hard to compress.
WIDE = "".join(chr(0x20000 + 37 * place % 40000) for place in range(MOST_TEXT))

#: What some databases cannot hold.
ODD = {"nul": "\x00", "nul-last": "a\x00", "nul-inside": "a\x00b", "surrogate": "\ud83d", "surrogate-last": "a\udc00"}


class Texts(Fixtures):
    """Text is what it is."""

    @proves(2)
    def test_texts_compare_by_code_point(self, tenant: Tenant) -> None:
        """No folding of case, accents, widths or blanks: in a unique index all are different, in code-point order."""
        tenant.apply(*(thing(f"{place}", name=text) for place, text in enumerate(TEXTS)))

        assert sorted(TEXTS) == [record.columns["name"] for record in tenant.query("by_name")]
        assert sorted(TEXTS, reverse=True) == [record.columns["name"] for record in tenant.query("by_name", desc=True)]

    @proves(2, "query")
    def test_texts_are_found_exactly(self, tenant: Tenant) -> None:
        """Each text is found by itself, bounded by itself, and gone on from, and no other is."""
        tenant.apply(*(thing(f"{place}", owner=text, due=1) for place, text in enumerate(TEXTS)))
        places = {text: f"{place}" for place, text in enumerate(TEXTS)}
        ordered = [places[text] for text in sorted(TEXTS)]
        for rank, id in enumerate(ordered):
            text = TEXTS[int(id)]

            assert [id] == tenant.ids("by_owner_due", eq=(text,))
            assert ordered[rank:] == tenant.ids("by_owner_due", lo=text)
            assert ordered[:rank] == tenant.ids("by_owner_due", hi=text)
            assert ordered[rank + 1 :] == tenant.ids("by_owner_due", after=(text, 1, id))

    @proves(2, 4)
    def test_ids_compare_by_code_point(self, tenant: Tenant) -> None:
        """Ids are text like any other: each is another record, and they break ties by code point."""
        tenant.apply(*(thing(text, due=1, body=text.encode()) for text in TEXTS))

        assert sorted(TEXTS) == [record.id for record in tenant.get(*TEXTS)]
        assert sorted(TEXTS) == tenant.ids("by_due")
        assert sorted(TEXTS, reverse=True) == tenant.ids("by_due", desc=True)
        assert sorted(TEXTS) == tenant.ids("by_id")
        for text in TEXTS:
            assert [(text, text.encode())] == [(record.id, record.body) for record in tenant.get(text)]

    @proves(2)
    def test_streams_compare_exactly(self, tenant: Tenant) -> None:
        """A stream is the text that was given, and no other is the same; so is the type of an event."""
        tenant.log(*(NewEvent(text, text, b"") for text in TEXTS))

        for place, text in enumerate(TEXTS, 1):
            assert [(place, text, text)] == [(one.position, one.stream, one.type) for one in tenant.events(stream=text)]

    @proves(10)
    def test_long_text_comes_back_whole(self, tenant: Tenant) -> None:
        """The longest text there may be comes back, in ids, streams and columns, and its last character counts."""
        ids = [WIDE[:-1] + last for last in "abc"]
        tenant.apply(*(Write(LONG.name, id, 0, b"", dict.fromkeys(LONG.columns, id)) for id in ids))
        tenant.log(*(NewEvent(id, "t", b"") for id in ids))

        assert ids == tenant.ids("by_two", LONG.name)
        assert ids[1:] == tenant.ids("by_three", LONG.name, after=(ids[0],) * 4)
        assert ids[1:2] == tenant.ids("by_three", LONG.name, eq=(ids[1],) * 3)
        assert [dict.fromkeys(LONG.columns, id) for id in ids] == [
            one.columns for one in tenant.query("by_two", LONG.name)
        ]
        assert [(2, ids[1])] == [(event.position, event.stream) for event in tenant.events(stream=ids[1])]

    @proves(10)
    @pytest.mark.parametrize("factor", [2, 20, 1000])
    def test_longer_text_is_never_cut(self, tenant: Tenant, factor: int) -> None:
        """Text that is longer comes back whole, or is refused as invalid, in columns as in ids."""
        text = WIDE * factor
        expected = []
        for id, one in (("a", text), (text, "b")):
            with suppress(Invalid):
                tenant.apply(Write(LONG.name, id, 0, b"", {"one": one, "two": ""}))
                expected.append((id, one))

        found = [(record.id, record.columns["one"]) for record in tenant.query("by_two", LONG.name)]
        assert sorted(expected) == sorted(found)

    @proves(10, "errors")
    @pytest.mark.parametrize("case", ODD)
    def test_odd_text_is_never_changed(self, tenant: Tenant, case: str) -> None:
        """Text with NUL or a lone surrogate comes back as it is, or is refused as invalid, wherever it stands."""
        text = ODD[case]
        attempts = (
            partial(tenant.apply, thing("a", name=text)),
            partial(tenant.apply, thing(text)),
            partial(tenant.log, NewEvent(text, "t", b"")),
            partial(tenant.log, NewEvent("s", text, b"")),
        )
        kept = [_is_kept(attempt) for attempt in attempts]

        if kept[0]:
            assert [text] == [record.columns["name"] for record in tenant.get("a")]
        if kept[1]:
            assert [text] == [record.id for record in tenant.get(text)]
        events = ([(text, "t")] if kept[2] else []) + ([("s", text)] if kept[3] else [])
        assert events == [(event.stream, event.type) for event in tenant.events()]

    @proves(9, 10)
    def test_names_of_spaces_are_whole(self, tenant: Tenant) -> None:
        """Spaces with the longest names differ by their last characters; longer ones too, or they are refused."""
        for length in (MOST_SPACE, MOST_SPACE + 1, 10 * MOST_SPACE):
            start = (fresh() + WIDE * 5)[: length - 1]
            spaces = [Tenant(tenant.store, start + last) for last in "ab"]
            kept = [_is_kept(partial(space.apply, thing("a", body=space.space.encode()))) for space in spaces]

            assert kept == [True, True] or (length > MOST_SPACE and kept == [False, False])
            for space in spaces if kept[0] else []:
                assert [space.space.encode()] == [record.body for record in space.get("a")]


def _is_kept(attempt: Callable[[], object]) -> bool:
    """False if what was attempted is refused as invalid."""
    try:
        attempt()
    except Invalid:
        return False
    return True
