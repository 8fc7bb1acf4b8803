"""An alert explains itself, in data and in sentences."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from accounts.duty import Answer, Duty
from alerts.alert import Alert
from alerts.explain import Fired, Story, Told, next_step, sentences
from tests.an_alert import HOLDERS, LEADER, NOW, OFFICER, SPECIALIST, WORKER, alert, answer

HOUR = timedelta(hours=1)
NAMES = {WORKER: "王*", SPECIALIST: "赵*", LEADER: "孙*"}


def holding(*, empty: Sequence[Duty] = ()) -> Any:
    def answers(duty: Duty) -> tuple[Answer, ...]:
        return () if duty in empty else (answer(HOLDERS[duty]),)

    return answers


def story(about: Alert, **facts: Any) -> Story:
    known: dict[str, Any] = {
        "alert": about,
        "occurrence": "visit_missed:1",
        "area": "南柳镇柳家庄村",
        "recipient_id": None,
        "policy_id": None,
        "facts": {},
        "rungs": (),
        "told": (),
        "history": (),
    }
    return Story(**known | facts)


def fired(rung: int, duty: Duty, *, gap: bool = False) -> Fired:
    return Fired(rung=rung, repeat=0, duty=duty, fired_at=NOW + rung * 2 * HOUR, gap=gap)


def told(rung: int, account_id: UUID, **facts: Any) -> Told:
    known: dict[str, Any] = {"channel": "inbox", "status": "sent", "tries": 0, "kind": "visit_missed", "owed_at": NOW}
    return Told(rung=rung, repeat=0, account_id=account_id, **known | facts)


def says(about: Story, *, now: Any = NOW) -> tuple[str, ...]:
    return sentences(about, next_step(about.alert, holding(), now=now), NAMES)


def test_it_names_the_policy_and_its_document() -> None:
    assert says(story(alert()))[0] == (
        "3月2日 10:00 因“逾期未走访”建立，级别严重，不受办公时间限制；依据政策第 3 版(津宁民发〔2026〕3号)。"
    )


def test_it_says_what_is_missing() -> None:
    facts = {"due_at": "2026-03-01T16:00:00+00:00", "phone_last_seen_at": None, "last_seen_on": "2026-02-20"}
    assert says(story(alert(), facts=facts | {"visit": "0193"}))[1] == (
        "应于此前走访：3月2日 00:00；走访员手机最近联网：无记录；最近一次见到本人：2026年2月20日。"
    )


def test_it_says_who_was_told_how_and_with_what_result() -> None:
    notices = [
        told(0, WORKER, read_at=NOW),
        told(0, WORKER, channel="webhook", status="owed", tries=3, last_error="HTTP 500"),
        told(0, SPECIALIST, covering_for=LEADER),
    ]
    about = story(alert(rung=0), rungs=[fired(0, Duty.VILLAGE)], told=notices)
    assert says(about)[1] == (
        "3月2日 10:00 村(社区)：已通知 王*(站内消息已送达并已读，消息推送待发送，已试 3 次：HTTP 500)、"
        "赵*(代 孙* 值守，站内消息已送达)。"
    )


def test_it_tells_of_an_empty_rung_and_of_who_was_told_instead() -> None:
    rungs = [fired(0, Duty.VILLAGE, gap=True), fired(3, Duty.DISTRICT, gap=True)]
    about = story(alert(rung=3), rungs=rungs, told=[told(3, OFFICER)])
    assert says(about)[1:3] == (
        "3月2日 10:00 村(社区)：无人值守，已记录值守空缺。",
        "3月2日 16:00 区民政局值班：无人值守，已记录值守空缺；已改为通知 值班人员(站内消息已送达)。",
    )


def test_a_name_the_reader_may_not_know_is_told_as_the_duty() -> None:
    about = story(alert(rung=2, next_at=NOW + HOUR), rungs=[fired(3, Duty.DISTRICT)], told=[told(3, OFFICER)])
    text = " ".join(says(about))
    assert "区民政局值班：已通知 值班人员(站内消息已送达)" in text
    assert says(about)[-1] == "接下来：3月2日 11:00 前无人签收，将通知区民政局值班。"


def test_it_says_what_comes_next_when_and_to_whom() -> None:
    assert says(story(alert(rung=0, next_at=NOW + HOUR)))[-1] == "接下来：3月2日 11:00 前无人签收，将通知民政专干 赵*。"


def test_it_says_that_the_last_rung_repeats() -> None:
    assert (
        says(story(alert(rung=3, next_at=NOW + HOUR)))[-1]
        == "接下来：3月2日 11:00 前无人签收，将再次通知区民政局值班。"
    )


def test_it_looks_past_a_rung_that_is_empty_now() -> None:
    coming = next_step(alert(rung=0), holding(empty=[Duty.TOWNSHIP_SPECIALIST]), now=NOW)
    assert coming is not None
    assert (coming.duty, coming.people) == (Duty.TOWNSHIP_LEADER, (LEADER,))


def test_with_nobody_above_it_says_so() -> None:
    about = story(alert(rung=0, next_at=NOW + HOUR))
    coming = next_step(about.alert, holding(empty=list(Duty)), now=NOW)
    assert sentences(about, coming, NAMES)[-1] == "接下来：3月2日 11:00 前无人签收，将通知区民政局值班(目前无人值守)。"


def test_it_tells_of_an_acknowledgement_and_its_end() -> None:
    held = alert(
        rung=0,
        status="acknowledged",
        acknowledged_by=WORKER,
        acknowledged_at=NOW,
        acknowledged_until=NOW + 4 * HOUR,
        next_at=NOW + 4 * HOUR,
    )
    assert says(story(held))[-2:] == (
        "3月2日 10:00 由 王* 签收，有效至 3月2日 14:00。",
        "接下来：3月2日 14:00 签收到期仍未解除，将通知民政专干 赵*。",
    )


def test_it_tells_of_a_return_and_a_pause_with_their_reasons() -> None:
    about = story(
        alert(rung=0, returned_to=SPECIALIST, paused_until=NOW + 5 * HOUR, next_at=NOW + 5 * HOUR),
        returned_by=WORKER,
        returned_at=NOW,
        return_reason="不是我村",
        paused_by=LEADER,
        pause_reason="洪水封路",
    )
    assert says(about)[1:] == (
        "3月2日 10:00 由 王* 退回，转交 赵*：不是我村",
        "经 孙* 批准暂停至 3月2日 15:00：洪水封路",
        "接下来：3月2日 15:00 暂停到期，将通知民政专干 赵*。",
    )


def test_once_resolved_it_says_how_and_nothing_comes_next() -> None:
    settled = story(
        alert(status="resolved", next_at=None), resolved_at=NOW + HOUR, resolved_by=SPECIALIST, outcome="met"
    )
    assert says(settled)[-1] == "3月2日 11:00 由 赵* 解除：已见到本人。"
    assert next_step(settled.alert, holding(), now=NOW) is None


def test_late_evidence_resolves_without_a_persons_word() -> None:
    settled = story(alert(status="resolved", next_at=None), resolved_at=NOW + HOUR, outcome="late_evidence")
    assert says(settled)[-1] == "3月2日 11:00 解除：补到走访记录。"
