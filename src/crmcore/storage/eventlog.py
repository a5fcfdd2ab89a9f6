"""The event log as envelopes: typed events in, typed events out, their personal part kept apart.

An event's body covers its personal values only by reference and salted hash, so they can be erased while the log
stays as it is. What erases them is itself an event, whose body says under ``sealed`` which of the values before it are
gone, and by which hash what is left of others is known from then on.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from attrs import frozen

from crmcore.errors import Unreadable
from crmcore.kernel.codec import Data, StoredConverter, canonical, from_bytes
from crmcore.kernel.events import Envelope, EventTypes, UnknownEvent
from crmcore.kernel.personal import fill, needed_of, put_back, rewritten
from crmcore.kernel.quick import maker
from crmcore.kernel.writer import quote, writer_of
from crmcore.storage.interface import Event, NewEvent, Record, UnitOfWork, Write
from crmcore.storage.repository import PERSONAL, personal_of, personal_write

#: Events read at once where a whole history is wanted.
PAGE = 1000

#: By reference, the hash of personal values as they are from now on; None where they are gone.
Seals = Mapping[str, str | None]
NO_SEALS: Seals = {}


@frozen
class Positioned:
    """An envelope with its place in the event order of the space."""

    position: int
    envelope: Envelope


_make_event = maker(NewEvent)


class EventLog:
    """Reads and writes the events of one set of types."""

    def __init__(self, types: EventTypes, converter: StoredConverter) -> None:
        self._types = types
        self._writers = {cls: writer_of(cls, converter) for cls in types.classes.values()}
        self._needed = {cls: needed_of(cls) for cls in types.classes.values()}
        self._load = {cls: converter.get_structure_hook(cls) for cls in types.classes.values()}

    def append(self, uow: UnitOfWork, envelopes: Sequence[Envelope], sealed: Seals = NO_SEALS) -> None:
        """Add events to the log, in this order, and their personal values beside it; ``sealed`` as in ``entries``."""
        fresh, vault = self.entries(envelopes, sealed)
        uow.append(fresh)
        if vault:
            uow.write(vault)

    def entries(self, envelopes: Sequence[Envelope], sealed: Seals = NO_SEALS) -> tuple[list[NewEvent], list[Write]]:
        """What appending events adds to the log, and what it writes beside it.

        :param sealed: what the last of the events has made of personal values before it (``rewrite``).
        """
        fresh: list[NewEvent] = []
        vault: list[Write] = []
        for envelope in envelopes:
            event = envelope.event
            writer, kept = self._writers[type(event)], ""
            personal = writer.personal(event)
            if personal:
                ref, salt = f"event/{envelope.stream}/{envelope.number}", secrets.token_hex(8)
                kept = f',"personal":{{"ref":{quote(ref)},"hash":"{_digest(personal, salt)}"}}'
                vault.append(personal_write(ref, envelope.stream, 0, personal, salt))
            if sealed and envelope is envelopes[-1]:
                kept = f'{kept},"sealed":{canonical(sealed)}'
            head = f'{{"n":{envelope.number},"v":{event.schema},"by":{quote(envelope.by)}'
            body = f'{head},"policy":{quote(envelope.policy)}{kept},"data":{writer.plain(event)}}}'
            fresh.append(_make_event(envelope.stream, event.type, body.encode()))
        return fresh, vault

    def read(self, uow: UnitOfWork, after: int = 0, limit: int = PAGE, stream: str | None = None) -> list[Positioned]:
        """Events after a position, ascending; of one stream if named."""
        rows = [(row, _parsed(row)) for row in uow.read_events(after, limit, stream)]
        refs = [body["personal"]["ref"] for _, body in rows if "personal" in body]
        vault = {record.id: record for record in uow.get(PERSONAL.name, refs)} if refs else {}
        return [Positioned(row.position, self._envelope(row, body, vault)) for row, body in rows]

    def history(self, uow: UnitOfWork, stream: str) -> list[Envelope]:
        """All events of a stream, oldest first."""
        envelopes: list[Envelope] = []
        after = 0
        while page := self.read(uow, after, PAGE, stream):
            envelopes += [row.envelope for row in page]
            after = page[-1].position
            if len(page) < PAGE:
                break
        return envelopes

    def rewrite(
        self, uow: UnitOfWork, stream: str, change: Callable[[Any], Any], text: Callable[[str], str], *, gone: bool
    ) -> dict[str, str | None]:
        """Take out of the personal values of a stream what nobody may know any more; what has been made of them.

        :param change: makes of an event the same without that; ``text`` does so with a text, for events whose classes
            are not those they were stored by.
        :param gone: everything personal goes, whatever it is.
        :raises Conflict: somebody else changes the same values.
        """
        writes, sealed, after = list[Write](), dict[str, str | None](), 0
        while rows := uow.read_events(after, PAGE, stream):
            after = rows[-1].position
            bodies = {body["personal"]["ref"]: (row, body) for row in rows if "personal" in (body := _parsed(row))}
            for record in uow.get(PERSONAL.name, list(bodies)):
                if gone:
                    writes.append(Write(PERSONAL.name, record.id, record.version, None))
                    sealed[record.id] = None
                    continue
                row, body = bodies[record.id]
                before = personal_of(record)
                left = self._left(row, body, record, change, text)
                if left != canonical(before):
                    salt = secrets.token_hex(8)
                    writes.append(personal_write(record.id, stream, record.version, left, salt))
                    sealed[record.id] = _digest(left, salt)
        uow.write(writes)
        return sealed

    def _left(
        self, row: Event, body: Data, record: Record, change: Callable[[Any], Any], text: Callable[[str], str]
    ) -> str:
        """What is left of the personal values of one event, as canonical text."""
        cls = self._types.classes.get(row.type)
        if cls is None or body["v"] != cls.schema:
            return canonical(rewritten(personal_of(record), text))
        return self._writers[cls].personal(change(self._envelope(row, body, {record.id: record}).event)) or "{}"

    def intact(self, uow: UnitOfWork, stream: str) -> bool:
        """Whether what is kept of persons beside a stream is what was recorded.

        What has been erased is: an event in the stream says so. What is gone without one is not.
        """
        kept, after = dict[str, str | None](), 0
        while rows := uow.read_events(after, PAGE, stream):
            for body in map(_parsed, rows):
                kept.update(body.get("sealed", NO_SEALS))
                if "personal" in body:
                    kept[body["personal"]["ref"]] = body["personal"]["hash"]
            after = rows[-1].position
        refs = list(kept)
        pages = (refs[start : start + PAGE] for start in range(0, len(refs), PAGE))
        found = {record.id: digest_of(record) for page in pages for record in uow.get(PERSONAL.name, page)}
        return kept == {ref: found.get(ref) for ref in refs}

    def _envelope(self, row: Event, body: Data, vault: dict[str, Any]) -> Envelope:
        try:
            whole, record = body["data"], None
            if "personal" in body:
                record = vault.get(body["personal"]["ref"])
                put_back(whole, personal_of(record))
            cls, data = self._types.lift(row.type, body["v"], whole)
            if record is None and "personal" in body and cls is not None:
                fill(self._needed[cls], data)
            if cls is None:
                event: Any = UnknownEvent(datetime.fromisoformat(data["at"]), row.type, body["v"], data)
            else:
                event = self._load[cls](data, cls)
            return Envelope(row.stream, body["n"], body["by"], body["policy"], event)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unreadable("event", str(row.position), type(error).__name__) from None


def _parsed(row: Event) -> Data:
    try:
        body = from_bytes(row.body)
    except ValueError:
        raise Unreadable("event", str(row.position), "not JSON") from None
    if not isinstance(body, dict):
        raise Unreadable("event", str(row.position), "not an object")
    return body


def digest_of(record: Record) -> str:
    """The digest of personal values as they are kept now."""
    body = from_bytes(record.body)
    return personal_digest(body["values"], body["salt"])


def personal_digest(values: Data, salt: str) -> str:
    """What the log keeps of personal values: a salted hash, which says nothing once the salt is gone."""
    return _digest(canonical(values), salt)


def _digest(text: str, salt: str) -> str:
    """The same, of values in their canonical form."""
    return sha256(f"{salt}{text}".encode()).hexdigest()
