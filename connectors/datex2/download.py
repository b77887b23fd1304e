"""Fetches a publication to a file: only if it changed, only if it is whole, or not at all.

The file is replaced in one step after everything came and was checked, so a reader never sees half
a download, and what was there stays when a server fails. The validators that the server gave are
kept beside it. "Not modified" is believed only together with the very file it was said of: its size
and the hash of its content are kept with the validators.

The client is urllib3: small, well kept, streams, and says what it does with redirects and retries.
It is asked to retry nothing by itself; the poll of the connector is the retry.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any
from urllib.parse import urlsplit, urlunsplit

from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from connectors.datex2.elements import UnreadableFeedError
from connectors.datex2.snapshots import read_chunks
from hub.errors import ConfigurationError, RetryableError

MAX_REDIRECTS = 3
CHUNK_BYTES = 1 << 16
_HEAD_BYTES = 4_096
_MARKUP = re.compile(rb"\s*(<!doctype\s+html|<html)", re.IGNORECASE)
_VALIDATORS_SUFFIX = ".validators.json"


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of the file that lies here, and what makes sure that it is that file."""

    url: str
    etag: str | None
    last_modified: str | None
    size: int
    sha256: str


def fetch(url: str, path: Path, *, timeout_seconds: float, max_bytes: int) -> bool:
    """Bring the file at `path` up to date and tell whether a new one came.

    :raises RetryableError: if the server cannot give a whole publication now
    :raises ConfigurationError: if it refuses us, or the path cannot be written
    """
    known = _known(url, path)
    pool = PoolManager(
        timeout=Timeout(connect=timeout_seconds, read=timeout_seconds),
        retries=Retry(
            total=MAX_REDIRECTS,
            connect=0,
            read=0,
            status=0,
            other=0,
            respect_retry_after_header=False,
        ),
        headers={"User-Agent": "programme-hub datex2", "Accept-Encoding": "identity"},
    )
    with pool:
        try:
            response = pool.request("GET", url, headers=_conditions(known), preload_content=False)
            with response:
                if response.status == 304 and known is not None:
                    return False
                _refuse_status(url, response)
                _receive(url, path, response, max_bytes)
        except HTTPError as error:
            raise _retry(url, f"no whole answer ({type(error).__name__})") from error
    return True


def shown_address(url: str) -> str:
    """Return an address as it may be told: a query often holds a key, so it is left out."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "…" if parts.query else "", ""))


def validators_file(path: Path) -> Path:
    """Return where the validators of a download are kept."""
    return path.with_name(path.name + _VALIDATORS_SUFFIX)


def _known(url: str, path: Path) -> Validators | None:
    """Return the validators if they belong to this address and to the file as it lies there."""
    try:
        known = Validators(**json.loads(validators_file(path).read_text("utf-8")))
        if known.url == url and known.size == path.stat().st_size and known.sha256 == _hash(path):
            return known
    except (OSError, ValueError, TypeError):
        pass
    return None


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _conditions(known: Validators | None) -> dict[str, str]:
    headers = {}
    if known is not None and known.etag is not None:
        headers["If-None-Match"] = known.etag
    if known is not None and known.last_modified is not None:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def _refuse_status(url: str, response: BaseHTTPResponse) -> None:
    status = response.status
    if status == 200:
        return
    if status in (401, 403):
        raise ConfigurationError(
            f"{shown_address(url)}: came status {status}; expected the publication; this address"
            " wants a right that the connector does not have"
        )
    wait = _wait_seconds(response.headers.get("Retry-After"))
    advice = f"; the server asks to wait {wait} seconds" if wait is not None else ""
    raise _retry(url, f"status {status}{advice}", wait)


def _retry(url: str, came: str, wait_seconds: int | None = None) -> RetryableError:
    return RetryableError(
        f"{shown_address(url)}: came {came}; expected the publication; nothing was sent or"
        " withdrawn, it is tried again",
        retry_after_seconds=wait_seconds,
    )


def _wait_seconds(text: str | None) -> int | None:
    """Return the wait that a server asks for, in seconds or until a moment; None if none."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return int(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(0, int((moment - datetime.now(UTC)).total_seconds()))


def _receive(url: str, path: Path, response: BaseHTTPResponse, max_bytes: int) -> None:
    """Store the body and its validators, each in one step, the validators last."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as stream:
            kept = Path(stream.name)
            try:
                size, digest = _copy(url, response, stream, max_bytes)
                stream.flush()
                os.fsync(stream.fileno())
                _refuse_other_content(url, kept)
                validators_file(path).unlink(missing_ok=True)
                kept.replace(path)
            finally:
                kept.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"path {path}: came {error.strerror or error}; expected a place to keep the download; "
            "correct path or the rights on it"
        ) from error
    etag, modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
    _store(path, Validators(url, etag, modified, size, digest))


def _copy(url: str, response: BaseHTTPResponse, stream: IO[Any], max_bytes: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    for chunk in _body(response):
        size += len(chunk)
        if size > max_bytes:
            raise ConfigurationError(
                f"{shown_address(url)}: came more than {max_bytes >> 20} MiB; expected less; raise "
                "max_download_mb if that is right"
            )
        digest.update(chunk)
        stream.write(chunk)
    if size == 0:
        raise _retry(url, "an empty answer")
    return size, digest.hexdigest()


def _body(response: BaseHTTPResponse) -> Iterator[bytes]:
    """Yield the body as sent; urllib3 raises when less comes than Content-Length says."""
    yield from response.stream(CHUNK_BYTES, decode_content=False)


def _refuse_other_content(url: str, path: Path) -> None:
    """Refuse a page in place of data, and a packed file that does not unpack to its end."""
    head = b""
    try:
        for chunk in read_chunks(path):
            if len(head) < _HEAD_BYTES:
                head += chunk[:_HEAD_BYTES]
    except UnreadableFeedError as error:
        raise _retry(url, error.came) from None
    if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        raise _retry(url, "a page of HTML with status 200")


def _store(path: Path, validators: Validators) -> None:
    target = validators_file(path)
    with NamedTemporaryFile(
        "w", dir=path.parent, prefix=f".{path.name}.", delete=False, encoding="utf-8"
    ) as stream:
        json.dump(asdict(validators), stream)
    Path(stream.name).replace(target)
