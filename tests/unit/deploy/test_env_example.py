"""deploy/env.example lists every setting with its default, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import ConfigurationError
from hub.settings import Settings, load_settings

EXAMPLE = Path(__file__).resolve().parents[3] / "deploy" / "env.example"


def listed() -> dict[str, str]:
    lines = EXAMPLE.read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)


def test_the_example_lists_every_setting_with_its_default(monkeypatch):
    for name in listed():
        monkeypatch.delenv(name, raising=False)

    assert listed() == load_settings().shown()


def test_the_example_is_accepted_as_an_environment(monkeypatch):
    for name, value in listed().items():
        monkeypatch.setenv(name, value)

    assert load_settings() == Settings()


def test_every_wrong_setting_is_named_at_once(monkeypatch):
    monkeypatch.setenv("HUB_HTTP_PORT", "99999")
    monkeypatch.setenv("HUB_TIMEZONE", "Mars/Olympus")

    with pytest.raises(ConfigurationError, match=r"2 settings wrong: HUB_TIMEZONE.*HUB_HTTP_PORT"):
        load_settings()


def test_a_password_never_shows(monkeypatch, tmp_path):
    secret = tmp_path / "password"
    secret.write_text("planted-secret\n")
    monkeypatch.setenv("HUB_SASL_PASSWORD", "planted-secret")
    monkeypatch.setenv("HUB_SASL_PASSWORD_FILE", str(secret))

    settings = load_settings()

    assert settings.password().get_secret_value() == "planted-secret"
    assert "planted-secret" not in repr(settings) + str(settings.shown())
