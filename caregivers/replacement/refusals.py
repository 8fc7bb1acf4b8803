"""What is true of a replacement case that forbids an act. Each tells the remedy."""

from core.errors import Conflict, Forbidden, Invalid, NotFound


class CaseNotFound(NotFound):
    """Not there, not in the caller's areas, or kept from the caller's eyes: one answer for all three."""

    detail = "没有找到这项撤换事项。请核对编号，或返回列表重新选择。"


class NotInForce(Conflict):
    detail = "该协议不在履行中，不能提请撤换。请核对协议，或就现行协议提请。"


class AlreadyProposed(Conflict):
    detail = "该协议已有一项未办结的撤换事项。请在该事项中办理。"


class OnCaregiversSide(Forbidden):
    """Related to the caregiver, or the caregiver (关系保、人情保)."""

    detail = "您与该照料人存在亲属或利益关系，须回避。请由其他人员办理。"


class VisitsTheRecipient(Forbidden):
    detail = "您负责走访该对象，不能听取意见或作出决定。请由其他人员办理。"


class NotTheDecider(Forbidden):
    """Somebody else answers for the township's decisions now."""

    def __init__(self, names: tuple[str, ...]) -> None:
        who = f"现在可以决定的是：{'、'.join(names)}。" if names else "目前无人值守，请联系区民政局安排。"
        super().__init__(f"撤换事项由乡镇(街道)负责人或其请假期间的代理人决定。{who}")


class CaseSettled(Conflict):
    """Decided, withdrawn or closed before."""


class NotHeard(Conflict):
    detail = "尚未听取意见，不能作出决定。请先告知照料人，并听取照料人、对象和村(社区)的意见。"


class NotInvited(Conflict):
    detail = "尚未告知照料人，不能按其未到场处理。请先告知听取意见的时间。"


class HeardTooSoon(Conflict):
    """The caregiver did not come, and did not have the time policy gives them."""


class InvitedTooSoon(Invalid):
    """The caregiver would not have the time policy gives them."""


class CannotReach(Conflict):
    detail = "该照料人没有登录账号，系统无法通知。请当面、书面或电话告知，并选择告知方式。"


class WordsMissing(Invalid):
    pass


class NotThen(Invalid):
    """A moment that cannot be."""


class WillMissing(Invalid):
    detail = "转为集中供养须有本人或其监护人的意愿。请记录是谁的意愿、如何表达。"


class CareNeeded(Conflict):
    detail = "请先安排临时照料：写明由谁照料、起止时间。落实之前不能终止协议，对象不能无人照料。"


class CaredForByTheRemoved(Conflict):
    detail = "临时照料或接任的照料人就是被撤换的照料人。请安排其他人。"


class RenewedMeanwhile(Conflict):
    detail = "原协议已由与同一照料人的新协议接续。请撤回本事项，就新协议重新提请。"


class MandatoryUndecided(Conflict):
    detail = "该事项依规定必须作出决定，不能撤回。请听取意见后由乡镇(街道)负责人决定。"


class NotASuccessor(Conflict):
    """The agreement named is not another caregiver's, in force for this recipient."""


class NotKept(Conflict):
    detail = "该事项没有作出不予撤换的决定，或区民政局已审阅。请刷新后查看。"


class NotFlagged(Conflict):
    detail = "该决定没有待复核的情况变化。请刷新后查看。"


class HandoverNotDue(Conflict):
    """Nothing is handed over in this state."""


class FeeNotToTheDay(Invalid):
    """The fee is settled up to the last day the agreement was in force."""


class HandoverNotWhole(Conflict):
    """Something has not been handed over yet."""
