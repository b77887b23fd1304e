"""What a connector says of itself in `manifest.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.connect.mapping_file import validation_problems
from hub.errors import ConfigurationError

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Extension = Annotated[str, Field(pattern=r"^\.[a-z0-9]{1,10}$")]


class Manifest(BaseModel):
    """Name, version and reach of a connector.

    `file_extensions` are those of files it can read by themselves (none: it reads a service);
    `delivers` says what a read gives, now always a complete snapshot; `needs_mapping` that nothing
    can be read without a mapping file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    title: str = Field(min_length=1, max_length=80)
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    description: str = Field(min_length=1, max_length=400)
    file_extensions: tuple[Extension, ...] = ()
    delivers: Literal["snapshot"] = "snapshot"
    needs_mapping: bool = False


def read_manifest(path: Path) -> Manifest:
    """Return the manifest in a file.

    :raises ConfigurationError: with everything that is wrong in it
    """
    try:
        return Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        problems = "; ".join(validation_problems(error))
        raise ConfigurationError(f"{path}: {problems}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path}: came {error}; expected a manifest in TOML") from error
