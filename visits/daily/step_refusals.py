"""What is true that forbids recording a step of the fast ladder, and what to do instead."""

from core.errors import Conflict, Invalid


class NoEmergency(Conflict):
    detail = "这类预警没有紧急处置步骤。请在预警页面签收或解除。"


class StepIdTaken(Conflict):
    detail = "这个编号已用于另一条处置记录。请重新生成编号后提交。"


class StepTimeImpossible(Invalid):
    detail = "处置时间不在这条预警前后的合理范围内。请检查手机时间后重新提交。"
