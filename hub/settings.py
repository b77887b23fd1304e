"""All settings of a process: one frozen model, read once from the environment (prefix `HUB_`).

Every wrong value is named in one message. Secrets are read from files and masked wherever settings
are shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.errors import ConfigurationError

PREFIX = "HUB_"
Port = Annotated[int, Field(ge=0, le=65535)]
ProgrammeName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
Partition = Annotated[int, Field(ge=0, le=9_999)]


class Settings(BaseSettings):
    """What a worker, connector or command needs to know of its surroundings."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True
    )

    bootstrap_servers: str = Field("127.0.0.1:9092", description="Kafka addresses, host:port, …")
    topic_prefix: str = Field(
        "hub.", pattern=r"^[a-z0-9-]{1,60}\.$", description="stands before every topic name"
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"] = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = Field(None, description="better: HUB_SASL_PASSWORD_FILE")
    sasl_password_file: Path | None = None
    ssl_ca_file: Path | None = None

    programmes: dict[ProgrammeName, Partition] = Field(
        default_factory=lambda: {"main": 0},
        description='which partition holds which programme, as JSON: {"main": 0}',
    )
    timezone: str = Field("Europe/Amsterdam", description="where business days begin")
    source_precedence: tuple[str, ...] = Field(
        (), description="source systems, most believed first, as a JSON list"
    )
    source_precedence_by_field: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="the same for single fields, as a JSON object"
    )

    worker_id: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="stable and unique per worker: one that was killed then returns at once",
    )
    session_timeout_seconds: float = Field(
        20.0, ge=6, le=300, description="a silent worker loses its partitions after this"
    )
    progress_timeout_seconds: float = Field(
        120.0, ge=10, description="lag without a commit for this long ends the worker"
    )
    restore_timeout_seconds: float = Field(
        60.0, ge=5, description="a restore without progress for this long ends the worker"
    )

    http_host: str = "127.0.0.1"
    http_port: Port = Field(8088, description="health, metrics, schemas; 0 takes a free port")
    metrics_file: Path | None = Field(
        None, description="where 'connect run --once' leaves its metrics, for node exporter"
    )
    log_format: Literal["json", "text"] = "json"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("expected a time zone such as Europe/Amsterdam") from error
        return name

    @field_validator("programmes")
    @classmethod
    def _own_partitions(cls, programmes: dict[str, int]) -> dict[str, int]:
        if not programmes or len(set(programmes.values())) != len(programmes):
            raise ValueError("expected at least one programme, each on a partition of its own")
        return programmes

    @model_validator(mode="after")
    def _credentials_complete(self) -> Settings:
        if self.security_protocol.startswith("SASL") and not (
            self.sasl_username and (self.sasl_password or self.sasl_password_file)
        ):
            raise ValueError(
                f"{PREFIX}SECURITY_PROTOCOL={self.security_protocol} needs {PREFIX}SASL_USERNAME "
                f"and {PREFIX}SASL_PASSWORD_FILE"
            )
        return self

    @property
    def partitions(self) -> int:
        """Return how many partitions the programmes need on every co-partitioned topic."""
        return max(self.programmes.values()) + 1

    def password(self) -> SecretStr | None:
        """Return the Kafka password, read from its file where one is named.

        :raises ConfigurationError: if the file cannot be read
        """
        if self.sasl_password_file is None:
            return self.sasl_password
        try:
            return SecretStr(self.sasl_password_file.read_text(encoding="utf-8").strip())
        except OSError as error:
            raise ConfigurationError(
                f"{PREFIX}SASL_PASSWORD_FILE: {self.sasl_password_file} cannot be read "
                f"({error.strerror}); expected a file with the password"
            ) from error

    def shown(self) -> dict[str, str]:
        """Return every effective value as text, secrets masked."""
        dumped = self.model_dump(mode="json")
        return {f"{PREFIX}{name.upper()}": _text(value) for name, value in sorted(dumped.items())}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def load_settings(overrides: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings of this process; overrides come from the command line.

    :raises ConfigurationError: naming every wrong variable at once
    """
    try:
        return Settings(**dict(overrides or {}))
    except ValidationError as error:
        parts = [_told(item) for item in error.errors()]
    except ValueError as error:  # a JSON value that is none, told by the settings source
        parts = [str(error)]
    noun = "setting" if len(parts) == 1 else "settings"
    raise ConfigurationError(f"{len(parts)} {noun} wrong: {'; '.join(parts)}")


def _told(item: Mapping[str, Any]) -> str:
    message = str(item["msg"]).removeprefix("Value error, ")
    message = message.replace("Input should be", "expected", 1)
    if not item["loc"]:
        return message
    name = PREFIX + str(item["loc"][0]).upper()
    if "password" in name.lower():
        return f"{name}: {message}"
    return f"{name}: came {str(item.get('input'))[:80]!r}; {message}"
