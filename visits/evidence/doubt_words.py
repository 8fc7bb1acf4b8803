"""The words doubts are told in: a name, what was seen, and what to do or what it may mean. They accuse nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Word = Literal[
    "impossible_load",
    "two_places_at_once",
    "impossible_travel",
    "same_position",
    "far_from_home",
    "too_short",
    "batch_entry",
    "backdated",
    "implausible_time",
    "always_normal",
    "shared_phone",
    "identity_not_confirmed",
    "photo_missing",
    "position_missing",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """How a doubt is told. `seen` takes the facts it rests on; `weight` adds to what a call-back is drawn by."""

    name: str
    weight: int
    seen: str
    remedy: str


WORDS: Mapping[Word, Wording] = {
    "impossible_load": Wording(
        name="一天内走访次数异常",
        weight=3,
        seen="前后半天内上门 {visits} 次，多于 {at_most} 次。",
        remedy="可能是几人走访、一人录入。请核对各户由谁走访；纸质记录请由主管代录。",
    ),
    "two_places_at_once": Wording(
        name="同一时间出现在两户",
        weight=3,
        seen="与同村另一户的走访只相隔 {seconds_apart} 秒。",
        remedy="可能是走访后一并录入。请核对两户的走访时间，有误的请更正。",
    ),
    "impossible_travel": Wording(
        name="两村之间间隔过短",
        weight=2,
        seen="与另一村的走访只相隔 {seconds_apart} 秒，路上来不及。",
        remedy="可能是走访后一并录入。请核对两户的走访时间，有误的请更正。",
    ),
    "same_position": Wording(
        name="不同住户位置完全相同",
        weight=3,
        seen="照片位置与另外 {homes} 户完全相同。",
        remedy="同住一处的住户，位置可能相同。请核对照片是否在这一户拍摄。",
    ),
    "far_from_home": Wording(
        name="位置远离住处",
        weight=2,
        seen="照片位置离这一户平时的位置约 {metres} 米。",
        remedy="可能在医院、亲属家等处见到本人。请核对见面地点；已经搬迁的，请更新住址。",
    ),
    "too_short": Wording(
        name="停留时间过短",
        weight=1,
        seen="进门与出门的门口码只相隔 {seconds} 秒。",
        remedy="可能是两个码一起抄的。请核对是否见到本人，必要时再次上门。",
    ),
    "batch_entry": Wording(
        name="短时间内成批录入",
        weight=2,
        seen="短时间内连续录入 {reports} 条，所记走访前后相隔 {hours_of_visits} 小时。",
        remedy="可能是集中补录。请核对；没有信号时也可以当场录入，联网后自动上传。",
    ),
    "backdated": Wording(
        name="事后补录",
        weight=1,
        seen="走访 {hours} 小时后才录入。",
        remedy="请核对走访时间；没有信号时也可以当场录入，联网后自动上传。",
    ),
    "implausible_time": Wording(
        name="手机时间不可信",
        weight=2,
        seen="手机时间与服务器相差过大，走访时间以收到记录的时间为准。",
        remedy="请校准手机时间，打开自动设置时间。",
    ),
    "always_normal": Wording(
        name="长期次次一切正常",
        weight=1,
        seen="最近 {visits} 次走访都是“全部正常”。",
        remedy="可能确实平稳。下次走访可请另一人同去，逐项看一看。",
    ),
    "shared_phone": Wording(
        name="多人共用一部手机",
        weight=1,
        seen="这部手机有 {accounts} 人登录过。",
        remedy="可能是手机损坏后借用。请核对由谁走访，并请各自使用自己的账号和手机。",
    ),
    "identity_not_confirmed": Wording(
        name="未确认见到本人",
        weight=3,
        seen="没有确认见到的是本人。",
        remedy="请由熟悉的人再次上门，确认身份。",
    ),
    "photo_missing": Wording(
        name="没有照片",
        weight=1,
        seen="本区规定上门走访须拍照，这次没有收到照片。",
        remedy="照片还在手机上的，联网后会自动上传；不便拍照的，请说明情况，不影响走访记录。",
    ),
    "position_missing": Wording(
        name="没有位置",
        weight=1,
        seen="本区规定上门走访须定位，这次没有收到位置。",
        remedy="请检查手机相机能否记录位置；没有卫星信号的，请说明情况，不影响走访记录。",
    ),
}


def seen(word: Word, because: Mapping[str, Any]) -> str:
    """What was seen, with the figures it rests on."""
    return WORDS[word].seen.format_map(because)
