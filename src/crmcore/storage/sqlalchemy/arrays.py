"""PostgreSQL's statements for many rows of a kind: one array a column, taken apart on the server."""

from functools import cached_property
from typing import TYPE_CHECKING, Final

from crmcore.storage.interface import Scalar

if TYPE_CHECKING:
    from crmcore.storage.sqlalchemy.plans import Plan

ARRAYS: Final[dict[type[Scalar], str]] = {str: "text[]", int: "int8[]", float: "float8[]", bool: "bool[]"}


class Arrays:
    """The statements for many rows of a kind, each made when it is first needed."""

    def __init__(self, plan: "Plan") -> None:
        self._plan = plan
        self._types = [ARRAYS[type_] for type_ in plan.kind.columns.values()]
        self._names = [f"c{number}" for number in range(len(self._types))]

    def _rows(self, types: list[str], names: list[str]) -> str:
        """What the arrays are on the server: rows called n."""
        return f"unnest({', '.join(f'?::{type_}' for type_ in types)}) AS n({', '.join(names)})"

    @cached_property
    def insert(self) -> str:
        """Takes the space, then ids, bodies and columns."""
        plan = self._plan
        rows = self._rows(["text[]", "bytea[]", *self._types], ["id", "body", *self._names])
        names = ", ".join([plan.space, plan.id, plan.version, plan.body, *plan.columns])
        values = ", ".join(["?", "n.id", "1", "n.body", *(f"n.{name}" for name in self._names)])
        return plan.style.render(f"INSERT INTO {plan.table} ({names}) SELECT {values} FROM {rows}{plan.words.skip}")

    @cached_property
    def update(self) -> str:
        """Takes ids, expected versions, bodies and columns, then the space, and the ids once more."""
        plan = self._plan
        rows = self._rows(["text[]", "int8[]", "bytea[]", *self._types], ["id", "expected", "body", *self._names])
        assigned = [f"{plan.version} = t.{plan.version} + 1", f"{plan.body} = n.body"]
        assigned += [f"{column} = n.{name}" for column, name in zip(plan.columns, self._names, strict=True)]
        return plan.style.render(
            f"UPDATE {plan.table} AS t SET {', '.join(assigned)} FROM {rows} WHERE {self._is_current}"
        )

    @cached_property
    def delete(self) -> str:
        """Takes ids and expected versions, then the space, and the ids once more."""
        rows = self._rows(["text[]", "int8[]"], ["id", "expected"])
        return self._plan.style.render(f"DELETE FROM {self._plan.table} AS t USING {rows} WHERE {self._is_current}")

    @property
    def _is_current(self) -> str:
        """Says the ids twice: joined alone, they make PostgreSQL read the whole space while it knows little of it."""
        plan = self._plan
        found = f"t.{plan.space} = ? AND t.{plan.id} = ANY(?::text[])"
        return f"{found} AND t.{plan.id} = n.id AND t.{plan.version} = n.expected"
