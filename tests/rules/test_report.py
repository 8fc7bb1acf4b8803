"""What contradicts itself in a report, what is confidential, what is left open, and what counts as the same content."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.report import (
    BLOCKS,
    Confidential,
    Finding,
    Hazard,
    Report,
    confidential_data,
    contradictions,
    fingerprint,
    from_content,
    misdated,
    open_points,
    reads_confidential,
    to_content,
    told,
)

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
NORMAL = Report(
    outcome="made", method="door", made_at=NOW, identified_by="known_personally", all_normal=True, hazards=()
)
LEAK = Hazard(block="safety", severity="serious", what="煤气管老化", removed_now=False)
DETAILED = replace(
    NORMAL,
    all_normal=False,
    blocks={block: Finding(ok=True) for block in BLOCKS} | {"health": Finding(ok=False, note="咳嗽一周")},
    hazards=(LEAK,),
)
NOT_MET = Report(outcome="not_met", method="door", made_at=NOW, tried=("knock", "neighbour"))


def pointers(report: Report) -> list[str]:
    return [problem.pointer for problem in contradictions(report)]


@pytest.mark.parametrize("report", [NORMAL, DETAILED, NOT_MET])
def test_a_coherent_report_is_taken(report: Report) -> None:
    assert pointers(report) == []


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"hazards": (LEAK,)}, "/hazards"),
        ({"blocks": {"health": Finding(ok=True)}}, "/blocks"),
        ({"confidential": Confidential(fear=True)}, "/confidential"),
        ({"hazards": None}, "/hazards"),
        ({"identified_by": None}, "/identified_by"),
        ({"tried": ("knock",)}, "/tried"),
    ],
)
def test_all_normal_stands_alone(changes: dict[str, Any], pointer: str) -> None:
    assert pointers(replace(NORMAL, **changes)) == [pointer]


def test_without_all_normal_every_block_has_an_outcome() -> None:
    told = pointers(replace(NORMAL, all_normal=False, blocks={"health": Finding(ok=True)}))
    assert told == [f"/blocks/{block}" for block in BLOCKS if block != "health"]


def test_an_exception_says_what_it_is() -> None:
    report = replace(DETAILED, blocks={**DETAILED.blocks, "mood": Finding(ok=False, note="  ")})
    assert pointers(report) == ["/blocks/mood/note"]


def test_a_fee_taken_is_not_in_order() -> None:
    report = replace(DETAILED, blocks={**DETAILED.blocks, "money": Finding(ok=True, details={"fee_taken": True})})
    assert pointers(report) == ["/blocks/money/ok"]


def test_a_hazard_says_what_it_is() -> None:
    assert pointers(replace(DETAILED, hazards=(LEAK, replace(LEAK, what=" ")))) == ["/hazards/1/what"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"tried": ()}, "/tried"),
        ({"method": "phone"}, "/method"),
        ({"identified_by": "id_card"}, "/identified_by"),
        ({"all_normal": True}, "/all_normal"),
        ({"blocks": {"mood": Finding(ok=True)}}, "/blocks"),
        ({"hazards": (LEAK,)}, "/hazards"),
    ],
)
def test_who_was_not_met_was_not_looked_at(changes: dict[str, Any], pointer: str) -> None:
    assert pointers(replace(NOT_MET, **changes)) == [pointer]


@pytest.mark.parametrize(
    "made_at",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2019, 12, 31, 15, 59, tzinfo=UTC),
        NOW + timedelta(minutes=11),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-14))),
    ],
)
def test_a_moment_no_visit_can_have_is_told_with_its_remedy(made_at: datetime) -> None:
    problem = misdated(made_at, now=NOW)
    assert problem is not None and problem.pointer == "/made_at" and "请检查手机时间" in problem.detail


@pytest.mark.parametrize("made_at", [NOW + timedelta(minutes=10), NOW - timedelta(days=400)])
def test_a_phone_slightly_ahead_or_long_offline_is_believed(made_at: datetime) -> None:
    assert misdated(made_at, now=NOW) is None


def known(report: Report, *, about: int = 1) -> bytes:
    return fingerprint(UUID(int=about), to_content(report), report.confidential)


def test_the_same_content_has_the_same_fingerprint_in_any_zone_and_order() -> None:
    shanghai = NOW.astimezone(timezone(timedelta(hours=8)))
    turned = replace(DETAILED, made_at=shanghai, blocks=dict(reversed(list(DETAILED.blocks.items()))))
    assert known(turned) == known(DETAILED)


@pytest.mark.parametrize(
    "other",
    [
        replace(DETAILED, note="复查"),
        replace(DETAILED, confidential=Confidential(bruises=True)),
        replace(DETAILED, made_at=NOW + timedelta(seconds=1)),
        replace(DETAILED, hazards=()),
    ],
)
def test_any_other_content_has_another_fingerprint(other: Report) -> None:
    assert known(other) != known(DETAILED)


def test_the_same_content_about_another_visit_has_another_fingerprint() -> None:
    assert known(NORMAL) != known(NORMAL, about=2)


@given(st.text(), st.text())
def test_a_fingerprint_of_an_earlier_version_stays_the_same(note: str, what: str) -> None:
    """A phone sends again what an older server has stored: that is the same report, not a conflicting one."""
    secret = Confidential(note=note)
    report = replace(DETAILED, note=note, blocks={what: Finding(ok=False, note=what)}, confidential=secret)
    said = [UUID(int=1).hex, to_content(report), confidential_data(secret)]
    assert known(report) == hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).digest()


def test_what_is_confidential_is_not_in_the_content() -> None:
    report = replace(DETAILED, confidential=Confidential(bruises=True, note="左臂青紫"))
    assert "青紫" not in str(to_content(report)) and "bruises" not in str(to_content(report))


def test_stored_content_reads_back_as_the_report_it_was() -> None:
    report = replace(DETAILED, confidential=Confidential(withdrawal=True, note="不愿说话"))
    assert from_content(to_content(report), confidential_data(report.confidential)) == report


def test_open_points_are_the_exceptions_and_the_hazards_still_there() -> None:
    removed = replace(LEAK, block="hygiene", what="垃圾堆积", removed_now=True)
    points = open_points(to_content(replace(DETAILED, hazards=(LEAK, removed))))
    assert points == ("身体状况：咳嗽一周", "居住安全隐患：煤气管老化")


def test_all_normal_leaves_nothing_open() -> None:
    assert open_points(to_content(NORMAL)) == ()


@pytest.mark.parametrize(
    ("labels", "status", "said"),
    [
        ((), "made", "本次探访完成"),
        (("cover", "late"), "made", "本次探访完成"),
        (("late", "late_to_confirm"), "made", "须由主管确认"),
        (("identity_unconfirmed",), "open", "未确认是本人"),
        (("door_needed",), "open", "须上门见到本人"),
        (("remote_excess",), "open", "本次须上门"),
        (("early",), "open", "到期前仍须探访"),
        (("after_window",), "missed", "仍按逾期登记"),
        (("after_window", "counts_for_another"), "missed", "已计入当前的一次探访"),
        (("cover", "additional"), "made", "不重复计数"),
    ],
)
def test_the_visitor_is_told_what_became_of_the_report(labels: tuple[str, ...], status: str, said: str) -> None:
    assert said in told("made", labels, status)
    assert ("本次探访完成。" in told("made", labels, status)) == (status == "made" and "additional" not in labels)


def test_an_unanswered_door_is_told_to_be_tried_again_unless_somebody_saw_the_person() -> None:
    assert "请尽快再次上门" in told("not_met", (), "open")
    assert "无需另行处理" in told("not_met", ("overtaken",), "open")


@pytest.mark.parametrize(
    ("role", "reads"),
    [
        ("worker", False),
        ("auditor", False),
        ("administrator", False),
        ("township_specialist", True),
        ("district", True),
    ],
)
def test_only_who_must_act_reads_what_is_confidential(role: str, reads: bool) -> None:
    assert reads_confidential(role) is reads
