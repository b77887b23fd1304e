"""The bytes of a snapshot on disk: plain or packed, a file or the newest one of a folder."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from connectors.datex2.elements import SituationParser, UnreadableFeedError
from hub.errors import Refusal, RejectedRecordError, RejectReason, RetryableError

CHUNK_BYTES = 1 << 16
_HEAD_BYTES = 1 << 16
_GZIP_MAGIC = b"\x1f\x8b"


def read_chunks(path: Path) -> Iterator[bytes]:
    """Yield the XML of a file, unpacked where it is packed, whatever its name says.

    :raises UnreadableFeedError: if a packed file is broken or cut short
    :raises RetryableError: if it cannot be opened now
    """
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == _GZIP_MAGIC
            stream.seek(0)
            plain = cast(BinaryIO, gzip.GzipFile(fileobj=stream)) if packed else stream
            while chunk := plain.read(CHUNK_BYTES):
                yield chunk
    except EOFError:
        raise UnreadableFeedError("a gzip file that is cut short", "a whole one") from None
    except (gzip.BadGzipFile, zlib.error):
        raise UnreadableFeedError("a broken gzip file", "a whole one") from None
    except OSError as error:
        raise RetryableError(
            f"{path}: came {error.strerror or error}; expected a file that can be read; check the "
            "path and the rights on it"
        ) from error


def snapshot_in(path: Path) -> Path:
    """Return the file to read: the path itself, or the snapshot of a folder that was made last.

    Snapshots are compared by the publication time in them, not by when they were copied.

    :raises RetryableError: if a folder holds none now
    """
    if not path.is_dir():
        return path
    files = sorted(item for item in path.iterdir() if item.name.endswith((".xml", ".xml.gz")))
    dated = [(publication_time(item), item.name, item) for item in files]
    readable = [item for item in dated if item[0]]
    if not readable:
        raise RetryableError(
            f"{path}: came a folder with {len(files)} .xml or .xml.gz files and no DATEX II "
            "snapshot among them; expected at least one; put it there"
        )
    return max(readable)[2]


def publication_time(path: Path) -> str:
    """Return when a snapshot was made, as written; empty when its beginning does not say."""
    parser = SituationParser()
    try:
        for _ in parser.situations(_head(path)):
            break
    except (UnreadableFeedError, RetryableError):
        pass
    return parser.publication.publication_time


def _head(path: Path) -> Iterator[bytes]:
    read = 0
    for chunk in read_chunks(path):
        yield chunk
        read += len(chunk)
        if read >= _HEAD_BYTES:
            return


def unreadable(error: UnreadableFeedError, path: Path) -> RejectedRecordError:
    """Return the refusal of a whole snapshot."""
    return RejectedRecordError(
        Refusal("", error.came, error.expected, str(path), RejectReason.UNREADABLE)
    )
