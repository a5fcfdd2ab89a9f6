"""Duplicate analysis over what is stored: keys that follow the customer, and who comes up under them (M-02 … M-05)."""

from crmcore.customers.duplicates import identity_of
from crmcore.customers.entities import Customer
from crmcore.matching import Hit, Identity, MatchingPolicy, Verdict, judge_all, key_rules, rank
from crmcore.storage.interface import UnitOfWork
from crmcore.storage.match_keys import StoredCandidates, keyed, replace_keys


def keep_keys(uow: UnitOfWork, before: Customer | None, after: Customer, policy: MatchingPolicy) -> None:
    """Make the stored keys of a customer follow from what it is now; called wherever a customer is saved.

    What leaves profile and contacts as they are, as nearly every command does, costs nothing here.
    """
    if before is not None and before.profile is after.profile and before.contacts is after.contacts:
        return
    wanted = found_as(after, policy)
    stored = None if before is None else keyed(uow, (after.id,)).get(after.id)
    unchanged = before is not None and wanted == identity_of(before)
    if unchanged and stored is not None and stored.rules == key_rules(policy):
        return
    if stored is not None or wanted is not None:
        replace_keys(uow, [(after.id, stored, wanted)], policy)


def found_as(customer: Customer, policy: MatchingPolicy) -> Identity | None:
    """Who a customer is to be found as; None for nobody, where policy has no analysis."""
    return None if policy.similar == "off" else identity_of(customer)


def judged_hits(
    uow: UnitOfWork, identity: Identity, customers: int, policy: MatchingPolicy, but: str | None
) -> tuple[tuple[Hit, Verdict], ...]:
    """Who comes up under the keys of an identity and is not another: the weightiest first, then the surest.

    :param customers: how many there are, roughly.
    :param but: the customer that the identity is of, if it is on record.
    """
    hits = rank(identity, StoredCandidates(uow, customers), policy, policy.scored, policy.show)
    return judge_all((hit for hit in hits if hit.id != but), policy)
