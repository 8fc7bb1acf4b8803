"""A neighbour's lane: one tap for everybody, and a lamp that does not change."""

from datetime import UTC, datetime, time
from typing import Any

from cli.demo.person import Person, expect, until
from cli.demo.stage import Cast
from cli.demo.timeline import Timeline
from core import clock
from core.ids import new_id

Json = dict[str, Any]
_TOO_LATE = time(23, 40)
_HOUSES = ("东头第一家", "枣树院", "井边那家")


async def play_lamp(cast: Cast, timeline: Timeline, *, but: int) -> None:
    """From a lane and its link to somebody who stands at the door. `but`: a village that plays elsewhere."""
    timeline.act("十、早看窗帘，晚看灯")
    if datetime.now(clock.LOCAL).time() > _TOO_LATE:
        timeline.aside("已近午夜，今天的时段快要结束，这一幕不演。")
        return
    lane, watcher = await a_neighbour_gets_a_lane(cast, timeline, but=but)
    shown = await one_tap_for_the_lane(watcher, timeline)
    alert = await the_lamp_does_not_change(cast, lane, watcher, shown, timeline)
    await step_by_step_to_the_door(cast, lane, alert, timeline)


async def a_neighbour_gets_a_lane(cast: Cast, timeline: Timeline, *, but: int) -> tuple[Json, Person]:
    """Three households, no account, no password: a link that shows what neighbours call the houses anyway."""
    people = [one for one in await cast.specialist.pages("/recipients") if one["area_id"] != but]
    village = next(area for area in cast.workers if sum(one["area_id"] == area for one in people) >= len(_HOUSES))
    lane = await cast.specialist.post_json("/lanes", {"area_id": village, "name": "村东一组", "watcher_name": "桂芳"})
    homes = [one for one in people if one["area_id"] == village][: len(_HOUSES)]
    for home, shown_as in zip(homes, _HOUSES, strict=True):
        await cast.specialist.post_json(
            f"/lanes/{lane['id']}/households", {"recipient_id": home["id"], "shown_as": shown_as}
        )
    link = await cast.specialist.post_json(f"/lanes/{lane['id']}/links")
    watcher = await cast.door.person("桂芳", "邻里守望员", "")
    watcher.http.headers["Authorization"] = f"Watch {link['token']}"
    timeline.good(f"民政专干 {cast.specialist.name}", f"请邻居桂芳守望{'、'.join(_HOUSES)}，发给她一个个人链接")
    return lane, watcher


async def one_tap_for_the_lane(watcher: Person, timeline: Timeline) -> list[Json]:
    """The morning: two curtains are open, one home looks as it did last night."""

    async def laid() -> list[Json] | None:
        found = (await watcher.post_json("/watch"))["households"]
        return found if len(found) == len(_HOUSES) else None

    shown: list[Json] = await until(laid, "守望员看到三户")
    expect({one["shown_as"] for one in shown} == set(_HOUSES), f"守望员看到的是 {shown}")
    tap = _tap("morning", {shown[0]["id"]: "unchanged"})
    first, again = [await watcher.post_json("/watch/observations", tap) for _ in range(2)]
    expect(first == again, "同一次点选发两遍，回答不同")
    timeline.tell(
        "邻里守望员 桂芳", f"早上一点：其余都好，{shown[0]['shown_as']}和昨晚一样，没有变化（信号不好点了两遍，算一次）"
    )
    return shown


async def the_lamp_does_not_change(
    cast: Cast, lane: Json, watcher: Person, shown: list[Json], timeline: Timeline
) -> Json:
    """The evening: unchanged for the second time. The alert opens in the same window."""
    await watcher.post_json("/watch/observations", _tap("evening", {shown[0]["id"]: "unchanged"}))
    timeline.tell("邻里守望员 桂芳", f"晚上一点：{shown[0]['shown_as']}的灯还是那样亮着")

    async def opened() -> Json | None:
        alerts = await cast.specialist.pages("/alerts")
        mine = [one for one in alerts if one["kind"] == "daily_anomaly" and one["area_id"] == lane["area_id"]]
        return mine[0] if mine else None

    alert: Json = await until(opened, "灯两次不变的预警")
    timeline.grave("系统", f"两次没有变化：同一时段内预警 {alert['short_id']}：{alert['kind_name']}")
    return alert


async def step_by_step_to_the_door(cast: Cast, lane: Json, alert: Json, timeline: Timeline) -> None:
    """The village's worker looks, calls and knocks in vain; a second person sees who lives there."""
    worker = cast.workers[lane["area_id"]]
    for step in ("look", "call", "knock"):
        done = await _step(worker, alert, step, "no_answer")
    following = "、".join(one["step_name"] for one in done["next"])
    timeline.tell(f"{worker.post} {worker.name}", f"看了、打了电话、敲了门，无人应答；系统提示下一步：{following}")
    expect(bool(done["next"]) and done["next_by"] is not None, "没有提示下一步和时限")
    seen = await cast.specialist.get(f"/alerts/{alert['id']}/emergency")
    expect(len(seen["steps"]) == 3, f"后来的人只看到 {len(seen['steps'])} 步")
    done = await _step(cast.specialist, alert, "second_person", "safe")
    expect(done["status"] == "resolved", f"见到本人后预警状态是 {done['status']}")
    timeline.good(f"民政专干 {cast.specialist.name}", "带第二人到场，见到本人：听力不好，灯忘了关。预警解除")


def _tap(part: str, exceptions: Json) -> Json:
    now = datetime.now(UTC)
    return {
        "id": str(new_id()),
        "on_day": clock.local_day(now).isoformat(),
        "part": part,
        "all": True,
        "exceptions": exceptions,
        "made_at": now.isoformat(),
        "sent_at": now.isoformat(),
    }


async def _step(person: Person, alert: Json, step: str, result: str) -> Json:
    said = {"id": str(new_id()), "step": step, "result": result, "made_at": datetime.now(UTC).isoformat()}
    done: Json = await person.post_json(f"/alerts/{alert['id']}/steps", said)
    return done
