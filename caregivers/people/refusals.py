"""What is true of caregivers, their providers and the bar list that forbids an act."""

from uuid import UUID

from core.errors import Conflict, Forbidden, NotFound, PreconditionFailed


class CaregiverNotFound(NotFound):
    """Not registered, or not in the caller's areas: one answer for both."""

    detail = "没有找到这名照料人。请核对后从列表中重新选择。"


class ProviderNotFound(NotFound):
    detail = "没有找到这家服务机构。请从列表中重新选择。"


class RelationNotFound(NotFound):
    detail = "没有找到这项关系申报。请返回列表重新选择。"


class RecordCheckNotFound(NotFound):
    detail = "没有找到这次查询记录。请返回列表重新选择。"


class BarNotFound(NotFound):
    detail = "没有找到这条限制记录。请返回列表重新选择。"


class CaregiverKnownHere(Conflict):
    """The ID number is registered within the caller's own areas."""

    def __init__(self, detail: str, *, field: str | None = None, caregiver_id: UUID) -> None:
        super().__init__(detail, field=field)
        self.caregiver_id = caregiver_id


class CaregiverChanged(PreconditionFailed):
    """Somebody changed the record since it was read. `changed` are names of fields, never their values."""

    def __init__(self, detail: str, *, changed: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.changed = changed


class CaresForSomebody(Conflict):
    """An agreement of theirs is in force: whoever they care for would have nobody."""

    detail = "其照料协议仍在履行。请先终止协议，并安排临时照料或由接任的照料人签订协议，再登记离开。"


class CaregiverNotActive(Conflict):
    detail = "这名照料人已登记离开或去世。登记有误的，请先恢复登记。"


class CaregiverActive(Conflict):
    detail = "这名照料人在岗，无需恢复。请刷新后核对。"


class AccountNotTheirs(Conflict):
    """The account belongs to another caregiver."""

    detail = "这个账号已关联另一名照料人。请核对账号，或先解除原来的关联。"


class VisitsOwnRecipient(Conflict):
    """The account is the visitor of somebody they care for."""

    detail = "这个账号是其所照料对象的走访员，不能走访自己照料的人。请先把走访任务交给别人，再关联。"


class RelationDeclaredBefore(Conflict):
    detail = "这项关系已经申报。如有变化，请先解除原申报再重新申报。"


class RelationEndedBefore(Conflict):
    detail = "这项关系申报已经解除。请刷新后核对。"


class OnlyYourOwnRelation(Forbidden):
    """Whoever is tied to the caregiver bars nobody but themselves."""

    detail = "您与该照料人有关系，只能申报您本人的。他人的关系请由乡镇(街道)的其他工作人员登记。"


class NotYourOwnRelation(Forbidden):
    """Whoever is barred by a relation does not lift it."""

    detail = "不能解除涉及您本人的关系申报。请由乡镇(街道)的其他工作人员核实后解除。"


class ProviderKnown(Conflict):
    detail = "这家机构已登记。请直接从列表中选择。"


class ProviderStaffCare(Conflict):
    """Some of its staff care for somebody under an agreement in force."""

    detail = "该机构护理员的照料协议仍在履行。请先逐一终止或移交这些协议，再停用机构。"


class ProviderEnded(Conflict):
    detail = "这家机构已停用。请另选机构。"


class BarLiftedBefore(Conflict):
    detail = "这条限制已经解除。请刷新后核对。"
