"""A worker process whose rule `failing_rule` breaks on some works, as a fault in its code would.

Conditions as for `worker_process`, and `failing_rule`, `failing_works` (how their ids begin).
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from hub.engine import judge
from hub.rules.catalogue import installed
from tests.stream import worker_process


def main() -> int:
    given = json.loads(sys.argv[1])
    rules = dict(installed())
    broken = rules[given["failing_rule"]]
    find = {
        scope: _failing(function, given["failing_works"]) for scope, function in broken.find.items()
    }
    rules[broken.id] = replace(broken, find=find)
    judge.installed = lambda: MappingProxyType(rules)  # type: ignore[attr-defined]
    return worker_process.main()


def _failing(function: Any, work: str) -> Any:
    def find(facts: Any) -> Any:
        parties = [getattr(facts, name, None) for name in ("work", "a", "b")]
        if any(party is not None and party.id.startswith(work) for party in parties):
            raise ZeroDivisionError("planted")
        return function(facts)

    return find


if __name__ == "__main__":
    sys.exit(main())
