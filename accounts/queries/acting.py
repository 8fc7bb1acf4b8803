"""An account by its login, for the operator at the machine who acts in somebody's name."""

from uuid import UUID

from accounts.permissions import Account, Role
from core import db


async def account_named(login: str, session_id: UUID) -> Account | None:
    """The active account with this login, as if signed in by a session of that id. Seen with the door's eyes."""
    row = await db.fetch_one(
        "SELECT a.id, a.name, a.role, a.district_id,"
        " ARRAY(SELECT r.area FROM account_area r WHERE r.account = a.id ORDER BY r.area) AS area_ids"
        " FROM account a WHERE a.login = $1 AND a.status = 'active'",
        login,
    )
    if row is None:
        return None
    return Account(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        area_ids=tuple(row["area_ids"]),
        district_id=row["district_id"],
        second_factor_ok=True,
        session_id=session_id,
    )
