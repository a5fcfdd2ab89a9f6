"""The file an import reads: a path or a stream, what kind of file it is, and what tells it from all others."""

import codecs
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Final, Literal

from attrs import field, frozen

from crmcore.errors import Fault, Invalid

#: A path, or a binary stream that can be rewound, as web frameworks hand out for an upload.
Given = str | Path | BinaryIO

#: In the order they are tried: what spreadsheets outside China write, then what those in China do.
ENCODINGS: Final = ("utf-8-sig", "gb18030")
CHUNK: Final = 1 << 20

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@frozen
class Source:
    """An open file: a stream at its beginning, the name messages call it by, its size, and a digest of its bytes.

    ``encoding`` is None for a workbook.
    """

    stream: BinaryIO = field(repr=False)
    name: str
    size: int
    digest: str
    kind: Literal["csv", "xlsx"]
    encoding: str | None


@contextmanager
def opened(given: Given) -> Generator[Source]:
    """A file made ready for reading; it is read through once, a piece at a time, to find out what it is.

    :raises Invalid: it is neither CSV in UTF-8 or GB18030 nor an XLSX workbook, or it cannot be read.
    """
    if not isinstance(given, str | Path):
        yield _examined(given, Path(str(getattr(given, "name", ""))).name or "(file)")
        return
    path = Path(given)
    try:
        stream = path.open("rb")
    except OSError as error:
        raise Invalid([Fault(path.name, "not-allowed", f"a file that can be read ({error.strerror})")]) from None
    with stream:
        yield _examined(stream, path.name)


def _examined(stream: BinaryIO, name: str) -> Source:
    """What kind of file it is, by its content: a name's ending is anybody's guess."""
    stream.seek(0)
    digest, size = blake2b(digest_size=12), 0
    decoders = {encoding: codecs.getincrementaldecoder(encoding)() for encoding in ENCODINGS}
    start = b""
    while piece := stream.read(CHUNK):
        start = start or piece[:8]
        digest.update(piece)
        size += len(piece)
        _feed(decoders, piece)
    _feed(decoders, b"", final=True)
    stream.seek(0)
    if start.startswith(_ZIP):
        return Source(stream, name, size, digest.hexdigest(), "xlsx", None)
    if start.startswith(_OLE):
        raise Invalid([Fault(name, "not-allowed", "an XLSX workbook without a password; save it as XLSX or CSV")])
    if not decoders:
        raise Invalid([Fault(name, "bad-encoding", "a CSV file in UTF-8 or GB18030")])
    return Source(stream, name, size, digest.hexdigest(), "csv", next(iter(decoders)))


def _feed(decoders: "dict[str, codecs.IncrementalDecoder]", piece: bytes, *, final: bool = False) -> None:
    """Give a piece to each decoder, and drop those that cannot read it."""
    for encoding, decoder in tuple(decoders.items()):
        try:
            decoder.decode(piece, final)
        except UnicodeDecodeError:
            del decoders[encoding]
