"""Duplicate analysis over what is stored: keys that follow the customer, and who comes up under them (M-02 … M-05)."""

from crmcore.customers.duplicates import identities_of
from crmcore.customers.entities import Customer
from crmcore.matching import Hit, Identity, MatchingPolicy, Verdict, judge, key_rules, rank
from crmcore.storage.interface import UnitOfWork
from crmcore.storage.match_keys import StoredCandidates, customer_of_name, replace_keys, stored_names

#: Records told of, at most.
MOST = 10
_ORDER = {"same": 0, "similar": 1, "related": 2}


def keep_keys(uow: UnitOfWork, before: Customer | None, after: Customer, policy: MatchingPolicy) -> None:
    """Make the stored keys of a customer follow from what it is now; called wherever a customer is saved.

    What leaves profile and contacts as they are, as nearly every command does, costs nothing here.
    """
    if before is not None and before.profile is after.profile and before.contacts is after.contacts:
        return
    wanted = () if policy.similar == "off" else identities_of(after)
    stored = None if before is None else stored_names(uow, (after.id,)).get(after.id)
    unchanged = before is not None and wanted == identities_of(before)
    if unchanged and stored is not None and stored.rules == key_rules(policy):
        return
    if stored is not None or wanted:
        replace_keys(uow, [(after.id, stored, wanted)], policy)


def judged_hits(
    uow: UnitOfWork, identity: Identity, customers: int, policy: MatchingPolicy, but: str | None
) -> list[tuple[Hit, Verdict]]:
    """Who comes up under the keys of an identity and is not another, the surest first; one hit a customer.

    :param customers: how many there are, roughly.
    :param but: the customer that the identity is of, if it is on record.
    """
    hits = rank(identity, StoredCandidates(uow, customers), policy, policy.scored)
    judged = [(hit, judge(hit, policy)) for hit in hits]
    told = sorted(
        (pair for pair in judged if pair[1].outcome != "different"),
        key=lambda pair: (_ORDER[pair[1].outcome], -pair[0].comparison.score),
    )
    found: dict[str, tuple[Hit, Verdict]] = {}
    for hit, verdict in told:
        customer = customer_of_name(hit.id)[0]
        if customer != but and customer not in found:
            found[customer] = Hit(customer, hit.comparison, hit.shared), verdict
            if len(found) == MOST:
                break
    return list(found.values())
