"""Whether a ledger row is somebody already registered: by ID number, or by name where the number is not known yet."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from recipients.fault import Problem

ELSEWHERE = Problem(column="身份证号", reason="已在其他地区登记", remedy="请申请转入")
OTHER_NAME = Problem(
    column="身份证号",
    reason="此号码在本辖区登记的是另一个姓名",
    remedy="请核对号码；确已更名的，请先在系统里修改姓名",
)
SEVERAL = Problem(
    column="姓名",
    reason="本村有几名同名、证件待核实的人员，分不清是哪一名",
    remedy="请先在系统里补录他们的身份证号",
)
VILLAGE_ENDED = Problem(column="所属村", reason="这个村(社区)在预览之后已撤并", remedy="请改成现在的名称后重新上传")
LIKELY_KNOWN = "姓名：本村已登记一名同名、证件待核实的人员，请核对是不是同一人"


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    id: UUID
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """What the register says of the rows of one ledger: who is known in its area, which numbers only elsewhere."""

    within: Mapping[bytes, Known]
    anywhere: Collection[bytes]
    unnumbered: Mapping[tuple[int, str], Collection[UUID]]  # by village and name
    claimed: set[UUID] = field(default_factory=set)  # of the unnumbered, by rows matched before

    def match(self, *, index: bytes | None, name: str, village_id: int) -> UUID | Problem | None:
        """Whom the row describes; None for somebody new. A number under another name is never overwritten."""
        if index is None:
            return self._by_name(name, village_id)
        if (known := self.within.get(index)) is not None:
            return known.id if known.name == name else OTHER_NAME
        return ELSEWHERE if index in self.anywhere else None

    def likely_known(self, *, index: bytes | None, name: str, village_id: int) -> bool:
        """Somebody new with a number, of the same name as one whose number is not known yet."""
        return index is not None and index not in self.within and (village_id, name) in self.unnumbered

    def _by_name(self, name: str, village_id: int) -> UUID | Problem | None:
        found = self.unnumbered.get((village_id, name), ())
        if len(found) > 1 or self.claimed.intersection(found):
            return SEVERAL
        self.claimed.update(found)
        return next(iter(found), None)
