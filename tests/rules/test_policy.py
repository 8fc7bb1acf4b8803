"""A district's policy: complete, strict, and never one that leaves nobody to tell."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.duty import Duty
from accounts.lengths import Length
from accounts.policy import (
    Policy,
    PolicyRefused,
    diff,
    read,
    rows,
    to_data,
    with_changes,
)
from accounts.policy_rows import ALERT_KINDS, Rung
from accounts.policy_words import Risk, Severity
from alerts.kinds import KINDS

DEFAULT = Policy.default()
LADDER = ["village", "township_specialist", "township_leader", "district"]


def changed(pointer: str, value: object) -> dict[str, Any]:
    """The change that puts a value at a pointer."""
    keys = pointer.strip("/").split("/")
    change: Any = value
    for key in reversed(keys):
        change = {key: change}
    assert isinstance(change, dict)
    return change


def at(policy: Policy, pointer: str) -> Any:
    return next(value for place, _, value in rows(policy) if place == pointer)


def refusal(data: object) -> PolicyRefused:
    with pytest.raises(PolicyRefused) as caught:
        read(data)
    return caught.value


def refused_change(pointer: str, value: object) -> PolicyRefused:
    with pytest.raises(PolicyRefused) as caught:
        with_changes(DEFAULT, changed(pointer, value))
    return caught.value


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/visits/interval/high", "7d"),
        ("/visits/interval/key", "30d"),
        ("/visits/interval/general", "30d"),
        ("/visits/after_major_change", "1d"),
        ("/visits/extra_after_warning", "1d"),
        ("/visits/grace/high", "0d"),
        ("/visits/grace/general", "3d"),
        ("/visits/unanswered/again_within/high", "2h"),
        ("/visits/unanswered/then", ["phone", "keyholder", "police"]),
        ("/visits/remote_one_in", 2),
        ("/curtain/morning", "07:00-09:00"),
        ("/curtain/evening", "18:00-21:30"),
        ("/curtain/first_check", "30min"),
        ("/curtain/second_person", "15min"),
        ("/curtain/emergency", "15min"),
        ("/alerts/acknowledge/critical", "10min"),
        ("/alerts/acknowledge/serious", "2h"),
        ("/alerts/acknowledge/general", "1wd"),
        ("/alerts/resolve/critical", "1h"),
        ("/alerts/resolve/serious", "1d"),
        ("/alerts/resolve/general", "5wd"),
        ("/alerts/pause_at_most/critical", "1d"),
        ("/alerts/pause_at_most/serious", "3d"),
        ("/alerts/pause_at_most/general", "7d"),
        ("/alerts/acknowledgement_expires/high", "4h"),
        ("/alerts/acknowledgement_expires/general", "1d"),
        ("/leads/data_warning_dispersed", "3wd"),
        ("/leads/data_warning_others", "5wd"),
        ("/leads/urgent_relief_help", "1d"),
        ("/leads/urgent_relief_papers", "5wd"),
        ("/eligibility/ability_reassessment", "10wd"),
        ("/eligibility/end_notice", "7d"),
        ("/eligibility/stops_after_months", 1),
        ("/eligibility/objection", "15wd"),
        ("/rectification/deadline/general", "7d"),
        ("/rectification/deadline/serious", "3d"),
        ("/rectification/deadline/critical", "0d"),
        ("/rectification/verify_within/critical", "1d"),
        ("/rectification/verify_within/general", "3d"),
        ("/replacement/failed_cycles", 2),
        ("/replacement/within_months", 12),
        ("/replacement/critical_hazards", 1),
        ("/replacement/on_abuse", True),
        ("/replacement/decision", "3wd"),
        ("/replacement/temporary_care_at_most", "30d"),
        ("/replacement/uncovered_at_most", "0d"),
        ("/replacement/barred_months", 24),
        ("/agreements/term_months", 12),
        ("/agreements/renewal_review_before", "30d"),
        ("/caregivers/attendance_per_week", 2),
        ("/caregivers/attendance_per_week_ill_or_full", 7),
        ("/caregivers/assessed_every_months", 3),
        ("/caregivers/weights/recipient", 40),
        ("/caregivers/weights/neighbours", 20),
        ("/caregivers/weights/visits", 30),
        ("/caregivers/weights/records", 10),
        ("/caregivers/qualified_from", 60),
        ("/caregivers/recipients_per_person", 3),
        ("/caregivers/recipients_per_person_full_care", 1),
        ("/caregivers/recipients_per_provider_staff", 20),
        ("/caregivers/households_per_volunteer", 5),
        ("/fees/nursing_partial_yuan", 400),
        ("/fees/nursing_full_yuan", 800),
        ("/fees/withheld_while_unqualified", True),
        ("/sampling/percent_of_visits", 5),
        ("/sampling/every_complaint", True),
        ("/late_entry/marked_after", "1d"),
        ("/late_entry/confirmed_after", "3d"),
        ("/retention/visits_and_agreements_years", 5),
        ("/retention/grave_years", 10),
        ("/retention/logs_years", 3),
        ("/devices/phone_session", "90d"),
        ("/evidence/photo", False),
        ("/evidence/position", False),
    ],
)
def test_version_1_is_the_default_table(pointer: str, value: object) -> None:
    assert at(DEFAULT, pointer) == value


def test_every_row_has_a_chinese_name() -> None:
    for pointer, name, _ in rows(DEFAULT):
        depth = pointer.count("/")
        assert len(name.split(" · ")) == depth, f"{pointer} has a level without a name: {name}"


def test_the_plain_data_survives_json_and_reads_back() -> None:
    assert read(json.loads(json.dumps(to_data(DEFAULT)))) == DEFAULT


def test_a_policy_can_be_a_key() -> None:
    assert hash(DEFAULT) == hash(read(to_data(DEFAULT)))


def test_changes_are_merged_onto_the_policy_and_leave_the_rest() -> None:
    stricter = with_changes(DEFAULT, {"visits": {"interval": {"high": "5d"}, "remote_one_in": 3}})
    assert stricter.visits.interval[Risk.HIGH] == Length.of("5d")
    assert [(change.pointer, change.before, change.after) for change in diff(DEFAULT, stricter)] == [
        ("/visits/interval/high", "7d", "5d"),
        ("/visits/remote_one_in", 2, 3),
    ]


def test_a_difference_is_named_in_chinese() -> None:
    change = diff(DEFAULT, with_changes(DEFAULT, changed("/visits/interval/high", "5d")))[0]
    assert change.name == "探访 · 上门探访间隔 · 高风险"


def test_a_policy_does_not_differ_from_itself_and_the_same_length_written_otherwise_is_no_change() -> None:
    assert diff(DEFAULT, DEFAULT) == ()
    assert diff(DEFAULT, with_changes(DEFAULT, changed("/visits/interval/high", "168h"))) == ()


def test_a_list_is_replaced_as_a_whole() -> None:
    shorter = with_changes(DEFAULT, changed("/alerts/ladder/critical", ["district"]))
    assert shorter.alerts.ladder["critical"] == (Duty.DISTRICT,)
    assert [change.pointer for change in diff(DEFAULT, shorter)] == ["/alerts/ladder/critical"]


def test_a_version_stored_before_a_row_existed_is_completed_from_the_default() -> None:
    older = to_data(with_changes(DEFAULT, changed("/visits/interval/high", "5d")))
    del older["evidence"]
    assert refusal(older).field == "/evidence"
    assert with_changes(DEFAULT, older).visits.interval["high"] == Length.of("5d")


def test_minutes_and_seconds_will_do_for_a_demonstration() -> None:
    quick = {"high": "60s", "key": "5min", "general": "5min"}
    none = {"high": "0s", "key": "0s", "general": "0s"}
    visits = {"interval": quick, "opens_before": none, "grace": none}
    assert with_changes(DEFAULT, {"visits": visits}).visits.interval["high"] == Length.of("60s")


@pytest.mark.parametrize("pointer", [pointer for pointer, _, _ in rows(DEFAULT)])
def test_each_row_is_required_and_its_absence_named(pointer: str) -> None:
    data = to_data(DEFAULT)
    *path, last = pointer.strip("/").split("/")
    inside = data
    for key in path:
        inside = inside[key]
    del inside[last]
    refused = refusal(data)
    assert refused.field == pointer
    assert "缺少这一项" in refused.detail


@pytest.mark.parametrize("pointer", [pointer for pointer, _, _ in rows(DEFAULT)])
def test_nonsense_in_any_row_is_refused_by_its_pointer(pointer: str) -> None:
    for nonsense in (None, -1, 1.5, {"a": 1}, ["?"], "?" * 2000):
        refused = refused_change(pointer, nonsense)
        assert refused.field is not None
        assert refused.field.startswith(pointer)
        assert any(word in refused.detail.splitlines()[1] for word in ("请", "应", "只能"))


@pytest.mark.parametrize(
    ("pointer", "value", "said"),
    [
        ("/visits/intervals", "7d", "没有这一项"),
        ("/visit", {}, "没有这一项"),
        ("/visits", "7d", "应为一组设置"),
        ("/visits/interval/high", "7", "应写成时长"),
        ("/visits/interval/high", "7天", "应写成时长"),
        ("/visits/interval/high", 7, "应写成时长"),
        ("/visits/interval/high", "-7d", "应写成时长"),
        ("/visits/interval/high", "0d", "应在 1s 到 366d 之间"),
        ("/visits/interval/high", "400d", "应在 1s 到 366d 之间"),
        ("/visits/interval/high", "5wd", "不能用工作日"),
        ("/visits/remote_one_in", 1, "应为 2 到 100 的整数"),
        ("/visits/remote_one_in", True, "应为 2 到 100 的整数"),
        ("/visits/remote_one_in", "2", "应为 2 到 100 的整数"),
        ("/alerts/acknowledge/critical", "0min", "应在 1s 到 31d 之间"),
        ("/alerts/acknowledge/critical", "-10min", "应写成时长"),
        ("/alerts/repeat_last/general", "0d", "应在 1s 到 31d 之间"),
        ("/alerts/messaging", "20:00-08:00", "应写成时段"),
        ("/alerts/messaging", "8-20", "应写成时段"),
        ("/alerts/severity/not_met/high", "urgent", "只能是 critical、serious、general 之一"),
        ("/alerts/ladder/critical", "district", "应为列表"),
        ("/alerts/ladder/critical/0", "district", "应为列表"),
        ("/fees/withheld_while_unqualified", 1, "应为 true 或 false"),
        ("/evidence/necessity", 5, "应为不超过"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place_its_reason_and_its_remedy(
    pointer: str, value: object, said: str
) -> None:
    refused = refused_change(pointer, value)
    assert said in refused.detail
    assert refused.field is not None
    assert pointer.startswith(refused.field)


@pytest.mark.parametrize(
    ("ladder", "said"),
    [
        ([], "升级链为空"),
        (["village", "township_specialist"], "末级须是 district"),
        (["district", "village"], "末级须是 district"),
        (["township_leader", "village", "district"], "逐级向上"),
        (["district", "district"], "逐级向上"),
        (["village", "nobody", "district"], "只能是 village"),
    ],
)
@pytest.mark.parametrize("severity", list(Severity))
def test_a_policy_that_would_leave_nobody_to_tell_is_refused(severity: Severity, ladder: list[str], said: str) -> None:
    refused = refused_change(f"/alerts/ladder/{severity}", ladder)
    assert said in refused.detail
    assert refused.field is not None
    assert refused.field.startswith(f"/alerts/ladder/{severity}")


@pytest.mark.parametrize(
    ("pointer", "value", "said"),
    [
        ("/alerts/acknowledge/critical", "3h", "“危急”的时限长于“严重”"),
        ("/alerts/acknowledge/critical", "1wd", "不分节假日"),
        ("/alerts/repeat_last/critical", "1wd", "不分节假日"),
        ("/alerts/acknowledge/serious", "2d", "“严重”的时限长于“一般”"),
        ("/alerts/repeat_last/critical", "3h", "“危急”的时限长于“严重”"),
        ("/alerts/resolve/serious", "30d", "“严重”的时限长于“一般”"),
        ("/alerts/pause_at_most/critical", "4d", "“危急”的时限长于“严重”"),
        ("/alerts/pause_at_most/serious", "8d", "“严重”的时限长于“一般”"),
        ("/alerts/pause_at_most/general", "2d", "“严重”的时限长于“一般”"),
        ("/alerts/pause_at_most/critical", "1wd", "不分节假日"),
        ("/rectification/deadline/critical", "5d", "“危急”的时限长于“严重”"),
        ("/risks/high", [], "至少要有一种高风险情形"),
        ("/visits/opens_before/high", "8d", "长于探访间隔"),
        ("/visits/grace/general", "31d", "长于探访间隔"),
        ("/late_entry/marked_after", "4d", "短于须标注迟报"),
        ("/caregivers/weights/records", 11, "合计应为 100"),
        ("/replacement/barred_for_ever_by_law", False, "不能取消"),
        ("/evidence/photo", True, "必要性说明"),
        ("/evidence/position", True, "必要性说明"),
    ],
)
def test_rows_that_contradict_each_other_are_refused(pointer: str, value: object, said: str) -> None:
    assert said in refused_change(pointer, value).detail


def test_photos_may_be_switched_on_with_a_necessity_statement() -> None:
    stated = with_changes(DEFAULT, {"evidence": {"photo": True, "necessity": "房屋险情须留影像"}})
    assert stated.evidence.photo


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(PolicyRefused) as caught:
        with_changes(DEFAULT, {"visits": {"remote_one_in": 0, "x": 1}, "curtain": {"morning": "?"}})
    assert [problem.pointer for problem in caught.value.problems] == [
        "/visits/x",
        "/visits/remote_one_in",
        "/curtain/morning",
    ]


def test_of_very_many_faults_ten_are_told_and_the_rest_counted() -> None:
    told = refusal({}).detail.splitlines()
    assert len(told) == 12
    assert told[-1] == "……共 21 处。"
    assert "共" not in refused_change("/visits/remote_one_in", 0).detail


def test_a_visit_may_open_as_soon_as_the_last_one_was_due() -> None:
    assert with_changes(DEFAULT, changed("/visits/opens_before/high", "7d")).visits.opens_before["high"].seconds


@pytest.mark.parametrize("data", [None, [], "policy", 5])
def test_what_is_no_policy_at_all_is_refused(data: object) -> None:
    assert refusal(data).field == ""


def test_a_strange_key_is_escaped_in_the_pointer() -> None:
    assert refused_change("/visits", {"a/b~c": 1}).field == "/visits/a~1b~0c"


def test_the_ladder_is_copied_with_its_waits_and_the_repeat_of_the_last_rung() -> None:
    longer = with_changes(DEFAULT, changed("/alerts/repeat_last/critical", "5min"))
    rungs = longer.alerts.rungs("critical", urgent=True)
    assert [rung.to_data() for rung in rungs] == [
        {"duty": "village", "wait_seconds": 600},
        {"duty": "township_specialist", "wait_seconds": 600},
        {"duty": "township_leader", "wait_seconds": 600},
        {"duty": "district", "wait_seconds": 300},
    ]


def test_working_days_stay_working_days_unless_it_is_urgent() -> None:
    calm = DEFAULT.alerts.rungs("general", urgent=False)
    assert calm[0] == Rung(duty=Duty.VILLAGE, wait=Length.of("1wd"))
    assert calm[0].to_data() == {"duty": "village", "wait_workdays": 1}
    assert DEFAULT.alerts.rungs("general", urgent=True)[0].wait == Length.of("24h")


@pytest.mark.parametrize(
    ("kind", "risk", "severity"),
    [
        ("visit_missed", "high", "serious"),
        ("visit_missed", "key", "general"),
        ("not_met", "high", "critical"),
        ("not_met", "key", "serious"),
        ("not_met", "general", "general"),
        ("uncovered", "general", "critical"),
    ],
)
def test_the_severity_follows_from_kind_and_risk(kind: str, risk: str, severity: str) -> None:
    assert DEFAULT.alerts.severity_of(kind, risk) == severity


def test_where_the_risk_is_not_known_the_gravest_counts() -> None:
    assert DEFAULT.alerts.severity_of("not_met") is Severity.CRITICAL
    assert DEFAULT.alerts.severity_of("visit_missed") is Severity.SERIOUS


def test_every_kind_of_alert_finds_its_row() -> None:
    assert {kind.row for kind in KINDS.values()} <= set(ALERT_KINDS)


def test_an_unknown_kind_is_a_fault() -> None:
    with pytest.raises(KeyError, match="no_such_kind"):
        DEFAULT.alerts.severity_of("no_such_kind", "high")


@pytest.mark.parametrize(
    ("marks", "risk"),
    [
        (set(), "general"),
        ({"elder"}, "key"),
        ({"elder", "living_alone", "elder_alone"}, "high"),
        ({"full_care"}, "high"),
        ({"dementia"}, "high"),
        ({"serious_illness"}, "high"),
        ({"minor"}, "high"),
        ({"severe_disability", "partial_care"}, "key"),
    ],
)
def test_one_mark_is_enough_for_a_risk(marks: set[str], risk: str) -> None:
    assert DEFAULT.risks.risk_of(marks) == risk


seconds = st.integers(1, 86400).map(lambda count: f"{count}s")
changes = st.fixed_dictionaries(
    {},
    optional={
        "visits": st.fixed_dictionaries({"laid_ahead": seconds, "remote_one_in": st.integers(2, 100)}),
        "alerts": st.fixed_dictionaries(
            {
                "pause_at_most": st.fixed_dictionaries(
                    {"critical": seconds, "general": st.integers(3, 20).map(lambda count: f"{count}wd")}
                ),
                "messaging": st.sampled_from(["06:00-22:00", "08:30-17:30"]),
                "ladder": st.fixed_dictionaries(
                    {severity: st.sampled_from([LADDER, LADDER[1:], LADDER[3:], LADDER[::3]]) for severity in Severity}
                ),
            }
        ),
        "risks": st.fixed_dictionaries(
            {"high": st.lists(st.sampled_from(["minor", "dementia", "elder"]), min_size=1, unique=True)}
        ),
        "fees": st.fixed_dictionaries({"objection_possible": st.booleans()}),
        "evidence": st.fixed_dictionaries({"necessity": st.text(max_size=50)}),
    },
)


@settings(max_examples=50)
@given(changes)
def test_what_is_written_is_read_back_whatever_was_changed(change: Mapping[str, Any]) -> None:
    policy = with_changes(DEFAULT, change)
    assert read(json.loads(json.dumps(to_data(policy)))) == policy
    assert with_changes(policy, change) == policy


@settings(max_examples=25)
@given(changes, changes)
def test_the_difference_leads_from_one_policy_to_the_other(
    one_change: Mapping[str, Any], other_change: Mapping[str, Any]
) -> None:
    one, other = with_changes(DEFAULT, one_change), with_changes(DEFAULT, other_change)
    reached = one
    for change in diff(one, other):
        reached = with_changes(reached, changed(change.pointer, change.after))
    assert reached == other


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_no_data_whatsoever_crashes_the_reading(data: object) -> None:
    with pytest.raises(PolicyRefused):
        read(data)
