"""Values that several resources take from outside, with the bounds the decoder holds them to, or show alike."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar.params import Parameter

from accounts.people import StaffName
from api.bad_input import BadInput, from_decoder

AreaId = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
"""The id of an area, as far as the database can hold one."""

AreaIdInAddress = Annotated[int | None, Parameter(ge=1, le=2**31 - 1)]
"""The same as an optional parameter of the address, where the bounds must be given to Litestar."""

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment with its zone: one without it could be any of several."""

MomentText = Annotated[str | None, Parameter(max_length=40, schema_extra={"format": "date-time"})]
"""A moment in the address, for `moment` to read: Litestar itself would take "2020" for a moment of the year 1970."""


def moment(text: str | None, *, name: str) -> datetime | None:
    """The moment a parameter of this name tells, with its zone; None where it is not given."""
    if text is None:
        return None
    try:
        found = msgspec.convert(text, Moment)
        return found.astimezone(UTC)
    except msgspec.ValidationError as error:
        raise BadInput(f"参数“{name}”有误：{from_decoder(str(error)).detail}") from None
    except OverflowError:  # the first hours of the year 1, the last of the year 9999
        raise BadInput(f"参数“{name}”有误：时间超出范围。请核对年份。") from None


def name_of(account_id: UUID | None, staff: Mapping[UUID, StaffName]) -> str | None:
    """The name of somebody on the staff; None for nobody, and for whoever the caller does not see."""
    found = staff.get(account_id) if account_id else None
    return found.name if found else None
