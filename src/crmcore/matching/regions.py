"""Administrative divisions in names."""


def areas_of(text: str) -> tuple[str, ...]:
    """The codes (GB/T 2260) of the divisions that a region, as written, may mean; empty when it is unknown."""
    return ()
