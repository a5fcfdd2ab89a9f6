"""Attachments as references (D-10), and what a customer needs (D-07)."""

from decimal import Decimal
from typing import Any

import pytest

from crmcore.customers import AddAttachment, Need, Needs, RecordNeeds, RetireAttachment
from crmcore.customers.needs_report import needs_markdown, needs_report
from crmcore.errors import Invalid
from crmcore.kernel.money import Money
from crmcore.kernel.wire import read
from tests.customers.scene import GUEST, LI, MANAGER, NAME, WANG, Scene

DIGEST = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def attachment(**fields: Any) -> AddAttachment:
    """A quotation in a bucket."""
    usual = {"customer": "C1", "name": "报价.pdf", "kind": "quotation", "size": 2048, "digest": DIGEST}
    return AddAttachment(**{**usual, "uri": "s3://bucket/quotations/1", **fields})


class TestAttachments:
    """References, never bytes (D-10)."""

    @pytest.mark.rule("D-10")
    def test_what_is_on_record(self):
        """Name, kind, size, digest and where the host finds it, numbered from one."""
        scene = Scene().potential().given(attachment(), attachment(name=" 合同.pdf ", uri="example:2"), by=LI)
        first, second = scene.customer().file.attachments

        assert (1, "报价.pdf", "quotation", 2048, DIGEST, "s3://bucket/quotations/1") == (
            first.number,
            first.name,
            first.kind,
            first.size,
            first.digest,
            first.uri,
        )
        assert (2, "合同.pdf", False) == (second.number, second.name, second.retired)

    @pytest.mark.rule("D-10", "D-11")
    def test_a_retired_one_stays_on_record(self):
        """Marked as such; it is retired once."""
        scene = Scene().potential().given(attachment(), attachment(), RetireAttachment("C1", 1), by=LI)

        assert [True, False] == [one.retired for one in scene.customer().file.attachments]
        assert ["D-10 unknown-attachment"] == scene.refused(RetireAttachment("C1", 1), by=LI)
        assert ["D-10 unknown-attachment"] == scene.refused(RetireAttachment("C1", 9), by=LI)
        scene.given(RetireAttachment("C1", 2), by=LI)
        assert ["D-10 no-attachments"] == scene.refused(RetireAttachment("C1", 2), by=LI)

    @pytest.mark.rule("D-10")
    @pytest.mark.parametrize(
        "digest",
        ["", "9f86", "sha256:9f86", "md5:" + "0" * 32, DIGEST.upper(), f"{DIGEST} ", "sha512:" + "0" * 64, 7, None],
    )
    def test_digests_of_another_form(self, digest):
        """An algorithm that is no longer broken, and its digits in lower case."""
        with pytest.raises(Invalid) as error:
            attachment(digest=digest)

        assert [("digest", "not-allowed")] == [(fault.path, fault.code) for fault in error.value.faults]

    @pytest.mark.rule("D-10")
    @pytest.mark.parametrize("algorithm", ["sha256:64", "sha384:96", "sha512:128", "blake2b:128", "blake2s:64"])
    def test_digests_that_are_taken(self, algorithm):
        """Each with as many digits as it has."""
        name, _, digits = algorithm.partition(":")

        assert attachment(digest=f"{name}:{'0' * int(digits)}").digest.startswith(name)

    @pytest.mark.rule("D-10")
    @pytest.mark.parametrize(
        ("uri", "code"),
        [
            ("", "not-allowed"),
            ("quotations/1", "not-allowed"),
            ("s3:", "not-allowed"),
            ("1s:x", "not-allowed"),
            ("s3://bucket/a b", "not-allowed"),
            ("data:text/plain;base64,AAAA", "not-allowed"),
            ("DATA:,x", "not-allowed"),
            ("javascript:alert(1)", "not-allowed"),
            (7, "not-allowed"),
            ("s3://" + "x" * 2000, "too-long"),
        ],
    )
    def test_what_refers_to_nothing(self, uri, code):
        """No scheme, no target, characters no URI has; nor one that is itself the bytes, or a program."""
        with pytest.raises(Invalid) as error:
            attachment(uri=uri)

        assert [("uri", code)] == [(fault.path, fault.code) for fault in error.value.faults]

    @pytest.mark.rule("D-10")
    @pytest.mark.parametrize("size", [-1, 2**53 + 1, 1.5, "1"])
    def test_sizes_that_are_none(self, size):
        """A whole number of bytes."""
        with pytest.raises(Invalid):
            attachment(size=size)

    @pytest.mark.rule("D-10")
    def test_policy_sets_bounds(self):
        """Schemes somebody resolves, and how long an attachment may be."""
        policy = {"customers.privacy.schemes": ["s3", "https"], "customers.privacy.largest_attachment": 4096}
        scene = Scene(policy).potential()

        assert [] == scene.refused(attachment(size=4096), by=LI)
        assert ["D-10 too-large"] == scene.refused(attachment(size=4097), by=LI)
        assert [] == scene.refused(attachment(uri="HTTPS://example.com/1"), by=LI)
        [refusal] = scene.refusals(attachment(uri="ftp://example.com/1"), by=LI)
        assert ("unknown-scheme", "s3, https") == (refusal.code, refusal.params["known"])

    @pytest.mark.rule("D-10")
    def test_what_is_missing_is_refused(self):
        """A name, a kind, and the contact it is about, if it names one."""
        scene = Scene().potential()

        assert ["D-10 name-required"] == scene.refused(attachment(name=" "), by=LI)
        assert ["D-10 name-required"] == scene.refused(attachment(kind=""), by=LI)
        assert ["D-06 unknown-contact"] == scene.refused(attachment(contact=1), by=LI)

    @pytest.mark.rule("D-10", "A-01")
    def test_who_may(self):
        """Who may change what is on record."""
        scene = Scene().potential()
        refused = [scene.refused(attachment(), by=who) for who in (LI, MANAGER, WANG, GUEST)]

        assert [[], [], ["A-01 not-permitted"], ["A-01 not-permitted"]] == refused
        assert [] == Scene().pool().refused(attachment(), by=WANG)


NEEDS = Needs(
    core="冷暖两用",
    needs=(
        Need("低噪音", "implicit", "low"),
        Need("两年质保", "explicit", "medium"),
        Need("本周安装", "explicit", "high"),
    ),
    pain_points=("电费高", "旧机*漏水*"),
    current_solution="窗机",
    urgency="high",
    budget_from=Money(Decimal(30000), "CNY"),
    budget_to=Money(Decimal("45000.50"), "CNY"),
)


class TestNeeds:
    """What a customer needs, as data and as a report (D-07)."""

    @pytest.mark.rule("D-07")
    def test_needs_are_recorded_as_a_whole(self):
        """What stood there before stands in the history."""
        scene = Scene().potential().given(RecordNeeds("C1", NEEDS), RecordNeeds("C1", Needs("两台")), by=LI)
        recorded = [one.event.needs for one in scene.crm.history("C1") if one.type == "needs-recorded"]

        assert Needs("两台") == scene.customer().file.needs
        assert [NEEDS, Needs("两台")] == recorded
        assert [] == list(scene.crm.verify())

    @pytest.mark.rule("D-07", "D-13")
    def test_the_same_needs_are_no_event(self):
        """It is refused instead."""
        scene = Scene().pool().given(RecordNeeds("C1", NEEDS), by=WANG)

        assert ["D-13 nothing-to-change"] == scene.refused(RecordNeeds("C1", NEEDS), by=WANG)

    @pytest.mark.rule("D-07")
    def test_the_report_as_data(self):
        """Explicit and implicit needs apart, the pressing ones first; a customer without needs has an empty one."""
        report = needs_report(Scene().potential().given(RecordNeeds("C1", NEEDS), by=LI).customer())

        assert (NAME, "KH-000001", "high") == (report["name"], report["number"], report["urgency"])
        assert [("本周安装", "high"), ("两年质保", "medium")] == [
            (need["text"], need["priority"]) for need in report["explicit"]
        ]
        assert [{"text": "低噪音", "priority": "low"}] == report["implicit"]
        assert {"from": {"amount": "30000", "currency": "CNY"}, "to": {"amount": "45000.50", "currency": "CNY"}} == (
            report["budget"]
        )
        empty = needs_report(Scene().potential().customer())
        assert (None, [], {"from": None, "to": None}) == (empty["core"], empty["explicit"], empty["budget"])

    @pytest.mark.rule("D-07")
    def test_the_report_for_people(self):
        """In English and Chinese; what is Markdown in a text is taken as text."""
        customer = Scene().potential().given(RecordNeeds("C1", NEEDS), by=LI).customer()

        assert f"""\
# Needs report

Customer: {NAME} (KH-000001)

- Core needs: 冷暖两用
- Urgency: high
- Budget: 30000 CNY – 45000.50 CNY
- Current solution: 窗机

## Pain points

- 电费高
- 旧机\\*漏水\\*

## Explicit needs

- 本周安装 (high)
- 两年质保 (medium)

## Implicit needs

- 低噪音 (low)
""" == needs_markdown(customer)
        assert "## 显性需求\n\n- 本周安装（高）\n" in needs_markdown(customer, "zh")
        assert "- 预算：30000 CNY – 45000.50 CNY\n" in needs_markdown(customer, "zh")

    @pytest.mark.rule("D-07")
    @pytest.mark.parametrize(
        ("needs", "line"),
        [
            (Needs(budget_from=Money(1, "CNY")), "- Budget: 1 CNY –\n"),
            (Needs(budget_to=Money(1, "CNY")), "- Budget: – 1 CNY\n"),
            (Needs(pain_points=("x",)), "## Pain points\n\n- x\n"),
            (Needs(), "No needs are on record.\n"),
        ],
        ids=["from", "to", "only pains", "none"],
    )
    def test_a_report_of_little(self, needs, line):
        """Only what there is."""
        customer = Scene().potential().given(RecordNeeds("C1", needs), by=LI).customer()

        assert needs_markdown(customer).endswith(f"\n{line}")

    @pytest.mark.rule("D-07")
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            ({"budget_from": {"amount": "-1", "currency": "CNY"}}, "out-of-range"),
            (
                {
                    "budget_from": {"amount": "2", "currency": "CNY"},
                    "budget_to": {"amount": "1", "currency": "CNY"},
                },
                "out-of-range",
            ),
            (
                {
                    "budget_from": {"amount": "1", "currency": "CNY"},
                    "budget_to": {"amount": "2", "currency": "EUR"},
                },
                "not-allowed",
            ),
            ({"urgency": "soon"}, "not-allowed"),
            ({"needs": [{"text": "x", "priority": "top"}]}, "not-allowed"),
            ({"pain_points": ["x" * 10_001]}, "too-long"),
        ],
        ids=["below nothing", "backwards", "currencies", "urgency", "priority", "long"],
    )
    def test_what_cannot_be_recorded(self, data, code):
        """It is told what is wrong."""
        with pytest.raises(Invalid) as error:
            read(RecordNeeds, {"customer": "C1", "needs": data})

        assert [code] == [fault.code for fault in error.value.faults]

    @pytest.mark.rule("D-07")
    def test_a_budget_is_money(self):
        """No number, and no text."""
        with pytest.raises(Invalid) as error:
            Needs(budget_from=3)  # type: ignore[arg-type]

        assert [("budget", "wrong-type")] == [(fault.path, fault.code) for fault in error.value.faults]
