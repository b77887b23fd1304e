"""TOML, YAML and JSON give the same values, and nothing in a file is executed or expanded."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from hub.errors import RejectedRecordError, RejectReason
from hub.reference import syntax
from hub.reference.syntax import load

TOML = """
[[policy]]
version = "a"
valid_from = 2027-01-01
values = { hysteresis_m = 2.5, stale_days = 30, match_within_owner = true, workability_limit = 0.1 }
"""
YAML = """
# the same
policy:
- version: a
  valid_from: 2027-01-01
  values: {hysteresis_m: 2.5, stale_days: 30, match_within_owner: true, workability_limit: 1e-1}
"""
JSON = """{"policy": [{"version": "a", "valid_from": "2027-01-01", "values": {"hysteresis_m": 2.5,
"stale_days": 30, "match_within_owner": true, "workability_limit": 0.1}}]}"""


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def came(path: Path) -> str:
    with pytest.raises(RejectedRecordError) as caught:
        load(path)
    assert caught.value.refusal.file == str(path)
    return caught.value.refusal.came


@pytest.mark.parametrize(
    ("name", "text"), [("a.toml", TOML), ("a.yaml", YAML), ("a.yml", YAML), ("a.json", JSON)]
)
def test_all_three_forms_give_the_same_values(tmp_path: Path, name: str, text: str):
    values = {
        "hysteresis_m": Decimal("2.5"),
        "stale_days": 30,
        "match_within_owner": True,
        "workability_limit": Decimal("0.1"),
    }

    assert load(written(tmp_path, name, text)) == {
        "policy": [{"version": "a", "valid_from": "2027-01-01", "values": values}]
    }


@pytest.mark.parametrize("word", ["no", "off", "yes", "NO", "2027-01-01", "12:30", "0x10", ".inf"])
def test_words_that_other_yaml_readers_turn_into_something_else_stay_text(
    tmp_path: Path, word: str
):
    assert load(written(tmp_path, "a.yaml", f"a: {word}")) == {"a": word}


@pytest.mark.parametrize("text", ["a: '30'", 'a: "true"', "a: |\n  x"])
def test_a_quoted_or_block_scalar_is_text(tmp_path: Path, text: str):
    assert isinstance(load(written(tmp_path, "a.yaml", text))["a"], str)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: !!python/object/apply:os.system ['true']", "tag:yaml.org,2002:python"),
        ("a: !secret x", "!secret"),
        ("a: !!binary aGk=", "binary"),
        ("a: !!set {x}", "set"),
        ("a: &x [1]\nb: *x", "alias"),
        ("a: &x {<<: *x}", "alias"),
        ("a: 1\na: 2", "twice"),
        ("a: 1\n--- \nb: 2", "broken YAML"),
        ("a: [1", "line"),
        ("? [1]\n: 2", "key that is no text"),
        ("a: \x01", "YAML"),
    ],
)
def test_yaml_beyond_plain_values_is_refused_with_what_it_is(tmp_path: Path, text: str, what: str):
    assert what in came(written(tmp_path, "a.yaml", text))


def test_a_tag_is_refused_with_its_line(tmp_path: Path):
    assert "line 3" in came(written(tmp_path, "a.yaml", "a: 1\nb:\n  - !x 1"))


def test_aliases_cannot_grow_a_small_file_into_a_large_value(tmp_path: Path):
    bomb = "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]"

    assert "alias" in came(written(tmp_path, "a.yaml", bomb))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", "a = "),
        ("a.toml", "a = 1\na = 2"),
        ("a.json", "{"),
        ("a.json", '{"a": 1, "a": 2}'),
        ("a.json", '{"a": NaN}'),
        ("a.json", b'{"a": "\xff"}'),
        ("a.toml", b"a = '\xff'"),
        ("a.yaml", b"a: \xff"),
        ("a.json", "[" * 100_000),
        ("a.toml", "a = " + "[" * 100_000),
        ("a.yaml", "[" * 100_000),
        ("a.ini", "a=1"),
        ("noname", "a=1"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_nothing_else_is_raised(
    tmp_path: Path, name: str, text: str | bytes
):
    assert came(written(tmp_path, name, text))


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(syntax, "MAX_FILE_BYTES", 10)
    with pytest.raises(RejectedRecordError) as caught:
        load(written(tmp_path, "a.json", '{"goals": []}'))

    assert caught.value.refusal.reason is RejectReason.TOO_LARGE


def test_an_empty_yaml_file_and_a_byte_order_mark_are_no_surprise(tmp_path: Path):
    assert load(written(tmp_path, "a.yaml", "")) is None
    assert load(written(tmp_path, "b.json", b"\xef\xbb\xbf{}")) == {}
