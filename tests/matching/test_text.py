"""When two texts are the same text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.matching import normalise
from crmcore.matching.tables import simplified
from crmcore.matching.text import readable


@pytest.mark.rule("M-04")
@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("靖江市春意空調有限公司", "靖江市春意空调有限公司"),
        ("靖江市春意空调有限公司。", "靖江市春意空调有限公司"),
        ("靖江市春·意空-调有限公司", "靖江市春意空调有限公司"),
        ("Spring-Air Co., Ltd.", "springaircoltd"),
        ("C+ Ltd", "c+ltd"),
        ("\u3164春意\ufe0f", "春意"),
        ("\u0130STANBUL", "istanbul"),
        ("I\u0307stanbul", "istanbul"),
        ("\u0116lva", "\u0117lva"),
        ("z\u0307aba", "\u017caba"),
        ("สปริง", "สปริง"),
        ("", ""),
        (" \u3000", ""),
    ],
)
def test_marks_and_traditional_characters_do_not_count(written, key):
    """Traditional characters, marks and fillers make no difference; symbols such as + do."""
    assert key == normalise(written)


@pytest.mark.parametrize("name", ["()", "...", "「」", "--"])
def test_names_of_nothing_but_marks_keep_them(name):
    """Otherwise all of them would be one name."""
    assert normalise(name)
    assert normalise(name) == normalise(normalise(name))


def test_readable_keeps_marks():
    """Spaces become single, brackets round, width and case one; marks stay."""
    assert readable("\u3000Spring  Air\tCo., \uff2c\uff34\uff24\u200b【UK】") == "spring air co., ltd(uk)"


def test_what_is_simplified_stays_so():
    """No simplified character is itself taken for a traditional one, so that folding ends."""
    assert not set(simplified()) & set(simplified().values())


@given(st.text(max_size=40))
def test_folding_is_idempotent(text):
    """Folding a text twice changes nothing more, whatever the text."""
    assert normalise(text) == normalise(normalise(text))
    assert readable(text) == readable(readable(text))
