"""Words of agreements and care, and the Chinese that people read for each."""

from collections.abc import Mapping
from typing import Literal

Party = Literal["township", "village", "caregiver", "recipient"]
How = Literal["ink", "fingerprint", "electronic"]
Capacity = Literal["self", "guardian", "proxy"]
FeeClass = Literal["none", "partial", "full"]
Per = Literal["day", "week", "month", "need"]
Relation = Literal[
    "spouse", "parent", "child", "sibling", "other_kin", "neighbour", "villager", "village_cadre", "provider", "other"
]
Service = Literal[
    "meals",
    "cleaning",
    "laundry",
    "washing",
    "dressing",
    "toileting",
    "turning",
    "medicines",
    "doctor",
    "hospital_care",
    "shopping",
    "company",
    "night_watch",
    "safety_check",
    "errands",
    "other",
]
CareKind = Literal["caregiver", "village", "provider", "institution", "hospital", "relative"]
EndReason = Literal["mutual", "resigned", "caregiver_died"]

PARTY_NAMES: Mapping[str, str] = {
    "township": "乡镇(街道)",
    "village": "村(居)委会",
    "caregiver": "照料人",
    "recipient": "对象本人或监护人",
}
HOW_NAMES: Mapping[str, str] = {
    "ink": "签名",
    "fingerprint": "按手印",
    "electronic": "电子签字",
    "ledger": "台账所载",
}
CAPACITY_NAMES: Mapping[str, str] = {"self": "本人", "guardian": "监护人", "proxy": "代理人"}
FEE_CLASS_NAMES: Mapping[str, str] = {"none": "无护理费", "partial": "半护理", "full": "全护理"}
PER_NAMES: Mapping[Per, str] = {"day": "每日", "week": "每周", "month": "每月", "need": "按需"}
RELATION_NAMES: Mapping[str, str] = {
    "spouse": "配偶",
    "parent": "父母",
    "child": "子女",
    "sibling": "兄弟姐妹",
    "other_kin": "其他亲属",
    "neighbour": "邻居",
    "villager": "同村村民",
    "village_cadre": "村(居)干部",
    "provider": "服务机构人员",
    "other": "其他",
}
SERVICE_NAMES: Mapping[str, str] = {
    "meals": "做饭送餐",
    "cleaning": "打扫卫生",
    "laundry": "洗衣",
    "washing": "洗澡擦身",
    "dressing": "穿衣起卧",
    "toileting": "如厕",
    "turning": "翻身防褥疮",
    "medicines": "取药喂药",
    "doctor": "陪同就医",
    "hospital_care": "住院看护",
    "shopping": "代购物品",
    "company": "陪伴聊天",
    "night_watch": "夜间看护",
    "safety_check": "安全查看",
    "errands": "代办事务",
    "other": "其他服务",
}
CARE_KIND_NAMES: Mapping[str, str] = {
    "caregiver": "其他照料人",
    "village": "村(居)委会",
    "provider": "服务机构",
    "institution": "供养机构",
    "hospital": "医院",
    "relative": "亲属",
}
END_NAMES: Mapping[str, str] = {
    "expired": "到期",
    "died": "对象死亡",
    "moved_to_collective": "转集中供养",
    "mutual": "协商一致",
    "resigned": "照料人辞任",
    "caregiver_died": "照料人死亡",
    "terminated_for_breach": "因违约撤换",
    "eligibility_ended": "终止救助供养",
    "superseded": "由新协议接替",
    "abandoned": "未生效作废",
}
CARE_END_NAMES: Mapping[str, str] = {
    "successor": "新协议生效",
    "resumed": "原协议恢复",
    "replaced": "改由他人照料",
    "left_support": "已不在分散供养",
}
GAP_NAMES: Mapping[str, str] = {
    "no_agreement": "尚未签订照料协议",
    "agreement_ended": "协议已终止或中止，无人接替",
    "caregiver_gone": "照料人已故、离任，或协议未到生效日期",
    "care_overrun": "临时照料已超期",
    "reported": "已报告无人照料",
    "resigned": "照料人辞任",
    "caregiver_died": "照料人死亡",
}
"""Why somebody has nobody, by the word the alert keeps."""
FACT_NAMES: Mapping[str, str] = {"guardian": "法定监护人", "card_holder": "银行卡持有人"}
WHO_NAMES: Mapping[str, str] = {
    "self": "本人",
    "relative": "亲属",
    "caregiver": "照料人",
    "village": "村(居)委会",
    "civil_affairs": "民政部门",
    "institution": "机构",
    "other": "其他",
}


def relation_name(word: str) -> str:
    """The Chinese of a relation; what a ledger calls it, as it stands."""
    return RELATION_NAMES.get(word, word)
