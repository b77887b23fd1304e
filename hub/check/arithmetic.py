"""The arithmetic of a finding in words: the lines of its rule, filled with what was measured."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hub.rules.rule import Language, Rule

_PLACE = re.compile(r"\{(\w+)\}")


def arithmetic(rule: Rule, facts: Mapping[str, str], language: Language) -> Iterator[str]:
    """Yield the lines of a rule that its facts fill; `facts` holds values as they are shown."""
    for texts in rule.sums:
        text = texts.in_language(language)
        if all(name in facts for name in _PLACE.findall(text)):
            yield _PLACE.sub(lambda match: facts[match[1]], text)
