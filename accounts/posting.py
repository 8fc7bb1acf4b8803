"""Which role sits at which level of the tree, which duties it may hold, and who arranges whose."""

from collections.abc import Mapping

from accounts.areas import Level
from accounts.duty import Duty
from accounts.permissions import Role

DUTY_OF: Mapping[Role, Duty] = {
    Role.WORKER: Duty.VILLAGE,
    Role.TOWNSHIP_SPECIALIST: Duty.TOWNSHIP_SPECIALIST,
    Role.TOWNSHIP_LEADER: Duty.TOWNSHIP_LEADER,
    Role.DISTRICT: Duty.DISTRICT,
}
"""The duty a role is made for, given with the account unless asked not to. The other roles answer for nothing."""

LEVELS: Mapping[Role, frozenset[Level]] = {
    Role.WORKER: frozenset({Level.VILLAGE, Level.TOWNSHIP}),
    Role.WATCHER: frozenset({Level.VILLAGE, Level.TOWNSHIP}),
    Role.CAREGIVER: frozenset({Level.VILLAGE, Level.TOWNSHIP}),
    Role.TOWNSHIP_SPECIALIST: frozenset({Level.TOWNSHIP}),
    Role.TOWNSHIP_LEADER: frozenset({Level.TOWNSHIP}),
    # A city without counties is the district of its townships.
    Role.DISTRICT: frozenset({Level.COUNTY, Level.CITY}),
    Role.AUDITOR: frozenset({Level.COUNTY, Level.CITY}),
    Role.ADMINISTRATOR: frozenset({Level.COUNTY, Level.CITY}),
}
"""Where a role's areas may lie: a leader of a whole district would be told, and shown, far too much."""

LEVEL_NAMES: Mapping[Level, str] = {
    Level.PROVINCE: "省",
    Level.CITY: "市",
    Level.COUNTY: "区县",
    Level.TOWNSHIP: "乡镇(街道)",
    Level.VILLAGE: "村(社区)",
}

_LOWEST_PLACE: Mapping[Duty, Level] = {
    Duty.VILLAGE: Level.VILLAGE,
    Duty.TOWNSHIP_SPECIALIST: Level.TOWNSHIP,
    Duty.TOWNSHIP_LEADER: Level.TOWNSHIP,
    Duty.DISTRICT: Level.COUNTY,
}


def at_or_above(role: Role, duty: Duty) -> bool:
    """Whether a role stands at a rung or above it: then it may hold the duty, and arrange who else does.

    Nobody arranges the rung above their own: whoever is told when they do nothing is not theirs to choose.
    """
    rungs = list(Duty)
    return role in DUTY_OF and rungs.index(DUTY_OF[role]) >= rungs.index(duty)


def answers(role: Role) -> bool:
    """Whether a role can answer for anybody's duty, as a cover must."""
    return role in DUTY_OF


def may_arrange_leave(by: Role, of: Role) -> bool:
    """Whether somebody may enter the leave of another: of who stands at their own rung or below."""
    return of in DUTY_OF and at_or_above(by, DUTY_OF[of])


def duty_fits(duty: Duty, level: Level) -> bool:
    """A duty lies on an area of its own level or above. Lower down it would hide the real holder from that area."""
    return level <= _LOWEST_PLACE[duty]
