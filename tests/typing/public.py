"""What type checkers must make of the public interface. Never run: mypy and pyright read it.

Each function is one claim; a wrong type in it fails the type check. Where an error is wanted, an ``ignore`` with its
code stands on the line, and the checkers report ignores that are not needed.
"""

from typing import assert_type

from crmcore.errors import CrmError, Fault, Invalid, NotFound, Refused


def errors_share_a_root(invalid: Invalid, missing: NotFound, refused: Refused) -> tuple[CrmError, CrmError, CrmError]:
    """``except CrmError`` is enough for a host."""
    return invalid, missing, refused


def errors_fit_builtin_parents(invalid: Invalid, missing: NotFound) -> tuple[ValueError, LookupError]:
    """Hosts that know nothing of crmcore catch the usual errors."""
    return invalid, missing


def errors_carry_facts(invalid: Invalid, missing: NotFound) -> None:
    """The facts of an error have types of their own."""
    assert_type(invalid.faults, tuple[Fault, ...])
    assert_type(missing.id, str)


def messages_come_in_two_languages(refused: Refused) -> None:
    """A message is text in one of two languages."""
    assert_type(refused.message(), str)
    assert_type(refused.message("zh"), str)
    refused.message("fr")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
