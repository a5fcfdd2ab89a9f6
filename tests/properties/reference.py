"""A second program written from the text of the rules alone: slow, mutable, and without a line of the library's.

It keeps each customer as a dict and works every answer out anew from what happened: nothing is indexed, nothing is
remembered between questions. Policies come as plain data, actors as (id, roles, teams), commands by name with their
fields. ``do`` gives the ids of the rules that refuse; empty, it has been done.
"""

import unicodedata
from copy import deepcopy
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

CHANNELS = {"phone", "电话"}
WAITING = {"expired", "undecided", "review-refused"}


class Reference:
    """Customers and who claimed when, under one policy."""

    def __init__(self, policy: dict[str, Any]) -> None:
        self.zone = ZoneInfo(policy["zone"])
        self.p = policy["customers"]
        self.customers: dict[str, dict[str, Any]] = {}
        self.claims: list[tuple[str, datetime]] = []

    # ---------------------------------------------------------------------------------------------------- time

    def days(self, start: datetime, n: int) -> datetime:
        """The same local time n days later."""
        return (start.astimezone(self.zone) + timedelta(n)).astimezone(UTC)

    def working_days(self, start: datetime, n: int) -> datetime:
        """The same local time on the n-th working day after."""
        day = start.astimezone(self.zone)
        while n:
            day += timedelta(1)
            if day.weekday() < 5:
                n -= 1
        return day.astimezone(UTC)

    def deadline(self, start: datetime, n: int) -> datetime:
        """A new protection's deadline, at the end of its day where policy rounds."""
        end = self.days(start, n)
        return self.end_of_day(end) if self.p["protection"]["end_of_day"] else end

    def end_of_day(self, moment: datetime) -> datetime:
        """The midnight that ends the day."""
        tomorrow = moment.astimezone(self.zone).date() + timedelta(1)
        return datetime.combine(tomorrow, time(), self.zone).astimezone(UTC)

    def extended(self, deadline: datetime, n: int) -> datetime:
        """A deadline n days later; the end of a day is the end of a day already."""
        later = self.days(deadline, n)
        rounds = self.p["protection"]["end_of_day"] and later.astimezone(self.zone).time() != time()
        return self.end_of_day(later) if rounds else later

    # ---------------------------------------------------------------------------------------------------- falling

    def falls_at(self, c: dict[str, Any]) -> tuple[datetime | None, str]:
        """When a customer falls by itself, and why."""
        if c["stage"] not in {"potential", "intent"} or c["locked"]:
            return None, ""
        if c["request"]:
            return self.working_days(c["deadline"], self.p["requests"]["hold_working_days"]), "undecided"
        if c["public_at"] and c["public_at"] <= c["deadline"]:
            return c["public_at"], "review-refused"
        return c["deadline"], "expired"

    def settle(self, c: dict[str, Any], at: datetime) -> None:
        """Let it fall if it is time."""
        moment, reason = self.falls_at(c)
        if moment is not None and moment <= at:
            self.into_pool(c, max(moment, c["last"]), reason)
            c["changes"] += 1

    def into_pool(self, c: dict[str, Any], at: datetime, reason: str) -> None:
        """Nobody's from now on."""
        c.update(stage="pool", left=(c["owner"], c["teams"]), owner=None, teams=(), deadline=None, request=None)
        c.update(review=None, public_at=None, locked=False, since=at, last=at, why=reason, contacted=set(), formal=None)

    def view(self, id: str, at: datetime) -> dict[str, Any] | None:
        """A customer as time has left it."""
        c = deepcopy(self.customers.get(id))
        if c is not None:
            self.settle(c, at)
        return c

    # ---------------------------------------------------------------------------------------------------- asking

    def holds(self, who: str, at: datetime) -> dict[str, int]:
        """How many customers a person holds, by stage, and how many of them are locked."""
        counts = {"potential": 0, "intent": 0, "locked": 0}
        for id in self.customers:
            c = self.view(id, at)
            if c and c["owner"] == who and c["stage"] != "formal":
                counts["locked"] += c["locked"]
                counts[c["stage"]] += self.p["limits"]["count_signed"] or not c["signed"]
        return counts

    def no_room(self, who: str, stage: str, at: datetime, *, signed: bool, total: bool = True) -> set[str]:
        """P-16, if the person holds as many as policy allows."""
        limits, held = self.p["limits"], self.holds(who, at)
        if signed and not limits["count_signed"]:
            return set()
        full = limits[stage] is not None and held[stage] >= limits[stage]
        over = total and limits["total"] is not None and held["potential"] + held["intent"] >= limits["total"]
        return {"P-16"} if full or over else set()

    def claims_too_much(self, who: str, at: datetime) -> set[str]:
        """P-16, if the person has claimed too often today, or just now."""
        limits, mine = self.p["limits"], [when for person, when in self.claims if person == who]
        today = [when for when in mine if when.astimezone(self.zone).date() == at.astimezone(self.zone).date()]
        if limits["claims_per_day"] is not None and len(today) >= limits["claims_per_day"]:
            return {"P-16"}
        minutes = limits["claim_interval_minutes"]
        return {"P-16"} if minutes is not None and mine and at < max(mine) + timedelta(minutes=minutes) else set()

    def same_name(self, key: tuple[str, ...], but: str) -> set[str]:
        """P-02, if somebody else has that name."""
        taken = any(c["key"] == key and self.survivor(id) != but for id, c in self.customers.items())
        return {"P-02"} if taken else set()

    def survivor(self, id: str) -> str:
        """Who a customer is after all mergers."""
        while self.customers[id]["stage"] == "merged":
            id = self.customers[id]["into"]
        return id

    def waits(self, c: dict[str, Any], who: str, teams: set[str], at: datetime) -> bool:
        """Whether a person must wait before claiming (P-08)."""
        if any(at < until and (name in teams if team else name == who) for name, until, team in c["cool_downs"]):
            return True
        days = self.p["cool_down"]["expiry_days"]
        if not days or c["why"] not in WAITING or at >= self.days(c["since"], days):
            return False
        owner, its_teams = c["left"]
        return owner == who or (self.p["cool_down"]["team"] and bool(teams & set(its_teams)))

    # ---------------------------------------------------------------------------------------------------- doing

    def do(  # noqa: PLR0911 — one return for each sort of answer
        self, command: str, actor: tuple[str, set[str], set[str]], at: datetime, f: dict[str, Any]
    ) -> set[str]:
        """Do what is asked, or give the rules that refuse it."""
        id = f["id"] if command == "register" else f["customer"]
        c = self.view(id, at)
        if command == "register":
            return {"D-01"} if c else self.register(actor, at, f)
        if c is None:
            return {"D-01"}
        if command == "merge" and c["stage"] != "merged":
            return self.merge(c, actor, at, f)
        if command == "undo-merge":
            return self.undo_merge(c, actor, at, f) if c["stage"] == "merged" else {"M-06"}
        if c["stage"] == "merged":
            return {"M-06"} | ({"D-13"} if at < c["last"] else set())
        claims = len(self.claims)
        refused = {"D-13"} if at < c["last"] else set()
        refused |= self.decide(c, command, actor, at, f)
        if refused:
            del self.claims[claims:]
            return refused
        self.happened(c, at)
        return set()

    def happened(self, c: dict[str, Any], at: datetime) -> None:
        """Something was done to a customer; time may take it further at once."""
        c["last"] = at
        c["changes"] += 1
        self.settle(c, at)
        self.customers[c["id"]] = c

    def register(self, actor: tuple[str, set[str], set[str]], at: datetime, f: dict[str, Any]) -> set[str]:
        """A new customer (P-01, P-02)."""
        who, roles, teams = actor
        pool = f["into"] == "pool"
        refused = set() if roles & ({"manager", "administrator", "import"} if pool else {"pre-sales"}) else {"A-01"}
        if f["kind"] == "enterprise" and not f["introduction"].strip():
            refused.add("D-02")
        key = name_key(f["name"], f["kind"], f["phone"])
        refused |= self.same_name(key, "")
        if not pool:
            refused |= self.no_room(who, "potential", at, signed=False) | self.claims_too_much(who, at)
        if refused:
            return refused
        c: dict[str, Any] = {"id": f["id"], "changes": 0, "entered": (at, len(self.customers))}
        c |= {"owner": None, "teams": (), "last": at, "signed": False, "cool_downs": [], "follow_ups": 0}
        c.update(
            profile=(f["name"].strip(), f["introduction"].strip() or None), kind=f["kind"], key=key, phone=f["phone"]
        )
        c.update(contacts=[[contact, True] for contact in f["contacts"]])
        self.into_pool(c, at, "registered")
        if not pool:
            self.protect(c, who, teams, at)
        self.customers[f["id"]] = c
        return set()

    def protect(self, c: dict[str, Any], who: str, teams: set[str], at: datetime) -> None:
        """Somebody's from now on."""
        review = who if self.p["review"]["required"] else None
        deadline = self.deadline(at, self.p["protection"]["potential_days"])
        c.update(stage="potential", owner=who, teams=tuple(sorted(teams)), since=at, deadline=deadline, extensions=0)
        c.update(review=review, public_at=None, request=None, locked=False)
        self.claims.append((who, at))

    # ---------------------------------------------------------------------------------------------------- merging

    def merge(
        self, c: dict[str, Any], actor: tuple[str, set[str], set[str]], at: datetime, f: dict[str, Any]
    ) -> set[str]:
        """One record ends in another, which has what both had (M-06)."""
        d = self.view(f["into"], at)
        no = set() if actor[1] & {"manager", "administrator"} else {"A-01"}
        no |= {"D-13"} if at < c["last"] else set()
        if not f["reason"].strip() or d is None or d["id"] == c["id"] or d["stage"] == "merged":
            return no | {"M-06"}
        owners = {c["owner"], d["owner"]} - {None}
        early = c["entered"] < d["entered"] and not f["decided"]
        by = {
            "formal": (c["stage"] != "formal", d["stage"] != "formal"),
            "protected": (c["owner"] is None, d["owner"] is None),
            "earliest": (not early, early),
        }
        differing = [by[name] for name in self.p["merge"]["survivor"] if by[name][0] != by[name][1]]
        if f["decided"]:
            differing = [pair for pair in differing if pair != by["earliest"]]
        wrong = c["kind"] != d["kind"] or at < d["last"] or (len(owners) == 2 and not f["decided"])
        if wrong or (differing and not differing[0][0]):
            return no | {"M-06"}
        if no:
            return no
        was = deepcopy(c), deepcopy(d)
        self.absorb(d, c)
        c.update(
            stage="merged", into=d["id"], owner=None, teams=(), deadline=None, since=at, locked=False, request=None
        )
        for one in (c, d):
            self.happened(one, at)
        c["undo"] = (*was, d["changes"])
        return set()

    def absorb(self, d: dict[str, Any], c: dict[str, Any]) -> None:
        """All that another record had is now this one's."""
        if any(contact.main for contact, _ in d["contacts"]):
            d["contacts"] += [[without_main(contact), on] for contact, on in c["contacts"]]
        else:
            d["contacts"] += c["contacts"]
        d["profile"] = (d["profile"][0], d["profile"][1] or c["profile"][1])
        d["follow_ups"] += c["follow_ups"]
        d["signed"] = d["signed"] or c["signed"]
        d["cool_downs"] = [*d["cool_downs"], *c["cool_downs"]]
        if c["stage"] == "pool":
            days = self.p["cool_down"]["expiry_days"]
            if days and c["why"] in WAITING:
                until, (owner, teams) = self.days(c["since"], days), c["left"]
                d["cool_downs"].append((owner, until, False))
                d["cool_downs"] += [(team, until, True) for team in teams if self.p["cool_down"]["team"]]
            if d["stage"] == "pool":
                d["contacted"] |= c["contacted"]

    def undo_merge(
        self, c: dict[str, Any], actor: tuple[str, set[str], set[str]], at: datetime, f: dict[str, Any]
    ) -> set[str]:
        """Both are again what they were, if nothing has happened to the survivor since."""
        no = set() if actor[1] & {"manager", "administrator"} else {"A-01"}
        no |= {"D-13"} if at < c["last"] else set()
        before, survivor, changes = deepcopy(c["undo"])
        now = self.view(c["into"], at)
        assert now is not None
        if not f["reason"].strip() or now["changes"] != changes:
            no.add("M-06")
        moment = self.falls_at(before)[0]
        if moment is not None and moment <= at:
            pass  # it falls at once
        elif before["stage"] in {"potential", "intent"}:
            no |= self.no_room(before["owner"], before["stage"], at, signed=before["signed"])
            limit = self.p["locks"]["per_owner"]
            if before["locked"] and self.holds(before["owner"], at)["locked"] >= limit:
                no.add("P-17")
        if now["stage"] in {"potential", "intent"} and now["signed"] and not survivor["signed"]:
            no |= self.no_room(now["owner"], now["stage"], at, signed=False)
        if no:
            return no
        for one in (before, survivor):
            one["last"] = at
            self.settle(one, at)
            self.customers[one["id"]] = one
        return set()

    def decide(  # noqa: C901, PLR0911, PLR0912, PLR0915 — one long if/elif is the point
        self, c: dict[str, Any], command: str, actor: tuple[str, set[str], set[str]], at: datetime, f: dict[str, Any]
    ) -> set[str]:
        """The rules that refuse; if there are none, it has been done to ``c``."""
        who, roles, teams = actor
        stage, p = c["stage"], self.p
        owner = c["owner"] == who
        team = bool(teams & set(c["teams"]))
        manager = bool(roles & {"manager", "administrator"})
        reviewer = manager or "reviewer" in roles
        protected = stage in {"potential", "intent"}
        no: set[str] = set()

        def need(ok: object, rule: str) -> None:
            if not ok:
                no.add(rule)

        if command in {"change-profile", "add-contact", "change-contact"}:
            if stage == "pool":
                need(manager or roles & {"pre-sales", "import"}, "A-01")
            else:
                need(manager or owner or team or "after-sales" in roles, "A-01")
            if command == "change-profile":
                return no | self.change_profile(c, f, do=not no)
            if command == "change-contact":
                known = 1 <= f["number"] <= len(c["contacts"])
                need(known, "D-06")
                need(not known or c["contacts"][f["number"] - 1] != [f["contact"], f["active"]], "D-13")
            if not no and command == "add-contact":
                add_contact(c, len(c["contacts"]), f["contact"], active=True)
            elif not no:
                add_contact(c, f["number"] - 1, f["contact"], active=f["active"])

        elif command == "record-follow-up":
            allowed = {
                "pool": "pre-sales" in roles,
                "potential": owner or team,
                "intent": owner or team,
                "formal": owner or "after-sales" in roles,
            }
            need(allowed[stage], "F-04")
            no |= follow_up_faults(f, at)
            need(f["corrects"] is None or 1 <= f["corrects"] <= c["follow_ups"], "F-05")
            need(stage != "potential" or f["next_contact_at"], "F-01")
            if not no:
                self.follow_up(c, who, at, activity=f["corrects"] is None)

        elif command == "protect":
            if stage != "pool":
                return {"P-02"}
            need("pre-sales" in roles, "A-01")
            need(not self.waits(c, who, teams, at), "P-08")
            no |= self.no_room(who, "potential", at, signed=c["signed"]) | self.claims_too_much(who, at)
            need(f["contact"] or any(active for _, active in c["contacts"]), "P-09")
            need(f["follow_up"] or who in c["contacted"], "P-09")
            if f["follow_up"]:
                no |= follow_up_faults(f["follow_up"], at)
            if not no:
                if f["contact"]:
                    add_contact(c, len(c["contacts"]), f["contact"], active=True)
                c["follow_ups"] += bool(f["follow_up"])
                self.protect(c, who, teams, at)

        elif command in {"approve-protection", "refuse-protection"}:
            if stage != "potential":
                return {"P-10"}
            need(reviewer, "A-01")
            need(c["review"] and not c["public_at"], "P-10")
            need(c["review"] != who or p["requests"]["own_decision"], "P-10")
            need(command == "approve-protection" or f["note"].strip(), "P-10")
            if not no and command == "approve-protection":
                c["review"] = None
            elif not no:
                c["public_at"] = self.working_days(at, p["review"]["public_working_days"])

        elif command == "resubmit-protection":
            if stage != "potential":
                return {"P-10"}
            need(owner, "A-01")
            need(c["public_at"], "P-10")
            if not no:
                c.update(review=who, public_at=None)

        elif command in {"apply-for-intent", "request-extension"}:
            rule = "P-05" if command == "apply-for-intent" else "P-06"
            if stage != "potential" and (rule == "P-05" or stage != "intent"):
                return {rule}
            need(owner, "A-01")
            need(not c["review"], "P-10")
            need(not c["request"], "P-06")
            need(at < c["deadline"], "P-06")
            need(f["reason"].strip(), rule)
            if rule == "P-06":
                need(c["extensions"] < p["requests"]["extensions_per_stage"], "P-06")
                c["request"] = ("extension", who)
            elif p["requests"]["intent_approval"] == "automatic":
                no |= self.no_room(c["owner"], "intent", at, signed=c["signed"], total=False)
                self.intent(c, at)
            else:
                c["request"] = ("intent", who)

        elif command in {"approve-intent", "refuse-intent", "approve-extension", "refuse-extension"}:
            kind = command.partition("-")[2]
            rule = "P-05" if kind == "intent" else "P-06"
            if stage != "potential" and (kind == "intent" or stage != "intent"):
                return {rule}
            need(reviewer, "A-01")
            need(c["request"] and c["request"][0] == kind, rule)
            need(not c["request"] or c["request"][1] != who or p["requests"]["own_decision"], rule)
            if command == "approve-intent":
                no |= self.no_room(c["owner"], "intent", at, signed=c["signed"], total=False)
                self.intent(c, at)
            elif command == "approve-extension":
                c["deadline"] = self.extended(c["deadline"], p["requests"][f"{stage}_extension_days"])
                c["extensions"] += 1
            c["request"] = None

        elif command == "abandon":
            if not protected:
                return {"P-13" if stage == "formal" else "P-08"}
            need(owner, "A-01")
            need(f["reason"].strip(), "P-08")
            until = self.days(at, p["cool_down"]["abandon_days"])
            c["cool_downs"].append((who, until, False))
            if p["cool_down"]["team"]:
                c["cool_downs"] += [(name, until, True) for name in c["teams"]]
            self.into_pool(c, at, "abandoned")

        elif command == "transfer":
            if not protected:
                return {"P-14"}
            need(manager, "A-01")
            need(f["to"] != c["owner"], "P-14")
            no |= self.no_room(f["to"], stage, at, signed=c["signed"])
            need(not c["locked"] or self.holds(f["to"], at)["locked"] < p["locks"]["per_owner"], "P-17")
            if p["protection"]["on_transfer"] == "restarts":
                c.update(deadline=self.deadline(at, p["protection"][f"{stage}_days"]), since=at)
            c.update(owner=f["to"], teams=tuple(f["teams"]))

        elif command in {"lock", "unlock"}:
            if not protected:
                return {"P-17"}
            need(manager, "A-01")
            need(c["locked"] == (command == "unlock"), "P-17")
            need(command == "unlock" or self.holds(c["owner"], at)["locked"] < p["locks"]["per_owner"], "P-17")
            c["locked"] = command == "lock"

        elif command == "sign":
            if stage in {"pool", "potential"}:
                return {"P-11"}
            need(owner or manager, "A-01")
            need(f["contract"].strip(), "P-11")
            if stage == "intent":
                c.update(stage="formal", since=at, deadline=None, request=None, locked=False, formal="own")
            c["signed"] = True

        elif command in {"hand-over", "accept-hand-over"}:
            if stage != "formal":
                return {"P-12"}
            if command == "hand-over":
                need(owner or manager, "A-01")
                need(f["to"] != c["owner"], "P-12")
                c.update(owner=f["to"], teams=tuple(f["teams"]), formal="handed")
            else:
                need(owner, "A-01")
                need(c["formal"] == "handed", "P-12")
                c["formal"] = "accepted"

        elif command == "release":
            if stage != "formal":
                return {"P-13"}
            need(manager, "A-01")
            need(f["reason"].strip(), "P-13")
            self.into_pool(c, at, "released")

        else:
            raise ValueError(command)
        return no

    def intent(self, c: dict[str, Any], at: datetime) -> None:
        """The customer shows intent (P-04, P-05)."""
        deadline = self.deadline(at, self.p["protection"]["intent_days"])
        c.update(stage="intent", since=at, deadline=deadline, request=None, extensions=0)

    def follow_up(self, c: dict[str, Any], who: str, at: datetime, *, activity: bool) -> None:
        """One more on record; it counts as contact in the pool, and may move a deadline."""
        c["follow_ups"] += 1
        n, cap = self.p["protection"]["activity_days"], self.p["protection"]["hard_cap_days"]
        if c["stage"] == "pool":
            c["contacted"].add(who)
        elif c["stage"] != "formal" and activity and n:
            later = self.deadline(at, n)
            if cap:
                later = min(later, self.days(c["since"], cap))
            c["deadline"] = max(c["deadline"], later)

    def change_profile(self, c: dict[str, Any], f: dict[str, Any], *, do: bool) -> set[str]:
        """The profile reads differently (D-02, P-02)."""
        no = {"D-02"} if c["kind"] == "enterprise" and not f["introduction"].strip() else set()
        name = c["profile"][0] if f["name"] is None else f["name"].strip()
        profile = (name, f["introduction"].strip() or None)
        if profile == c["profile"]:
            no.add("D-13")
        key = name_key(name, c["kind"], c["phone"])
        no |= self.same_name(key, c["id"])
        if do and not no:
            c.update(profile=profile, key=key)
        return no


def add_contact(c: dict[str, Any], place: int, contact: Any, *, active: bool) -> None:
    """Add or replace a contact; a new main one takes the place of the old (D-06)."""
    if contact.main:
        c["contacts"] = [[without_main(other), on] for other, on in c["contacts"]]
    c["contacts"][place : place + 1] = [[contact, active]]


def without_main(contact: Any) -> Any:
    """The contact, not the main one."""
    return type(contact)(contact.name, position=contact.position, main=False)


def name_key(name: str, kind: str, phone: str) -> tuple[str, ...]:
    """What makes two names the same: width, case, spaces and brackets do not count (P-02)."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    bare = "".join(character for character in folded if character not in " ()")
    return (bare,) if kind == "enterprise" else (bare, phone)


def follow_up_faults(f: dict[str, Any], at: datetime) -> set[str]:
    """F-01, if the follow-up does not say what it must."""
    good = f["content"].strip() and f["channel"] in CHANNELS and (f["held_at"] is None or f["held_at"] <= at)
    timed = f["next_contact_at"] is not None or (f["next_action"] is None and f["next_action_by"] is None)
    return set() if good and timed else {"F-01"}
