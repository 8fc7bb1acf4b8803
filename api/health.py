"""Is it alive, is it ready, and how much is owed: for supervisors of processes and for monitoring."""

import asyncio
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from litestar import Controller, Request, Response, get
from litestar.datastructures import State

from accounts.permissions import Account
from alerts.queries import backlog as alert_backlog
from api import metrics
from api.permissions import PUBLIC
from core import db, heartbeat, migrations
from core.errors import Unavailable
from core.scope import JOBS, Scope
from visits.queries import backlog as visit_backlog

VITAL_JOBS = ("sweep", "climb", "deliver")
"""Without these an escalation stands still."""
SILENT_TOO_LONG = timedelta(seconds=30)
_ANSWERS_WITHIN = 3.0


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Database, migrations and jobs are as they should be."""

    status: Literal["ready"] = "ready"


class NotReady(Unavailable):
    """Requests should go elsewhere; the detail lists what is missing."""


class Health(Controller):
    """Not below /v1: these belong to the operation, not to the API."""

    @get("/healthz", opt={"permission": PUBLIC}, sync_to_thread=False)
    def healthz(self) -> Alive:
        """The process is alive. Asks nothing of the database."""
        return Alive()

    @get("/readyz", opt={"permission": PUBLIC})
    async def readyz(self, now: datetime) -> Ready:
        """The database answers, every migration has run, and no vital job is silent; else 503 lists what is not."""
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN), db.transaction(Scope()):
                pending = migrations.known() - await migrations.ran()
                beats = await heartbeat.beats()
        except TimeoutError:
            raise NotReady("未就绪：数据库没有及时应答。") from None
        silent = [job for job in VITAL_JOBS if job not in beats or now - beats[job].at > SILENT_TOO_LONG]
        missing = [f"有 {len(pending)} 个数据库迁移尚未执行(请执行 chuangdeng migrate)"] if pending else []
        missing += [f"后台任务没有按时运行：{'、'.join(silent)}"] if silent else []
        if missing:
            raise NotReady("未就绪：" + "；".join(missing) + "。")
        return Ready()

    @get("/metrics", opt={"permission": "jobs.read"}, media_type=metrics.CONTENT_TYPE)
    async def prometheus(self, request: Request[Account, None, State], now: datetime) -> Response[bytes]:
        """Prometheus text: what is owed, and what this process has answered."""
        async with db.transaction(JOBS):
            overdue = await visit_backlog.overdue(now)
            unacknowledged = await alert_backlog.unacknowledged()
            oldest = await alert_backlog.oldest_owed_notice()
            beats = await heartbeat.beats()
        text = metrics.written(
            request.app.state.meters,
            overdue=overdue,
            unacknowledged=unacknowledged,
            oldest_notice=now - oldest if oldest else timedelta(),
            silent={job: now - beat.at for job, beat in beats.items()},
        )
        return Response(text, media_type=metrics.CONTENT_TYPE)


CONTROLLERS = (Health,)
