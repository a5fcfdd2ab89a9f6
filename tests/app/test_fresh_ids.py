"""Fresh ids."""

from uuid import UUID

from crmcore.app.ids import new_id, sequential
from crmcore.kernel.ids import is_id


def test_fresh_ids_are_uuids_of_version_7():
    """A fresh id is a UUIDv7 in its usual writing, and a valid id."""
    fresh = new_id()

    assert UUID(fresh).version == 7
    assert str(UUID(fresh)) == fresh
    assert is_id(fresh)


def test_fresh_ids_differ_and_keep_their_order():
    """Ids made one after the other differ and sort in that order."""
    made = [new_id() for _ in range(1000)]

    assert sorted(set(made)) == made


def test_sequential_ids_are_predictable():
    """Each maker counts for itself, from 1."""
    first, second = sequential("C"), sequential("E")

    assert ["C1", "C2", "E1", "C3"] == [first(), first(), second(), first()]
