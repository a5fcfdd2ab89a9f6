"""Leads of an online school, anonymised, as facts; and a policy that was written by hand.

The file has no dates: all leads are made to come in on one day, and those that were converted were so a month later.
What the web site records is known from that day on. Of four columns nobody knows when they were written: sales people
fill them in as they go along.
"""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs

from crmcore.scoring import (
    Band,
    Candidate,
    Categories,
    Category,
    Fact,
    Factor,
    Facts,
    Field,
    History,
    ScoringPolicy,
    from_toml,
)

FILE = "xeducation_leads.csv"

CAME_IN = datetime(2026, 1, 5, 1, tzinfo=UTC)
CUTOFF = CAME_IN + timedelta(days=1)
HORIZON_DAYS = 60
CONVERTED = CAME_IN + timedelta(days=30)
END = CAME_IN + timedelta(days=90)

#: Written by sales people after they have spoken with the lead.
LEAKING = ("Tags", "Lead Quality", "Lead Profile", "Last Notable Activity")
NUMBERS = frozenset(
    {
        "TotalVisits",
        "Total Time Spent on Website",
        "Page Views Per Visit",
        "Asymmetrique Activity Score",
        "Asymmetrique Profile Score",
    }
)
_IDS = frozenset({"Prospect ID", "Lead Number", "Converted"})


def leads(path: Path) -> list[dict[str, str]]:
    """The rows of the file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def columns(rows: list[dict[str, str]]) -> list[str]:
    """The columns that differ between leads, those that leak left out."""
    names = [name for name in rows[0] if name not in _IDS and name not in LEAKING]
    return [name for name in names if len({row[name] for row in rows}) > 1]


def key_of(name: str) -> str:
    """A column's name as the key of a factor."""
    letters = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    return letters.strip("-")[:50]


def candidates(names: list[str]) -> list[Candidate]:
    """The columns as candidates for factors."""
    return [Candidate(key_of(name), params={"name": name}) for name in names]


def history(rows: list[dict[str, str]]) -> History:
    """The leads with their facts; ``Select`` is what the form says before anybody has chosen."""
    return History(tuple(_facts(row) for row in rows), "converted", CAME_IN - timedelta(days=1), END, entry="came-in")


def _facts(row: dict[str, str]) -> Facts:
    id = row["Prospect ID"]
    events = [Fact("came-in", id, CAME_IN)]
    if row["Converted"] == "1":
        events.append(Fact("converted", id, CONVERTED))
    fields = [
        Field(name, float(value) if name in NUMBERS else value, None if name in LEAKING else CAME_IN)
        for name, value in row.items()
        if name not in _IDS and value not in {"", "Select"}
    ]
    return Facts(id, fields, events)


def hand_written() -> ScoringPolicy:
    """Fit: occupation, and how the lead came. Urgency: time on the site, and what it did last."""
    return from_toml(HAND_WRITTEN)


def leaky() -> ScoringPolicy:
    """The same with the columns that sales people fill in."""
    policy = hand_written()
    return attrs.evolve(policy, factors=(*policy.factors, *(_told(name) for name in LEAKING)))


def _told(name: str) -> Factor:
    return Factor(
        key=key_of(name),
        source="field",
        params={"name": name},
        group="told",
        missing=Band(None, 0, "unknown"),
        not_applicable=Band(None, 0, "none"),
        categories=Categories((Category(("Might be", "SMS Sent"), 1, "some"),), Band(None, 0, "other")),
    )


HAND_WRITTEN = """
id = "school-leads"
version = "1"
subject = "lead"
grades = [{code = "C"}, {code = "B"}, {code = "A"}]

[[factors]]
key = "occupation"
source = "field"
params = {name = "What is your current occupation"}
group = "fit"
missing = {points = 0, code = "unknown"}
not_applicable = {points = 0, code = "none"}
categories.other = {points = 10, code = "other"}
categories.of = [
  {values = ["Working Professional"], points = 40, code = "working"},
  {values = ["Unemployed", "Student"], points = 15, code = "looking"},
]

[[factors]]
key = "origin"
source = "field"
params = {name = "Lead Origin"}
group = "fit"
missing = {points = 0, code = "unknown"}
not_applicable = {points = 0, code = "none"}
categories.other = {points = 0, code = "other"}
categories.of = [{values = ["Lead Add Form"], points = 40, code = "form"}]

[[factors]]
key = "channel"
source = "field"
params = {name = "Lead Source"}
group = "fit"
missing = {points = 0, code = "unknown"}
not_applicable = {points = 0, code = "none"}
categories.other = {points = 0, code = "other"}
categories.of = [{values = ["Reference", "Welingak Website"], points = 15, code = "referred"}]

[[factors]]
key = "time"
source = "field"
params = {name = "Total Time Spent on Website"}
group = "urgency"
missing = {points = 0, code = "unknown"}
not_applicable = {points = 0, code = "none"}
bands = [
  {points = 0, code = "hardly"},
  {at = 60, points = 5, code = "short"},
  {at = 300, points = 15, code = "minutes"},
  {at = 600, points = 30, code = "long"},
  {at = 1000, points = 45, code = "very-long"},
]

[[factors]]
key = "last"
source = "field"
params = {name = "Last Activity"}
group = "urgency"
missing = {points = 0, code = "unknown"}
not_applicable = {points = 0, code = "none"}
categories.other = {points = 5, code = "other"}
categories.of = [
  {values = ["SMS Sent", "Had a Phone Conversation"], points = 30, code = "answered"},
  {values = ["Email Opened", "Email Link Clicked", "Page Visited on Website"], points = 15, code = "read"},
  {values = ["Email Bounced", "Unsubscribed"], points = 0, code = "gone"},
]

[[factors]]
key = "email"
source = "field"
params = {name = "Do Not Email"}
group = "urgency"
missing = {points = 0, code = "unknown"}
not_applicable = {points = 0, code = "none"}
categories.other = {points = 0, code = "allowed"}
categories.of = [{values = ["Yes"], points = -10, code = "refused"}]

[combine]
method = "matrix"
rows = {group = "fit", levels = [{code = "low"}, {at = 15, code = "medium"}, {at = 40, code = "high"}]}
columns = {group = "urgency", levels = [{code = "low"}, {at = 20, code = "medium"}, {at = 55, code = "high"}]}

[combine.cells]
low = {low = "C", medium = "C", high = "B"}
medium = {low = "C", medium = "B", high = "A"}
high = {low = "B", medium = "A", high = "A"}
"""
