"""Pages by key: what lies between two bounds and beyond the last record seen, as one range."""

from crmcore.storage.interface import Query, Scalar

#: (lo, hi, the rest of ``after``): what still has to be said of a query.
Bounds = tuple[Scalar | None, Scalar | None, tuple[Scalar, ...] | None]


def narrowed(query: Query, after: tuple[Scalar, ...]) -> Bounds | None:
    """(lo, hi, rest of after) with at most one bound on each side; None if nothing lies beyond ``after``.

    A database seeks by one bound only. Were both ``lo`` and ``after`` given, each page would start over from ``lo``.
    """
    fixed, lo, hi = len(query.eq), query.lo, query.hi
    if after[:fixed] != query.eq:
        is_ahead = after[:fixed] > query.eq if query.desc else after[:fixed] < query.eq
        return (lo, hi, None) if is_ahead else None
    rest = after[fixed:]
    bound = hi if query.desc else lo
    if bound is None:
        return lo, hi, rest
    is_ahead = rest[0] >= bound if query.desc else rest[0] < bound  # type: ignore[operator]
    if is_ahead:
        return lo, hi, None
    return (lo, None, rest) if query.desc else (None, hi, rest)
