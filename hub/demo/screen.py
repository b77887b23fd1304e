"""Where the demo shows itself: live on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hub.demo import words
from hub.demo.ledger import Ledger, Seen
from hub.demo.town import MUNICIPALITY, NAME
from hub.model.finding import Severity
from hub.rules.rule import Language

_COLOURS = {Severity.HEAVY: "red", Severity.LIGHT: "yellow", Severity.INFO: "cyan"}
_REFRESHES_PER_SECOND = 4
_NEWEST_SHOWN, _STAGES_SHOWN = 8, 4
_LINES_ABOVE_NEWEST, _LINES_PER_FINDING = 16, 4
_MEGABYTE = 1 << 20


class Screen(Protocol):
    """What the demo tells while it runs."""

    def say(self, text: str) -> None:
        """Tell that something is done."""
        ...

    def fetching(self, done: int, total: int) -> None:
        """Tell how far a download is, in bytes."""
        ...

    def wait(self, text: str) -> None:
        """Tell what is being waited for, replacing what was told so before."""
        ...

    def show(self, ledger: Ledger) -> None:
        """Show how things stand."""
        ...

    def tell(self, lines: Iterable[str]) -> None:
        """Print lines that stay."""
        ...

    def conclude(self, lines: Iterable[str]) -> None:
        """Print the last lines; nothing is shown after them."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None: ...


def screen_for(language: Language) -> Screen:
    """Return the live view where standard output is a terminal, else plain lines."""
    console = Console()
    return LiveScreen(console, language) if console.is_terminal else PlainScreen(language)


class PlainScreen:
    """One line per event on standard output, for a file or another program."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._started = time.monotonic()
        self._tenth = -1

    def say(self, text: str) -> None:
        """Print the text with the seconds since the start."""
        print(f"[{time.monotonic() - self._started:5.1f} s] {text}", flush=True)

    def fetching(self, done: int, total: int) -> None:
        """Print every tenth of a download."""
        tenth = 10 * done // max(1, total)
        if tenth > self._tenth:
            self._tenth = tenth
            fetching = words.FETCHING.in_language(self._language)
            self.say(f"{fetching}: {done / _MEGABYTE:.0f} / {total / _MEGABYTE:.0f} MB")

    def wait(self, text: str) -> None:
        """Print nothing: who reads a file does not wait."""

    def show(self, ledger: Ledger) -> None:
        """Print nothing: the summary tells it."""

    def tell(self, lines: Iterable[str]) -> None:
        """Print the lines."""
        print("\n".join(lines), flush=True)

    def conclude(self, lines: Iterable[str]) -> None:
        """Print the lines."""
        self.tell(lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        sys.stdout.flush()


class LiveScreen:
    """A view that is drawn anew a few times a second, by whoever tells it something."""

    def __init__(self, console: Console, language: Language) -> None:
        self._console = console
        self._language = language
        self._started = time.monotonic()
        self._stages: list[str] = []
        self._waiting = ""
        self._ledger: Ledger | None = None
        self._live = Live(console=console, auto_refresh=False)
        self._drawn = 0.0

    def say(self, text: str) -> None:
        """Add a line to the stages."""
        self._waiting = ""
        self._stages.append(f"{time.monotonic() - self._started:5.1f} s  {text}")
        self._draw(force=True)

    def fetching(self, done: int, total: int) -> None:
        """Show how far the download is."""
        fetching = words.FETCHING.in_language(self._language)
        share = 100 * done // max(1, total)
        self._waiting = (
            f"{fetching}: {done / _MEGABYTE:.0f} / {total / _MEGABYTE:.0f} MB ({share} %)"
        )
        self._draw()

    def wait(self, text: str) -> None:
        """Show what is being waited for."""
        self._waiting = text
        self._draw()

    def show(self, ledger: Ledger) -> None:
        """Draw this ledger from now on."""
        self._ledger = ledger
        self._draw()

    def tell(self, lines: Iterable[str]) -> None:
        """Print lines above the view, where they stay."""
        for line in lines:
            self._console.print(line, markup=False, highlight=False)

    def conclude(self, lines: Iterable[str]) -> None:
        """Leave the last picture and print the lines below it."""
        self._live.stop()
        self.tell(lines)

    def _draw(self, *, force: bool = False) -> None:
        """Draw anew, not more often than eyes can follow."""
        now = time.monotonic()
        due = force or now - self._drawn >= 1 / _REFRESHES_PER_SECOND
        if due and self._live.is_started:
            self._drawn = now
            self._live.update(self._view(), refresh=True)

    def _view(self) -> Group:
        parts: list[Panel] = [self._header()]
        if self._ledger is not None and self._ledger.findings:
            parts.append(self._counts(self._ledger))
            parts.append(self._newest(list(self._ledger.newest)[-self._fitting :], self._ledger))
        return Group(*parts)

    @property
    def _fitting(self) -> int:
        """Return how many findings of some three lines fit below the rest."""
        left = self._console.height - _LINES_ABOVE_NEWEST
        return min(_NEWEST_SHOWN, max(1, left // _LINES_PER_FINDING))

    def _header(self) -> Panel:
        lines = self._stages[-_STAGES_SHOWN:]
        if self._waiting:
            lines = [*lines, f"     …  {self._waiting}"]
        title = f"{NAME} ({MUNICIPALITY}, {words.FICTIONAL.in_language(self._language)})"
        return Panel(Text("\n".join(lines)), title=title, title_align="left")

    def _counts(self, ledger: Ledger) -> Panel:
        counts = ledger.open_counts
        by_severity: Counter[str] = Counter()
        by_rule: Counter[str] = Counter()
        for (rule, severity), count in counts.items():
            by_severity[severity] += count
            by_rule[rule] += count
        line = Text()
        for severity in reversed(Severity):
            word = words.severity_word(severity, self._language)
            line.append(f"{by_severity[severity.value]} {word}   ", style=_COLOURS[severity])
        rules = "   ".join(f"{rule} {count}" for rule, count in sorted(by_rule.items()))
        read = ", ".join(f"{count} {name}" for name, count in ledger.works_per_source.items())
        speed = words.SPEED.in_language(self._language).format(
            p50=words.seconds_shown(ledger.seconds(0.5)),
            p95=words.seconds_shown(ledger.seconds(0.95)),
            count=ledger.measured,
        )
        line.append(f"\n{rules}\n{words.READ.in_language(self._language)}: {read}\n{speed}")
        return Panel(line, title=words.FINDINGS.in_language(self._language), title_align="left")

    def _newest(self, seen: list[Seen], ledger: Ledger) -> Panel:
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for one in reversed(seen):
            finding = one.finding
            style = _COLOURS[finding.severity] if finding.status.is_open else "green"
            status = words.status_word(finding.status, self._language)
            head = f"{words.title_of(finding.rule, self._language)} ({status})"
            text = Text(head, style=style)
            text.append(f"  {words.explained(finding, ledger, self._language)}", style="default")
            if finding.status.is_open:
                text.append(f" {words.who_acts(finding, ledger, self._language)}", style="dim")
            table.add_row(Text(finding.rule, style=style), text)
        title = words.NEWEST.in_language(self._language)
        return Panel(table, title=title, title_align="left")

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._live.stop()
