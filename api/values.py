"""Values that several resources take from outside, with the bounds the decoder holds them to."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar.params import Parameter

from api.bad_input import BadInput, from_decoder

AreaId = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
"""The id of an area, as far as the database can hold one."""

MomentText = Annotated[str | None, Parameter(max_length=40, schema_extra={"format": "date-time"})]
"""A moment in the address, for `moment` to read: Litestar itself would take "2020" for a moment of the year 1970."""


def moment(text: str | None, *, name: str) -> datetime | None:
    """The moment a parameter of this name tells, with its zone; None where it is not given."""
    if text is None:
        return None
    try:
        return msgspec.convert(text, _ZONED)
    except msgspec.ValidationError as error:
        raise BadInput(f"参数“{name}”有误:{from_decoder(str(error)).detail}") from None


_ZONED = Annotated[datetime, msgspec.Meta(tz=True)]
