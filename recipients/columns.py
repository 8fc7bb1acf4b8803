"""The columns of a key-recipient ledger, in the order they are handed in, and the other names townships give them."""

import re
from dataclasses import dataclass
from typing import Literal

from recipients.cells import Cell, text

Kind = Literal["text", "number", "day", "word"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    field: str
    title: str
    also: tuple[str, ...] = ()
    width: int = 12
    kind: Kind = "text"
    choices: tuple[str, ...] = ()


def _phone(field: str, whose: str, *also: str) -> Column:
    names = tuple(
        f"{one}{tail}" for one in (whose, *also) for tail in ("联系电话", "联系方式", "手机", "手机号", "号码")
    )
    return Column(field=field, title=f"{whose}电话", also=(*names, *(f"{one}电话" for one in also)), width=14)


def _mark(field: str, title: str, *also: str) -> Column:
    return Column(field=field, title=title, also=also, width=9, kind="word", choices=("能", "不能"))


_YES_NO = ("是", "否")

COLUMNS: tuple[Column, ...] = (
    Column(field="serial", title="序号", also=("编号", "台账编号", "序", "NO", "NO."), width=7),
    Column(
        field="name",
        title="姓名",
        also=("特困人员姓名", "对象姓名", "供养对象姓名", "人员姓名", "救助对象姓名"),
        width=10,
    ),
    Column(field="sex", title="性别", width=6, kind="word", choices=("男", "女")),
    Column(
        field="id_number",
        title="身份证号",
        also=(
            "身份证号码",
            "公民身份号码",
            "公民身份证号码",
            "居民身份证号",
            "居民身份证号码",
            "证件号码",
            "证件号",
            "身份证",
        ),
        width=21,
    ),
    Column(field="born_on", title="出生日期", also=("出生年月", "出生年月日"), width=12, kind="day"),
    Column(field="age", title="年龄", also=("周岁", "实际年龄", "年龄(周岁)"), width=6, kind="number"),
    Column(
        field="support",
        title="供养方式",
        also=("供养形式", "救助供养形式", "救助供养方式", "供养类型"),
        width=10,
        kind="word",
        choices=("分散供养", "集中供养"),
    ),
    Column(
        field="categories",
        title="重点对象类别",
        also=("重点类别", "对象类别", "重点对象", "人员类别", "类别"),
        width=18,
    ),
    Column(
        field="self_care",
        title="自理能力",
        also=(
            "生活自理能力",
            "自理情况",
            "自理状况",
            "能力等级",
            "护理等级",
            "照料护理等级",
            "失能等级",
            "自理能力等级",
        ),
        width=18,
        kind="word",
        choices=("全自理", "部分丧失(半护理)", "完全丧失(全护理)"),
    ),
    Column(
        field="indicators", title="六项指标", also=("六项能力指标", "自理能力指标", "评估指标", "6项指标", "六项能力")
    ),
    _mark("eating", "吃饭", "自主吃饭", "进食"),
    _mark("dressing", "穿衣", "自主穿衣"),
    _mark("getting_up", "上下床", "自主上下床"),
    _mark("toileting", "如厕", "自主如厕"),
    _mark("walking_indoors", "室内行走", "室内自主行走", "自主室内行走", "行走"),
    _mark("bathing", "洗澡", "自主洗澡", "沐浴"),
    Column(field="disability_kind", title="残疾类别", also=("残疾类型", "残疾种类", "残疾情况"), width=10),
    Column(
        field="disability_grade",
        title="残疾等级",
        also=("残疾级别",),
        width=9,
        kind="word",
        choices=("一级", "二级", "三级", "四级"),
    ),
    Column(field="hukou_address", title="户籍地址", also=("户籍地", "户籍所在地", "户口地址", "户籍住址"), width=26),
    Column(
        field="address",
        title="现住址",
        also=(
            "现居住地址",
            "居住地址",
            "现住地址",
            "实际居住地",
            "实际居住地址",
            "居住地",
            "住址",
            "家庭住址",
            "现居住地",
        ),
        width=26,
    ),
    Column(
        field="village",
        title="所属村",
        also=(
            *(
                "村(居)",
                "村居",
                "村/居",
                "所在村",
                "所属村居",
                "所属村(居)",
                "所在村(居)",
                "村名",
                "行政村",
                "村(社区)",
            ),
            *("村/社区", "村", "所属村/社区", "所属村社区", "村(居)委会", "村委会"),
        ),
        width=14,
    ),
    Column(field="living_alone", title="是否独居", also=("独居", "独居情况"), width=9, kind="word", choices=_YES_NO),
    Column(
        field="phone",
        title="联系电话",
        also=("电话", "本人电话", "手机", "手机号", "手机号码", "联系方式", "电话号码", "本人联系电话"),
        width=14,
    ),
    Column(field="guardian", title="监护人", also=("监护人姓名", "法定监护人"), width=10),
    _phone("guardian_phone", "监护人"),
    Column(field="emergency", title="紧急联系人", also=("紧急联系人姓名", "应急联系人"), width=11),
    _phone("emergency_phone", "紧急联系人", "应急联系人", "紧急联系"),
    Column(field="keyholder", title="钥匙保管人", also=("钥匙保管人姓名", "钥匙保管"), width=11),
    _phone("keyholder_phone", "钥匙保管人"),
    Column(
        field="entry_consent",
        title="入户同意",
        also=("入户授权", "是否同意入户", "紧急入户授权", "同意入户", "入户同意(入户授权)", "紧急入户同意"),
        width=9,
        kind="word",
        choices=("同意", "不同意"),
    ),
    Column(field="caregiver", title="照料人", also=("照料服务人", "照料人姓名", "护理人", "照料护理人"), width=10),
    Column(
        field="caregiver_relation",
        title="与照料人关系",
        also=("照料人关系", "与特困人员关系", "与照料人的关系", "关系"),
        width=12,
    ),
    Column(
        field="agreement_number",
        title="照料协议编号",
        also=("协议编号", "委托照料协议编号", "照料服务协议编号", "委托照料服务协议编号", "协议号"),
        width=18,
    ),
    Column(
        field="agreement_starts_on",
        title="协议开始",
        also=("协议开始日期", "协议起始日期", "协议起始", "协议开始时间", "协议起", "照料协议开始日期"),
        kind="day",
    ),
    Column(
        field="agreement_ends_on",
        title="协议结束",
        also=(
            "协议结束日期",
            "协议到期",
            "协议到期日",
            "协议截止日期",
            "协议终止日期",
            "协议结束时间",
            "协议止",
            "协议到期日期",
            "照料协议结束日期",
        ),
        kind="day",
    ),
    Column(
        field="visit_every_days",
        title="探访周期(天)",
        also=("探访周期", "走访周期", "探访间隔", "探访频次", "走访频次", "走访周期(天)"),
        width=13,
        kind="number",
    ),
    Column(
        field="visitor", title="探访人", also=("走访人", "走访员", "探访人员", "走访责任人", "探访责任人"), width=10
    ),
    Column(
        field="last_seen_on",
        title="上次探访日期",
        also=(
            "上次探访",
            "最近探访日期",
            "最近一次探访日期",
            "上次走访日期",
            "最近走访时间",
            "上次探访时间",
            "最近走访日期",
        ),
        width=13,
        kind="day",
    ),
    Column(
        field="last_seen_how",
        title="上次探访方式",
        also=("探访方式", "走访方式"),
        width=13,
        kind="word",
        choices=("入户", "电话", "视频"),
    ),
    Column(field="open_hazards", title="未销隐患", also=("隐患", "未整改隐患", "存在隐患", "未消除隐患"), width=18),
    Column(
        field="curtain_watcher", title="窗帘守望人", also=("早看窗帘守望人", "邻里守望员", "守望员", "守望人"), width=11
    ),
    Column(field="remarks", title="备注", also=("说明", "其他说明", "备注说明"), width=24),
)

TITLE_OF: dict[str, str] = {column.field: column.title for column in COLUMNS}

# Written by us beside refused rows; never read back.
NUMBER_TITLE, REASON_TITLE, REMEDY_TITLE = "原行号", "原因", "处理办法"
OWN_TITLES = frozenset({NUMBER_TITLE, REASON_TITLE, REMEDY_TITLE})

# A ledger is useless without these; the last is met by any of several columns.
REQUIRED: tuple[tuple[str, ...], ...] = (
    ("name",),
    ("id_number",),
    ("village",),
    ("self_care", "indicators", "eating"),
)

# “联系电话” to the right of one of these is that person's.
PHONE_OF: dict[str, str] = {
    "guardian": "guardian_phone",
    "emergency": "emergency_phone",
    "keyholder": "keyholder_phone",
}


def _key(title: str) -> str:
    return re.sub(r"[\s*::]", "", title).upper()


_FIELD_OF: dict[str, str] = {
    _key(text(name)): column.field for column in COLUMNS for name in (column.title, *column.also)
}


def field_of(title: Cell) -> str | None:
    """The ledger field a header cell names, with or without a remark in brackets; None when it names none."""
    written = _key(text(title))
    return _FIELD_OF.get(written) or _FIELD_OF.get(re.sub(r"\(.*?\)", "", written))
