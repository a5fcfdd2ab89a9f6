"""Closed deals of a public sales pipeline as cases; and a policy that sounds promising, and tells nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crmcore.scoring import MISSING, Candidate, Case, Fact, Facts, Field, History, ScoringPolicy, from_toml
from tests.real.xeducation import leads

ACCOUNTS = "maven_crm_accounts.csv"
CUTOFF = datetime(2026, 1, 1, tzinfo=UTC)
CANDIDATES = tuple(Candidate(name, params={"name": name}) for name in ("product", "sector", "office", "agent", "size"))


def cases(deals: Path, accounts: Path) -> tuple[Case, ...]:
    """What was known of each closed deal when it was engaged, and whether it was won."""
    known = {row["account"]: row for row in leads(accounts)}
    return tuple(
        Case(row["opportunity_id"], _engaged(row, known.get(row["account"], {})), row["deal_stage"] == "Won")
        for row in leads(deals)
        if row["deal_stage"] in {"Won", "Lost"}
    )


def _engaged(row: dict[str, str], account: dict[str, str]) -> dict[str, Any]:
    """Product and agent of the deal; sector, office and size of the account."""
    return {
        "product": row["product"],
        "agent": row["sales_agent"],
        "sector": account.get("sector", MISSING),
        "office": account.get("office_location", MISSING),
        "size": float(account["employees"]) if account else MISSING,
    }


def history(deals: Sequence[Case]) -> History:
    """The deals around one cutoff."""
    start, end = CUTOFF - timedelta(days=1), CUTOFF + timedelta(days=60)
    return History(tuple(_facts(case) for case in deals), "won", start, end, entry="engaged")


def _facts(case: Case) -> Facts:
    fields = [
        Field(name, given.value, CUTOFF) for name, given in case.inputs.items() if isinstance(given.value, str | float)
    ]
    events = [Fact("engaged", case.subject, CUTOFF)]
    won = [Fact("won", case.subject, CUTOFF + timedelta(days=10))]
    return Facts(case.subject, fields, events + (won if case.outcome else []))


def promising() -> ScoringPolicy:
    """Big accounts and dear products."""
    return from_toml(PROMISING)


PROMISING = """
id = "deals"
version = "1"
subject = "opportunity"
grades = [{code = "C"}, {code = "B", at = 20}, {code = "A", at = 40}]

[[factors]]
key = "size"
source = "field"
params = {name = "size"}
missing = {points = 10, code = "unknown"}
not_applicable = {points = 0, code = "none"}
bands = [{points = 0, code = "small"}, {at = 1000, points = 15, code = "fair"}, {at = 5000, points = 30, code = "big"}]

[[factors]]
key = "product"
source = "field"
params = {name = "product"}
missing = {points = 0, code = "unknown"}
not_applicable = {points = 0, code = "none"}
categories.of = [{values = ["GTK 500", "GTX Plus Pro", "GTX Pro", "GTXPro"], points = 20, code = "dear"}]
categories.other = {points = 10, code = "other"}
"""
