"""Delimited text files (CSV) as people make them: encoding and separator are found, not assumed."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from hub.errors import Refusal, RejectedRecordError, RejectReason, RetryableError, quoted

MAX_CELL_CHARACTERS = 16 * 1024 * 1024
MAX_RECORD_CHARACTERS = 32 * 1024 * 1024
MAX_COLUMNS = 16_384
"""As many as a spreadsheet has; more come from a file of another kind or one made to do harm."""
MAX_SEPARATORS = 1_000_000
"""In the lines of one record, those within quotes too: an outline in WKT has one per position."""
SNIFFED_CHARACTERS = 64 * 1024
SNIFFED_LINES = 50
DELIMITERS = (";", ",", "\t", "|")
EXPECTED_FILE = "a text file with one row per line and columns separated by ; , | or tabs"

_CHUNK_BYTES = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_KINDS = (
    (b"PK\x03\x04", "a zip or spreadsheet file"),
    (b"\xd0\xcf\x11\xe0", "an old binary office file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"<", "an HTML or XML page"),
    (b"{", "JSON"),
    (b"[", "JSON"),
)

csv.field_size_limit(MAX_CELL_CHARACTERS)  # the default is smaller than one long outline in WKT


@dataclass(frozen=True, slots=True)
class Line:
    """One record of the file: the line it begins on, and its cells; or why it is none."""

    number: int
    cells: tuple[str, ...] = ()
    problem: str = ""


def file_problem(path: Path) -> Refusal | None:
    """Return why a file cannot hold anything, or None when it has content.

    :raises RetryableError: if it cannot be opened now
    """
    try:
        if path.stat().st_size == 0:
            return Refusal("", "an empty file", "a file with content", str(path), _UNREADABLE)
    except OSError as error:
        raise cannot_open(path, error) from error
    return None


def cannot_open(path: Path, error: OSError) -> RetryableError:
    """Return the error of a file that may be there later: a share away, a copy under way."""
    return RetryableError(
        f"{path}: came {error.strerror or error}; expected a file that can be read; check the path "
        "and the rights on it"
    )


_UNREADABLE = RejectReason.UNREADABLE


def read_lines(
    path: Path, *, delimiter: str | None = None, encoding: str | None = None
) -> Iterator[Line]:
    """Yield the records of a delimited file, lazily, blank ones left out.

    :raises RejectedRecordError: if it is a file of another kind, or breaks off half way
    :raises RetryableError: if it cannot be opened now
    """
    problem = file_problem(path)
    if problem is not None:
        raise RejectedRecordError(problem)
    encoding = encoding or sniffed_encoding(path)
    delimiter = delimiter or sniffed_delimiter(path, encoding)
    try:
        with path.open(encoding=encoding, newline="") as stream:
            yield from _records(_BoundedLines(stream, path, delimiter), delimiter, path)
    except OSError as error:
        raise cannot_open(path, error) from error
    except UnicodeError as error:
        raise _unreadable(path, f"bytes that are not {encoding} ({_reason(error)})") from error


class _BoundedLines:
    """The lines of a file, as long as one record does not take more than a record may.

    A file without line ends, or with a quote that never closes, would be one record.
    """

    def __init__(self, stream: TextIO, path: Path, delimiter: str) -> None:
        self._stream = stream
        self._path = path
        self._delimiter = delimiter
        self._left = MAX_RECORD_CHARACTERS
        self._separators = 0

    def begin_record(self) -> None:
        """Count anew."""
        self._left = MAX_RECORD_CHARACTERS
        self._separators = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(self._left + 1)
        if not line:
            raise StopIteration
        self._left -= len(line)
        if self._left < 0:
            raise _too_large(
                self._path,
                f"a row of more than {MAX_RECORD_CHARACTERS >> 20} million characters",
                "rows of usual length; is it a list, and does every quote close?",
            )
        self._separators += line.count(self._delimiter)
        if self._separators > MAX_SEPARATORS:
            raise _too_many_columns(self._path, self._separators)
        return line


def _too_many_columns(path: Path, count: int) -> RejectedRecordError:
    """Return the refusal of a file with rows that are wider than any list."""
    return _too_large(path, f"a row of {count} columns", f"at most {MAX_COLUMNS}")


def _records(lines: _BoundedLines, delimiter: str, path: Path) -> Iterator[Line]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        lines.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                raise _unreadable(
                    path,
                    f"a quote that opens in the row of line {number} and never closes",
                ) from error
            yield Line(number, problem=str(error))
            continue
        if len(cells) > MAX_COLUMNS:
            raise _too_many_columns(path, len(cells))
        if any(cell.strip() for cell in cells):
            yield Line(number, tuple(cells))


def sniffed_encoding(path: Path) -> str:
    """Return utf-8-sig, utf-16, utf-8 or cp1252, whichever the whole file can be.

    :raises RejectedRecordError: if it is no text
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(_CHUNK_BYTES)
            for bom, encoding in _BOMS:
                if start.startswith(bom):
                    return encoding
            _refuse_other_kinds(start, path)
            decoder = codecs.getincrementaldecoder("utf-8")()
            chunk = start
            while chunk:
                decoder.decode(chunk)
                chunk = stream.read(_CHUNK_BYTES)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"  # what Dutch office programs write without asking
    except OSError as error:
        raise cannot_open(path, error) from error
    return "utf-8"


def _refuse_other_kinds(start: bytes, path: Path) -> None:
    for signature, name in _OTHER_KINDS:
        if start.lstrip()[: len(signature)] == signature:
            raise _unreadable(path, name)
    if b"\0" in start[:4096]:
        raise _unreadable(path, "a binary file")


def sniffed_delimiter(path: Path, encoding: str) -> str:
    """Return the separator that cuts the first lines into the steadiest number of columns."""
    try:
        with path.open(encoding=encoding, newline="") as stream:
            sample = stream.read(SNIFFED_CHARACTERS).splitlines()[:SNIFFED_LINES]
    except UnicodeError as error:
        raise _unreadable(path, f"bytes that are not {encoding} ({_reason(error)})") from error
    best, best_score = DELIMITERS[0], (0.0, 0)
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter) if any(row))
        width, count = max(
            ((w, n) for w, n in widths.items() if w > 1), key=lambda item: item[1], default=(1, 0)
        )
        score = (count / max(1, sum(widths.values())), width)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _too_large(path: Path, came: str, expected: str) -> RejectedRecordError:
    return RejectedRecordError(Refusal("", came, expected, str(path), RejectReason.TOO_LARGE))


def _unreadable(path: Path, came: str) -> RejectedRecordError:
    return RejectedRecordError(Refusal("", came, EXPECTED_FILE, str(path), _UNREADABLE))


def _reason(error: UnicodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"byte {quoted(error.object[error.start])} in its place {error.start}"
    return str(error)[:80]
