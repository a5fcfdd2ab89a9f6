"""Same, similar, related or different, and what follows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import Invalid, PolicyInvalid
from crmcore.matching import (
    Comparison,
    Hit,
    Identity,
    MatchingPolicy,
    MemoryIndex,
    Part,
    Shared,
    Verdict,
    calibrate,
    judge,
    judge_all,
    leave_one_out,
    meet,
    policy_from,
    verdict_text,
)
from crmcore.matching.explaining import OUTCOMES, REASONS
from crmcore.matching.policy import INDEXES
from crmcore.matching.ranking import SAYING

NAME = "靖江市春意空调有限公司"
STRICT = MatchingPolicy(similar="refuse", same_phone="open-existing")


def hit(score: float = 0, *shared: Shared, brand: str = "equal", branch: float = 0) -> Hit:
    """A hit of a score with some keys."""
    parts = (Part("brand", brand, score - branch), *((Part("branch", "different", branch),) if branch else ()))
    return Hit("C1", Comparison(score, parts), shared)


@pytest.mark.rule("M-02", "M-03")
@pytest.mark.parametrize(
    ("found", "verdict", "strict"),
    [
        (hit(100, Shared("full", 1)), ("same", "block", ("same-name", "name-score")), "block"),
        (hit(0, Shared("credit_code", 1)), ("same", "block", ("same-credit-code",)), "block"),
        (hit(0, Shared("tax_id", 1)), ("same", "block", ("same-tax-id",)), "block"),
        (hit(94), ("same", "block", ("name-score",)), "block"),
        (hit(93.9), ("similar", "warn", ("name-score",)), "block"),
        (hit(84), ("similar", "warn", ("name-score",)), "block"),
        (hit(83.9), ("similar", "show", ("name-score",)), "show"),
        (hit(80), ("similar", "show", ("name-score",)), "show"),
        (hit(79.9), ("different", "pass", ()), "pass"),
        (hit(100, brand="missing"), ("similar", "warn", ("no-brand",)), "warn"),
        (hit(70, branch=-25), ("related", "show", ("branch",)), "show"),
        (hit(50, branch=-25), ("different", "pass", ()), "pass"),
        (hit(0, Shared("phone", 3)), ("similar", "warn", ("same-phone",)), "open-existing"),
        (hit(0, Shared("phone", 4)), ("related", "show", ("switchboard",)), "show"),
        (hit(0, Shared("email", 1)), ("similar", "warn", ("same-email",)), "warn"),
        (hit(0, Shared("domain", 9)), ("related", "show", ("same-domain",)), "show"),
        (hit(0, Shared("bg", 1), Shared("bg", 1)), ("different", "pass", ()), "pass"),
        (hit(82, Shared("domain", 1)), ("similar", "show", ("name-score", "same-domain")), "show"),
        (hit(95, Shared("email", 1)), ("same", "block", ("name-score", "same-email")), "block"),
        (
            hit(86, Shared("domain", 1), Shared("phone", 1)),
            ("similar", "warn", ("same-phone", "name-score", "same-domain")),
            "block",
        ),
    ],
)
def test_the_weightiest_reason_decides(found, verdict, strict):
    """Codes, contacts and names each have their say; the verdict names every reason."""
    assert Verdict(*verdict) == judge(found)
    assert strict == judge(found, STRICT).action


@pytest.mark.rule("M-03")
@pytest.mark.parametrize(
    ("similar", "action", "without_brand"),
    [
        ("warn", "warn", "warn"),
        ("reason", "warn", "warn"),
        ("review", "review", "review"),
        ("refuse", "block", "warn"),
        ("off", "pass", "warn"),
    ],
)
def test_policy_says_what_follows(similar, action, without_brand):
    """What is done about a similar record is policy; a name without a brand is never refused."""
    policy = MatchingPolicy(similar=similar)

    assert action == judge(hit(90), policy).action
    assert without_brand == judge(hit(99, brand="missing"), policy).action


def test_all_hits_judged():
    """The weightiest come first, of these the surest; who is simply different is left out."""
    found = [hit(0), hit(85), hit(82), hit(0, Shared("domain", 1)), hit(0, Shared("phone", 1)), hit(95)]
    judged = judge_all(found)
    strict = judge_all(found, STRICT)

    assert [95, 85, 0, 82, 0] == [hit.comparison.score for hit, _ in judged]
    assert ["block", "warn", "warn", "show", "show"] == [verdict.action for _, verdict in judged]
    assert [("block", "same"), ("block", "similar"), ("open-existing", "similar")] == [
        (verdict.action, verdict.outcome) for _, verdict in strict[:3]
    ]


@pytest.mark.rule("M-02", "M-04")
@pytest.mark.parametrize(
    ("other", "outcome"),
    [
        (Identity("靖江市春意空調有限公司"), "same"),
        (Identity("江苏省靖江市春意空调有限责任公司"), "same"),
        (Identity("靖江市春鹤空调有限公司", credit_code="1"), "similar"),
        (Identity("靖江市春意空调有限公司上海分公司"), "related"),
        (Identity("靖江市鹓雏空调有限公司"), "different"),
        (Identity("靖江市鹓雏空调有限公司", phones=("0523-84567890",)), "similar"),
    ],
)
def test_two_customers_met_without_an_index(other, outcome):
    """Two records are judged by what they say, in either order."""
    one = Identity(NAME, phones=("052384567890",), credit_code="2")

    assert outcome == judge(meet(one, other)).outcome
    assert judge(meet(one, other)) == judge(meet(other, one))
    assert meet(one, other, id="C2").id == "C2"


@given(st.text(max_size=15), st.text(max_size=15))
def test_verdicts_are_symmetric(one, other):
    """Whoever is asked about first, the verdict is the same."""
    forth, back = judge(meet(Identity(one), Identity(other))), judge(meet(Identity(other), Identity(one)))

    assert forth.outcome == back.outcome
    assert set(forth.reasons) == set(back.reasons)


@pytest.mark.rule("M-03")
@pytest.mark.parametrize("index", INDEXES)
def test_which_keys_say_something_by_themselves(index):
    """A shared key of these indexes has a verdict however unlike the names are; others have none."""
    hit = Hit("C1", Comparison(0.0), (Shared(index, 1),))

    assert (index in SAYING) is (judge(hit).outcome != "different")


def test_verdicts_in_words():
    """Outcome and reasons are told in both languages."""
    verdict = judge(hit(86, Shared("phone", 1)))

    assert verdict_text(verdict) == "similar: the same phone number, names alike"
    assert verdict_text(verdict, "zh") == "相似：电话号码相同、名称相近"
    assert verdict_text(judge(hit(0))) == "different"
    assert all(label.en and label.zh for label in (*OUTCOMES.values(), *REASONS.values()))


@pytest.mark.rule("M-03")
def test_policies_are_read_from_data():
    """What a file says is taken, and all else stays as it is by default."""
    policy = policy_from({"block": 96, "similar": "review", "indexes": ["full", "core"]})

    assert (96, "review", ("full", "core"), 84) == (policy.block, policy.similar, policy.indexes, policy.warn)


@pytest.mark.rule("M-03")
@pytest.mark.parametrize(
    ("data", "path", "code"),
    [
        ({"block": 101}, "block", "out-of-range"),
        ({"block": "high"}, "block", "wrong-type"),
        ({"warn": 70}, "warn", "out-of-range"),
        ({"similar": "perhaps"}, "similar", "not-allowed"),
        ({"switchboard": 0}, "switchboard", "out-of-range"),
        ({"switchboard": 500}, "switchboard", "out-of-range"),
        ({"switchboard": 10, "per_key": 10}, "switchboard", "out-of-range"),
        ({"indexes": ["brands", "full"]}, "indexes", "not-allowed"),
        ({"indexes": ["brand"]}, "indexes", "missing"),
        ({"blok": 94}, "blok", "unknown-field"),
    ],
)
def test_faults_in_policies_are_named(data, path, code):
    """Each fault says where it is and what would be right."""
    with pytest.raises(PolicyInvalid) as refused:
        policy_from(data)

    assert (path, code) in [(fault.path, fault.code) for fault in refused.value.faults]


def test_a_threshold_is_a_number():
    """True is none, nor is a text."""
    with pytest.raises(Invalid):
        MatchingPolicy(warn=True)


@pytest.mark.rule("M-03")
def test_thresholds_are_set_from_the_users_own_data():
    """So few records as wanted would be taken for another, and the thresholds stand in their order."""
    fitted = calibrate([float(score) for score in range(100)], 0.05)

    assert (95 - 0.9, 5, 100) == (fitted.policy.warn, fitted.false_alarms, fitted.sample)
    assert fitted.policy.show == 84.1
    assert fitted.policy.block == 99.1


@pytest.mark.parametrize(("scores", "share"), [([], 0.5), ([1.0] * 99, 0.01), ([1.0] * 9, 0), ([1.0] * 9, 1)])
def test_too_little_to_calibrate_by(scores, share):
    """A sample that cannot show the share asked for is refused."""
    with pytest.raises(Invalid):
        calibrate(scores, share)


def test_scores_alike_keep_below_the_target():
    """Where many records have the same score, none of them may be warned of."""
    assert calibrate([90.0] * 50 + [10.0] * 50, 0.1).false_alarms == 0
    assert calibrate([100.0] * 100, 0.1).policy.warn == 100
    assert calibrate([5.0] * 10, 0.5).policy.show == 0


def test_leaving_one_out():
    """Each record's best score among all others; who stands alone has none."""
    index = MemoryIndex()
    names = {"C1": NAME, "C2": "靖江市春意空调厂", "C3": "玫瑰"}
    for id, name in names.items():
        index.add(id, Identity(name))
    scores = leave_one_out([(id, Identity(name)) for id, name in names.items()], index)

    assert scores[0] == scores[1] > 90
    assert scores[2] == 0
