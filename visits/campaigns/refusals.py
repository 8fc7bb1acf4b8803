"""What is true that forbids an act on a campaign, and what to do instead."""

from core.errors import Conflict, Invalid, NotFound


class CampaignNotFound(NotFound):
    detail = "没有找到这次专项走访。请返回列表，刷新后重新选择。"


class CampaignIsOver(Conflict):
    detail = "这次专项走访已经结束。请刷新列表；需要继续的，请新建一次。"


class CampaignElsewhere(Invalid):
    detail = "没有这个区划，或不在您的辖区。请选择您负责的区划。"


class NobodyChosen(Invalid):
    detail = "按这些条件没有选中任何人。请放宽条件后重试。"


class ReasonMissing(Invalid):
    detail = "请写明提前结束的原因。"
