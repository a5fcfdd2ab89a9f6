"""Which layer of the kit a test belongs to."""

from crmcore.testing.store.conformance import LAYERS


def layer_of(test: str) -> str:
    """The layer that a test of the kit belongs to."""
    return next(layer for layer, groups in LAYERS.items() if any(hasattr(group, test) for group in groups))
