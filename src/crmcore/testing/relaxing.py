"""What a class that takes over a kit may leave out of it, and that it says why."""

from collections.abc import Iterable


def check_relaxed(cls: type, kit: type, tests: Iterable[str], relaxed: dict[str, str]) -> None:
    """Nothing, if a class gives a reason for each test of the kit that it overrides, and for nothing else.

    :raises TypeError: it does not; the text names the tests.
    """
    overridden = {name for name in tests if getattr(cls, name, None) is not getattr(kit, name)}
    reasoned = {name for name, reason in relaxed.items() if reason.strip()}
    if unreasoned := sorted(overridden - reasoned):
        msg = f"{cls.__name__} overrides {', '.join(unreasoned)}: say why in relaxed = {{name: reason}}"
        raise TypeError(msg)
    if idle := sorted(set(relaxed) - overridden):
        msg = f"{cls.__name__}.relaxed names {', '.join(idle)}, which it does not override"
        raise TypeError(msg)
