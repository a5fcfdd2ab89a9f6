"""Everything taken from ZODB, which carries no types: the only module that imports it."""

from typing import TYPE_CHECKING, Any

import BTrees.OOBTree  # type: ignore[import-untyped]
import ZODB.FileStorage  # type: ignore[import-untyped]
import ZODB.POSException  # type: ignore[import-untyped]
from transaction import TransactionManager  # type: ignore[import-untyped]
from zc.lockfile import LockError  # type: ignore[import-untyped]

if TYPE_CHECKING:

    class Persistent:
        """An object with a place of its own in the database; setting an attribute marks it as changed."""

        #: The connection it was read through; None while it is new.
        _p_jar: Any

        def _p_deactivate(self) -> None: ...
else:
    from persistent import Persistent

__all__ = [
    "ConflictError",
    "Database",
    "FileStorage",
    "LockError",
    "Mapping",
    "POSError",
    "Persistent",
    "Set",
    "TransactionManager",
]

#: Sorted by key, in buckets of a few dozen entries.
Mapping: Any = BTrees.OOBTree.OOBTree
Set: Any = BTrees.OOBTree.OOTreeSet

Database: Any = ZODB.DB
FileStorage: Any = ZODB.FileStorage.FileStorage
POSError: type[Exception] = ZODB.POSException.POSError
ConflictError: type[Exception] = ZODB.POSException.ConflictError
