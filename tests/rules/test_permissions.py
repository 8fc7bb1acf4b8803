"""Who may do what."""

from typing import get_args
from uuid import UUID

import pytest

from accounts.permissions import (
    GRANTS,
    PERMISSIONS,
    ROLE_NAMES,
    Account,
    Permission,
    Role,
    may_manage,
    second_factor_required,
)
from core.scope import Scope

SUPERVISORS = {
    Role.TOWNSHIP_SPECIALIST,
    Role.TOWNSHIP_LEADER,
    Role.DISTRICT,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
}


def somebody(role: Role, *, second_factor_ok: bool = True) -> Account:
    return Account(
        id=UUID(int=1),
        name="赵建国",
        role=role,
        area_ids=(4, 6),
        district_id=3,
        second_factor_ok=second_factor_ok,
        session_id=UUID(int=2),
    )


def who_may(permission: Permission) -> set[Role]:
    return {role for role in Role if somebody(role).may(permission)}


def test_every_role_has_its_grants_and_its_chinese_name() -> None:
    assert set(GRANTS) == set(ROLE_NAMES) == set(Role)


def test_only_known_permissions_are_granted_and_each_to_somebody() -> None:
    assert frozenset().union(*GRANTS.values()) == PERMISSIONS == set(get_args(Permission))


@pytest.mark.parametrize("permission", ["session.self", "notice.read", "area.read"])
def test_everybody_has_their_own_session_inbox_and_the_names_of_places(permission: Permission) -> None:
    assert who_may(permission) == set(Role)


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        ("area.import", {Role.ADMINISTRATOR}),
        ("account.manage", {Role.ADMINISTRATOR, Role.TOWNSHIP_SPECIALIST}),
        ("worker.activate", {Role.ADMINISTRATOR, Role.TOWNSHIP_SPECIALIST, Role.TOWNSHIP_LEADER}),
        ("duty.manage", {Role.TOWNSHIP_SPECIALIST, Role.TOWNSHIP_LEADER, Role.DISTRICT}),
        ("policy.set", {Role.DISTRICT}),
        ("recipient.reveal", {Role.TOWNSHIP_SPECIALIST, Role.TOWNSHIP_LEADER, Role.DISTRICT}),
        ("absence.confirm", {Role.TOWNSHIP_SPECIALIST, Role.TOWNSHIP_LEADER}),
        ("visit.log", {Role.WORKER, Role.TOWNSHIP_SPECIALIST, Role.TOWNSHIP_LEADER}),
        ("conflict.decide", {Role.TOWNSHIP_SPECIALIST, Role.TOWNSHIP_LEADER}),
        ("plan.manage", {Role.TOWNSHIP_SPECIALIST, Role.TOWNSHIP_LEADER}),
        ("alert.pause", {Role.TOWNSHIP_LEADER, Role.DISTRICT}),
        ("journal.read", {Role.AUDITOR, Role.DISTRICT, Role.ADMINISTRATOR}),
        ("jobs.read", {Role.ADMINISTRATOR}),
    ],
)
def test_what_is_held_by_few_is_held_by_nobody_else(permission: Permission, roles: set[Role]) -> None:
    assert who_may(permission) == roles


def test_an_auditor_only_reads() -> None:
    own = {"session.self"}
    assert all(permission.endswith(".read") for permission in GRANTS[Role.AUDITOR] - own)


def test_an_administrator_sees_no_recipient_no_visit_and_no_alert() -> None:
    subjects = {permission.split(".")[0] for permission in GRANTS[Role.ADMINISTRATOR]}
    assert subjects.isdisjoint({"recipient", "visit", "alert", "absence", "standing"})


def test_a_watcher_reads_no_register() -> None:
    assert GRANTS[Role.WATCHER] == {"session.self", "notice.read", "area.read"} | {"sync.use", "check.log"}


def test_a_caregiver_has_what_is_their_own_and_no_area() -> None:
    own = {"care.own", "attendance.log", "sync.use", "attachment.send"}
    assert GRANTS[Role.CAREGIVER] == {"session.self", "notice.read", "area.read"} | own
    assert somebody(Role.CAREGIVER).scope.area_ids == ()
    assert somebody(Role.WORKER).scope.area_ids == (4, 6)


def test_an_unknown_permission_is_a_fault_not_a_no() -> None:
    with pytest.raises(ValueError, match=r"recipient\.reed"):
        somebody(Role.DISTRICT).may("recipient.reed")  # type: ignore[arg-type]


def test_the_second_factor_is_required_from_the_township_upward() -> None:
    assert {role for role in Role if second_factor_required(role)} == SUPERVISORS


@pytest.mark.parametrize("role", sorted(SUPERVISORS))
def test_before_the_second_factor_only_the_own_session_is_open(role: Role) -> None:
    waiting = somebody(role, second_factor_ok=False)
    assert {permission for permission in PERMISSIONS if waiting.may(permission)} == {"session.self"}


def test_a_worker_needs_no_second_factor() -> None:
    assert somebody(Role.WORKER, second_factor_ok=False).may("visit.log")


def test_a_specialist_manages_those_below_and_an_administrator_everybody() -> None:
    managed = {role for role in Role if may_manage(Role.TOWNSHIP_SPECIALIST, role)}
    assert managed == {Role.WORKER, Role.WATCHER, Role.CAREGIVER}
    assert all(may_manage(Role.ADMINISTRATOR, role) for role in Role)


@pytest.mark.parametrize("role", [role for role in Role if "account.manage" not in GRANTS[role]])
def test_nobody_else_manages_anybody(role: Role) -> None:
    assert not any(may_manage(role, managed) for managed in Role)


def test_the_scope_of_an_account_is_its_own_areas_with_a_persons_eyes() -> None:
    assert somebody(Role.WORKER).scope == Scope(account_id=UUID(int=1), area_ids=(4, 6), eyes="person")
