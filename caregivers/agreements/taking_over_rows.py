"""What an agreement taken over is in the system: fee, relation, whose signatures the ledger vouches for, guardian."""

from typing import Literal

from accounts.policy_rows import Fees
from caregivers.agreements.words import RELATION_NAMES, Capacity, FeeClass, Party
from recipients.care_told import CareTold
from recipients.self_care import SelfCare

ID_TO_COME = "台账导入，身份证号待补"
"""Why the ID number of a caregiver from a ledger is not known: no ledger has a column for it."""
GUARDIAN_SIGNED = "台账导入：未成年人由监护人代签"
LONGEST_RELATION = 24  # characters, as stored

Who = Literal["village", "civil_affairs", "institution", "other"]

_RELATION_OF = {name: word for word, name in RELATION_NAMES.items()}
_FEE_CLASS: dict[SelfCare, FeeClass] = {"self": "none", "partial": "partial", "full": "full"}


def fee(self_care: SelfCare, policy: Fees) -> tuple[FeeClass, int]:
    """The class, and yuan a month by the policy of today; a ledger names no fee."""
    yuan = {"none": 0, "partial": policy.nursing_partial_yuan, "full": policy.nursing_full_yuan}
    fee_class = _FEE_CLASS[self_care]
    return fee_class, yuan[fee_class]


def relation(told: str | None) -> str:
    """Our word where the ledger uses its Chinese, else as the ledger calls it: 侄女 is more than a relative."""
    return "other" if told is None else _RELATION_OF.get(told, told[:LONGEST_RELATION])


def signers(
    told: CareTold, *, caregiver: str, village: str, township: str
) -> list[tuple[Party, Capacity, str | None, str]]:
    """Party, capacity, its reason, and who. For a child whose guardian is known, that guardian."""
    recipient: tuple[Party, Capacity, str | None, str] = ("recipient", "self", None, told.name)
    if told.minor and told.guardian:
        recipient = ("recipient", "guardian", GUARDIAN_SIGNED, told.guardian)
    return [
        ("township", "self", None, township),
        ("village", "self", None, village),
        ("caregiver", "self", None, caregiver),
        recipient,
    ]


def guardian_kind(told: str) -> Who:
    """What can be made out of a guardian's name alone: an office, or somebody of whom no more is told."""
    if "民政" in told:
        return "civil_affairs"
    if told.endswith(("村", "社区", "居委会", "村委会", "村民委员会", "居民委员会")):
        return "village"
    return "institution" if told.endswith(("院", "中心", "机构")) else "other"
