"""What duplicate analysis answers, as plain data for JSON. Names are in ``found_view`` only: it is for who searched."""

from datetime import tzinfo
from typing import Any

from crmcore.app.clusters import Cluster
from crmcore.app.finding import Found
from crmcore.conflicts.entities import Conflict, Decided, Open
from crmcore.customers.duplicates import Similar
from crmcore.kernel.times import show
from crmcore.wording import Language

Data = dict[str, Any]


def similar_view(found: Similar, lang: Language) -> Data:
    """A record alike: customer, number, stage, owner (None where it is nobody's or not to be seen), and why.

    Customer, number and stage are None where the person asking may not know of that customer.
    """
    return {
        "customer": found.customer,
        "number": found.number,
        "stage": None if found.stage is None else found.stage.name,
        "owner": found.owner,
        "owner_hidden": found.owner_hidden,
        "outcome": found.verdict.outcome,
        "reasons": list(found.verdict.reasons),
        "score": round(found.score, 1),
        "keys": list(dict.fromkeys(one.by for one in found.shared)),
        "explained": list(found.explained(lang)),
    }


def found_view(found: Found) -> Data:
    """A record whose name contains a fragment: customer, number, name, stage, owner as far as it is to be seen."""
    return {
        "customer": found.customer,
        "number": found.number,
        "name": found.name,
        "stage": found.stage.name,
        "owner": found.owner,
        "owner_hidden": found.owner_hidden,
    }


def cluster_view(cluster: Cluster, lang: Language) -> Data:
    """Records alike: the centre, and each member with why."""
    centre = {"customer": cluster.customer, "number": cluster.number, "stage": cluster.stage.name}
    return {**centre, "members": [similar_view(member, lang) for member in cluster.members]}


def conflict_view(conflict: Conflict, zone: tzinfo) -> Data:
    """A conflict: id, stage, the two customers, who opened it and when, the first valid claim, and the decision."""
    stage, first = conflict.stage, conflict.first
    decided = stage if isinstance(stage, Decided) else None
    return {
        "id": conflict.id,
        "stage": stage.name,
        "customer": conflict.customer,
        "other": conflict.other,
        "opened_by": conflict.opened_by,
        "opened_at": show(conflict.opened_at, zone),
        "due": show(stage.due, zone) if isinstance(stage, Open) else None,
        "score": round(conflict.evidence.score, 1),
        "first_claim": {"customer": first.customer, "since": show(first.since, zone)},
        "decided_by": None if decided is None else decided.by,
        "in_favour_of": None if decided is None else decided.in_favour_of,
    }
