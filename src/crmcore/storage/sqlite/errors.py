"""What each error of the driver means in terms of crmcore. No ``sqlite3.Error`` leaves this package."""

import sqlite3

from crmcore.errors import CrmError, Fault, Invalid, OutcomeUnknown, StorageFull, TimedOut, Transient, Unavailable

#: Everything the driver raises, wherever it is called. The last two come from binding a value it cannot store.
DRIVER_ERRORS = (sqlite3.Error, sqlite3.Warning, OverflowError, UnicodeEncodeError)

#: By primary result code: the unit has waited as long as ``timeout`` lets it.
TIMED_OUT = {sqlite3.SQLITE_BUSY: "another writer held the database for too long"}

#: By primary result code: somebody or something was in the way; the same unit may pass when run again.
TRANSIENT = {
    sqlite3.SQLITE_ABORT: "SQLite aborted the transaction",
    sqlite3.SQLITE_INTERRUPT: "SQLite was interrupted",
    sqlite3.SQLITE_LOCKED: "another statement held the table",
    sqlite3.SQLITE_PROTOCOL: "SQLite could not agree on locks",
    sqlite3.SQLITE_SCHEMA: "the tables were changed meanwhile",
}

#: By primary result code: what to tell the operator. Other codes give SQLite's own text, which holds no values.
UNAVAILABLE = {
    sqlite3.SQLITE_AUTH: "access was denied",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened or made",
    sqlite3.SQLITE_CONSTRAINT: "a constraint or trigger that is not crmcore's refused the change",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; check it with PRAGMA integrity_check",
    sqlite3.SQLITE_IOERR: "the disk failed",
    sqlite3.SQLITE_NOTADB: "not a database: the file has another format, or is encrypted",
    sqlite3.SQLITE_PERM: "access was denied",
    sqlite3.SQLITE_READONLY: "the file or its folder is read-only",
}

#: By extended result code: a quota or a limit on file size shows as a failed write, not as a full disk.
FULL = {
    sqlite3.SQLITE_FULL: "no room is left on the disk, or max_pages is reached",
    sqlite3.SQLITE_IOERR_WRITE: "the disk refused a write: a quota, a limit on file size, or a failing disk",
    sqlite3.SQLITE_IOERR_SHMSIZE: "no room is left for the index of the write-ahead log",
}

#: A clash on the primary key: somebody else inserted first.
PRIMARY_KEY = (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID)


def translated(error: Exception, where: str, *, committing: bool = False) -> CrmError:
    """What a driver error means; at COMMIT, a failing disk leaves open whether the change was stored."""
    if isinstance(error, (OverflowError, UnicodeEncodeError)):
        return _unstorable(error)
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return _without_code(error, where)
    if committing and code & 0xFF == sqlite3.SQLITE_IOERR and code not in FULL:
        return OutcomeUnknown(where)
    return _by_code(code, where, str(error))


def _by_code(code: int, where: str, text: str) -> CrmError:
    """The meaning of a result code: of the extended one where that says more, else of the primary one."""
    primary = code & 0xFF
    if code in FULL:
        return StorageFull(where, FULL[code])
    if code in PRIMARY_KEY:
        return Transient("somebody else inserted the same key first")
    if primary in TIMED_OUT:
        return TimedOut(TIMED_OUT[primary])
    if primary in TRANSIENT:
        return Transient(TRANSIENT[primary])
    return Unavailable(where, UNAVAILABLE.get(primary, text))


def _unstorable(error: Exception) -> Invalid:
    if isinstance(error, OverflowError):
        return Invalid([Fault("storage.value", "out-of-range", "integers of at most 64 bits, bodies below 2 GB")])
    return Invalid([Fault("storage.value", "bad-character", "text without lone surrogates")])


def _without_code(error: Exception, where: str) -> CrmError:
    """The driver's own complaints, which have no result code of SQLite's."""
    if "binding parameter" in str(error):
        return Invalid([Fault("storage.value", "wrong-type", "str, int, float, bool, None, and bytes as the body")])
    return Unavailable(where, str(error))
