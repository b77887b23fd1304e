"""Settings that hold the rows themselves."""

from pydantic import Field

from hub.connect.api import ConnectorSettings


class Settings(ConnectorSettings):
    """Rows as (key, id, title); a title of `!` is refused, a key of `?` cannot be read."""

    rows: tuple[tuple[str, str, str], ...] = Field((), description="the rows")
