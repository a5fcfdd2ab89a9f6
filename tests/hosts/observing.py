"""Plugins as a host may have them: one that is told what is stored, and may veto it."""

from collections.abc import Callable, Sequence

from crmcore import hookimpl
from crmcore.kernel.actors import Actor
from crmcore.kernel.events import Envelope
from crmcore.storage.interface import UnitOfWork


class Vetoed(Exception):
    """The plugin did not let a change pass."""


class Observer:
    """Remembers what it was told after commits, with what it saw then; vetoes where told to."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.seen: list[object] = []
        self.look: Callable[[], object] = lambda: None
        self.vetoes = False

    @hookimpl
    def crmcore_after_commit(self, events: Sequence[Envelope]) -> None:
        """Remember the types of events."""
        self.told += [envelope.type for envelope in events]
        self.seen.append(self.look())

    @hookimpl
    def crmcore_before_commit(self, uow: UnitOfWork, changes: Sequence[Envelope]) -> None:
        """Veto where told to."""
        if self.vetoes:
            raise Vetoed


class Meddler:
    """Something that happens between loading a customer and storing it, each time."""

    def __init__(self) -> None:
        self.happening: Callable[[], object] = lambda: None

    @hookimpl
    def crmcore_authorise(self) -> Callable[..., bool]:
        """Everybody may do anything, after what happens here."""

        def authorise(actor: Actor, *_: object) -> bool:
            self.happening()
            return True

        return authorise


#: One that settings can name.
observer = Observer()
