"""Two runs held side by side: each finding that differs, with what in the conditions explains it.

A run is read from its report, so that runs of two versions of the hub can be compared, each made by
its own version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hub.errors import ConfigurationError, quoted
from hub.model.finding import Status
from hub.replay.report import FORMAT, moment_text
from hub.rules import installed
from hub.rules.rule import Language

Report = Mapping[str, Any]
COMPARED = ("severity", "certainty", "status", "must_act", "evidence", "moves", "savings")
_OPEN = frozenset(status.value for status in Status if status.is_open)


@dataclass(frozen=True, slots=True)
class Difference:
    """One finding that the runs do not agree on.

    `side` is "first", "second" or "both" where it is open; `fields` what differs, before and after;
    `explained` says what in the conditions or the history accounts for it.
    """

    id: str
    side: str
    fields: tuple[tuple[str, Any, Any], ...]
    explained: tuple[str, ...]


def checked(value: Any, *, file: str) -> Report:
    """Return a value as a report.

    :raises ConfigurationError: if it is none
    """
    if (
        not isinstance(value, dict)
        or value.get("format") != FORMAT
        or not isinstance(value.get("findings"), list)
    ):
        came = value.get("format") if isinstance(value, dict) else value
        raise ConfigurationError(
            f"{file}: came {quoted(came)}; expected a report of format {FORMAT}; make one with "
            "'hub replay --format json'"
        )
    return value


def compare(first: Report, second: Report) -> list[Difference]:
    """Return the findings that are open in one run and not in the other, or differ in content."""
    one, two = ({item["id"]: item for item in run["findings"]} for run in (first, second))
    found = []
    for key in sorted(one.keys() | two.keys()):
        before, after = one.get(key), two.get(key)
        was, now = _is_open(before), _is_open(after)
        if not was and not now:
            continue
        fields = _fields(before, after) if was and now else ()
        if was and now and not fields:
            continue
        side = "both" if was and now else "first" if was else "second"
        runs = _Runs(first, second, before, after)
        found.append(Difference(key, side, fields, tuple(runs.explained(fields))))
    return found


def _is_open(item: Mapping[str, Any] | None) -> bool:
    return item is not None and item["status"] in _OPEN


def _fields(before: Any, after: Any) -> tuple[tuple[str, Any, Any], ...]:
    return tuple(
        (name, before.get(name), after.get(name))
        for name in COMPARED
        if _lasting(name, before.get(name)) != _lasting(name, after.get(name))
    )


def _lasting(name: str, value: Any) -> Any:
    """Return a value without evidence that moves with every day."""
    if name != "evidence":
        return value
    return [item for item in value or () if not item.get("volatile")]


@dataclass(frozen=True, slots=True)
class _Runs:
    """Both runs, and what each says of one finding."""

    first: Report
    second: Report
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    def explained(self, fields: tuple[tuple[str, Any, Any], ...]) -> Iterator[str]:
        """Yield what accounts for the difference: rule, policy, day, and what happened."""
        known = self.before or self.after
        assert known is not None
        reasons = [*self._rule(known["rule"]), *self._policy(known), *self._day()]
        yield from reasons
        moments = list(self._moments())
        yield from moments
        if not reasons and not moments:
            same = self.first["source"] == self.second["source"]
            yield (
                "the same rules, policy and day; the code that concludes differs"
                if same
                else "the histories differ"
            )

    def _rule(self, rule: str) -> Iterator[str]:
        one, two = self.first["rules"].get(rule), self.second["rules"].get(rule)
        if one is None or two is None:
            yield f"rule {rule} does not speak in the {'first' if one is None else 'second'} run"
        elif one != two:
            yield f"rule {rule} is version {one} in the first run and {two} in the second"

    def _policy(self, known: Mapping[str, Any]) -> Iterator[str]:
        """Yield the thresholds that the rule uses and that differ."""
        rule = installed().get(known["rule"])
        place = known.get("municipality") or "*"
        one, two = (
            run["thresholds"].get(place, run["thresholds"]["*"])
            for run in (self.first, self.second)
        )
        names = sorted(one.keys() | two.keys()) if rule is None else rule.thresholds
        for name in names:
            if one.get(name) != two.get(name):
                yield (
                    f"threshold {name} is {one.get(name)} in the first run, "
                    f"{two.get(name)} in the second"
                )

    def _day(self) -> Iterator[str]:
        if self.first["day"] != self.second["day"]:
            yield f"the first run is of {self.first['day']}, the second of {self.second['day']}"

    def _moments(self) -> Iterator[str]:
        """Yield what happened to the finding in one run and not in the other."""
        one, two = (
            {} if item is None else {_place(moment): moment for moment in item["because"]}
            for item in (self.before, self.after)
        )
        for name, here, there in (("first", one, two), ("second", two, one)):
            for place, moment in here.items():
                if place not in there:
                    yield f"only in the {name} run: {moment_text(moment, Language.EN)}"


def _place(moment: Mapping[str, Any]) -> tuple[Any, ...]:
    return moment["where"], moment["what"], moment["status"], moment["cause"]


def comparison_json(first: Report, second: Report) -> dict[str, Any]:
    """Return the comparison of two runs as a JSON value."""
    differences = compare(first, second)
    return {
        "format": "replay-comparison/1",
        "first": _head(first),
        "second": _head(second),
        "only_in_first": [item.id for item in differences if item.side == "first"],
        "only_in_second": [item.id for item in differences if item.side == "second"],
        "differing": [item.id for item in differences if item.side == "both"],
        "differences": [
            {
                "id": item.id,
                "open_in": item.side,
                "fields": {name: [before, after] for name, before, after in item.fields},
                "explained": list(item.explained),
            }
            for item in differences
        ],
    }


def _head(run: Report) -> dict[str, Any]:
    return {name: run[name] for name in ("source", "day", "policy_replaced_by", "rules")}


_SIDES = {"first": "only in the first run", "second": "only in the second run", "both": "differs"}


def comparison_text(first: Report, second: Report) -> str:
    """Return the comparison for a person."""
    differences = compare(first, second)
    lines = [f"{run['source']}, {run['day']}" for run in (first, second)]
    lines = [f"first run:  {lines[0]}", f"second run: {lines[1]}"]
    if not differences:
        lines.append("both runs say the same")
    for item in differences:
        lines += ["", f"{item.id} — {_SIDES[item.side]}"]
        lines += [f"    {name}: {before} → {after}" for name, before, after in item.fields]
        lines += [f"    {reason}" for reason in item.explained]
    return "\n".join(lines) + "\n"
