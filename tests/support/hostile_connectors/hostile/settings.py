"""Settings of a source that exists in memory only."""

from pathlib import Path

from pydantic import Field, SecretStr

from hub.connect.api import ConnectorSettings, FieldMapping, load_mapping

MAPPING = Path(__file__).with_name("hostile.mapping.toml")


class Settings(ConnectorSettings):
    """Which nasty things to send."""

    token: SecretStr = Field(SecretStr("hunter2-secret"), description="never shown")
    breaks_in_the_middle: bool = False
    unreachable: bool = False

    @property
    def field_mapping(self) -> FieldMapping:
        """Return the mapping beside this file."""
        return load_mapping(MAPPING)
