"""Why a command may not pass, as values."""

import pytest

from crmcore.kernel.refusals import Label, Reason, Refusal, Refusals, ordered

WAIT = Reason("P-08", "cooling-down", "wait for {who}: {days} days", "请等待{who}:{days} 天")


def test_a_refusal_tells_its_rule_and_code():
    """Those of its reason; nothing more is known without facts."""
    refusal = Refusal(WAIT)

    assert ("P-08", "cooling-down", {}, None) == (refusal.rule, refusal.code, refusal.params, refusal.until)


@pytest.mark.parametrize(("lang", "message"), [("en", "wait for the owner: 3 days"), ("zh", "请等待跟进人:3 天")])
def test_a_message_is_filled_in_in_its_language(lang, message):
    """Labels among the parameters come in that language too."""
    refusal = Refusal(WAIT, {"who": Label("the owner", "跟进人"), "days": 3})

    assert message == refusal.message(lang)


def test_messages_are_english_unless_told_otherwise():
    """And so are labels."""
    assert "wait for li: 3 days" == Refusal(WAIT, {"who": "li", "days": 3}).message()
    assert "the owner" == Label("the owner", "跟进人").text()


def test_refusals_are_ordered_by_rule_then_code():
    """As text, wherever they came from; equal ones stay in their order."""
    keys = [("P-10", "b"), ("P-09", "z"), ("A-01", "x"), ("P-10", "a"), ("D-13", "x")]
    refusals = ordered(Refusal(Reason(rule, code, "", "")) for rule, code in keys)

    assert isinstance(refusals, Refusals)
    assert sorted(keys) == [(refusal.rule, refusal.code) for refusal in refusals]


def test_no_refusals_are_none():
    """What nothing refuses has an empty, false answer."""
    assert not ordered(())
