"""Settings of the mspdi connector, and the options that its mapping files may have."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from hub.connect.api import FileSettings, SettingsPart
from hub.connect.mapping_file import problems_error, validation_problems

CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Rate = Annotated[Decimal, Field(gt=0)]


class ReaderOptions(SettingsPart):
    """The section `[reader]` of a mapping file for Microsoft Project."""

    project: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,60}$")] | None = Field(
        None, description="stands in the key of tasks without GUID; default: the name in the file"
    )
    costs: Literal["read", "leave_out"] = Field(
        "read", description="leave_out where another source has the money"
    )
    currency: CurrencyCode | None = Field(
        None, description="the currency of a file that names none"
    )
    euro_per: dict[CurrencyCode, Rate] = Field(
        default_factory=dict, description="euros for one unit of another currency"
    )


class Settings(FileSettings):
    """One schedule saved by Microsoft Project as XML, and a mapping file for it."""

    max_megabytes: int = Field(512, gt=0, description="a larger file is refused before it is read")

    @cached_property
    def _reader(self) -> ReaderOptions:
        mapping = self.field_mapping
        if mapping is None:
            return ReaderOptions.model_validate({})
        try:
            return ReaderOptions.model_validate(mapping.file.reader)
        except ValidationError as error:
            problems = validation_problems(error, prefix="reader")
            raise problems_error(mapping.path, problems) from None

    @property
    def reader(self) -> ReaderOptions:
        """Return the options of the mapping file.

        :raises ConfigurationError: with everything that is wrong in them
        """
        return self._reader
