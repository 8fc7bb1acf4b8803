"""What forbids an act on accounts, sign-in, duty, areas and policy. Each tells the remedy."""

from accounts.area_file import RowProblem
from core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated

_PROBLEMS_TOLD = 20


class SignInRefused(Unauthenticated):
    """The same for an unknown login, a wrong password and an ended account."""

    detail = "登录名或密码不对。请核对后重试；忘记密码请联系管理员重置。"


class SecondFactorNeeded(Unauthenticated):
    detail = "请输入验证器上的 6 位动态码；验证器不在身边时可输入一个恢复码。"


class SecondFactorRefused(Unauthenticated):
    """Wrong, replayed, or a recovery code used before."""

    detail = "动态码或恢复码不对，或已经用过。请等验证器换出新码后重试，或换一个恢复码。"


class TooManyAttempts(TooMany):
    detail = "尝试次数过多，请稍后再试。已激活的手机不受影响。"


class PasswordWrong(Invalid):
    detail = "现用密码不对。请重新输入。"


class PasswordWeak(Invalid):
    pass


class NothingToConfirm(Conflict):
    detail = "没有待确认的验证器。请重新开始绑定。"


class CodeWrong(Invalid):
    detail = "动态码不对。请核对手机时间是否准确，等换出新码后重试。"


class ActivationRefused(Invalid):
    """The same for an unknown, used, withdrawn and expired code."""

    detail = "激活码不对、已用过或已过期。请向民政专干索取新码。"


class NoPhoneForRole(Conflict):
    detail = "该岗位须用密码和验证器登录，不能用激活码绑定手机。"


class LoginMalformed(Invalid):
    detail = "登录名应为 3 到 40 位小写字母、数字或 . _ @ -,以字母或数字开头。请更正。"


class LoginTaken(Conflict):
    detail = "这个登录名已被使用。请换一个，例如加上单位简称或数字。"


class NameMissing(Invalid):
    detail = "姓名为空。请填写姓名。"


class PhoneMalformed(Invalid):
    detail = "电话号码应为 5 到 20 位数字，可含 + 和 -。请更正。"


class RoleBeyondYours(Forbidden):
    detail = "您不能开设、变更或停用这个岗位的账号。请联系管理员办理。"


class NotYourOwn(Forbidden):
    """With a session left open somebody else could do it."""

    detail = "不能重置自己的密码或验证器。请在个人设置中凭现用密码修改，或请另一位管理员办理。"


class NoPasswordForRole(Conflict):
    detail = "该岗位凭链接进入，没有密码。"


class AreaUnknown(NotFound):
    detail = "没有找到这个区划。请从区划列表中选择。"


class AreaUnfit(Invalid):
    pass


class AreasMissing(Invalid):
    detail = "没有选择辖区。请至少选择一个。"


class SeveralDistricts(Invalid):
    detail = "一个账号的辖区须在同一个区县内。请分别开设账号。"


class ServesElsewhere(Forbidden):
    """Not theirs alone to change: other townships rely on it."""

    detail = "该账号同时服务于您辖区以外的地方。请由区管理员办理。"


class AccountEnded(Conflict):
    detail = "该账号已停用。如需恢复使用，请开设新账号。"


class LastAdministrator(Conflict):
    detail = "这是本区最后一个管理员账号。请先开设另一个管理员账号，再停用或变更它。"


class LastOnDuty(Conflict):
    detail = "停止后区民政局将无人值班，最紧急的预警无人接收。请先安排接替的值班人员。"


class ChannelAddressRefused(Invalid):
    """A URL we will not post to."""


class TooManyChannels(Conflict):
    detail = "通知渠道已满(最多 5 个)。请先删除不用的渠道，再添加。"


class DutyBeyondYours(Forbidden):
    detail = "您不能安排本级以上的值守。请联系上级办理。"


class CannotHold(Invalid):
    pass


class DutyHeldAlready(Conflict):
    detail = "此人已在该区划担任这一值守。无需重复安排。"


class DutyOver(Conflict):
    detail = "这一值守已经结束。请刷新列表。"


class TimesReversed(Invalid):
    detail = "结束时间应晚于开始时间。请更正。"


class AlreadyPast(Invalid):
    detail = "结束时间已经过去。请更正。"


class TooFarAhead(Invalid):
    pass


class CoverUnfit(Invalid):
    pass


class LeaveOverlaps(Conflict):
    detail = "与此人已有的请假时间重叠。请先取消或更正原来的请假。"


class LeaveOver(Conflict):
    detail = "这次请假已经结束或取消。请刷新列表。"


class EffectiveInThePast(Invalid):
    """What has been judged by the old rule stays judged by it."""

    detail = "日期不能早于今天。请改为今天或以后的日期。"


class DocumentNumberMissing(Invalid):
    detail = "没有填写文号。请填写印发该政策的文件号，如“津宁民发〔2026〕3号”。"


class AreaFileRefused(Invalid):
    """Nothing of the file was stored. `problems` names every row at fault."""

    detail = "区划文件有误，未导入任何内容。请按提示更正后重新上传。"

    def __init__(self, problems: tuple[RowProblem, ...]) -> None:
        lines = [f"第 {one.line} 行{f'“{one.column}”' if one.column else ''}：{one.detail}" for one in problems]
        more = f"\n……共 {len(lines)} 处。" if len(lines) > _PROBLEMS_TOLD else ""
        told = "\n".join(lines[:_PROBLEMS_TOLD])
        super().__init__(f"区划文件有误，未导入任何内容。请更正后重新上传:\n{told}{more}", field="/file")
        self.problems = problems
