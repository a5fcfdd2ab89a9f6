"""What the errors of ZODB and of the disk mean. None of them leaves this package."""

import errno
import pickle
import struct
from collections.abc import Generator
from contextlib import contextmanager

from crmcore.errors import CrmError, OutcomeUnknown, StorageFull, Transient, Unavailable
from crmcore_zodb.untyped import ConflictError, LockError, POSError

#: The disk, a quota, or a limit on the size of files.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

#: What ZODB raises over a file that is damaged, closed, or no database at all.
DAMAGE = (POSError, pickle.PickleError, struct.error, EOFError, ValueError)


@contextmanager
def translated(where: str, *, committing: bool = False) -> Generator[None]:
    """Raise crmcore's errors instead of ZODB's; a disk that fails while committing leaves open what is stored."""
    try:
        yield
    except CrmError:
        raise
    except ConflictError as error:
        raise Transient("another unit of work was faster") from error
    except LockError as error:
        raise Unavailable(where, "somebody else has it open: another process, or another store in this one") from error
    except DAMAGE as error:
        raise Unavailable(where, f"ZODB reports {type(error).__name__}") from error
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull(where, "no room is left on the disk") from error
        if committing:
            raise OutcomeUnknown(where) from error
        raise Unavailable(where, error.strerror or "the file cannot be read or written") from error
