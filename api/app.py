"""The application: the only file that knows every controller."""

import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from types import ModuleType

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import LitestarDeprecationWarning
from litestar.types import Message, Scope

from api import (
    absences,
    abuse,
    accounts,
    agreements,
    alerts,
    areas,
    assessments,
    attachments,
    attendance,
    auth,
    bar_list,
    call_backs,
    campaigns,
    caregiver_records,
    caregivers,
    channels,
    cover,
    devices,
    doorstep,
    duties,
    emergency,
    exports,
    fees,
    figures,
    hazards,
    health,
    imports,
    journal,
    keeping,
    lanes,
    matters,
    my_care,
    notices,
    openapi,
    orders,
    phones,
    policies,
    providers,
    recipients,
    replacements,
    reports,
    sensors,
    standing,
    sync,
    sync_conflicts,
    sync_pull,
    verifications,
    visits,
    watch,
)
from api.errors import answer, id_of
from api.metrics import Meters
from api.permissions import check_declarations, permitted, sending, signed_in
from api.request import SMALL_BODY, StrictRequest
from core import clock, db, garbage, log, vault
from core.settings import Settings

RESOURCES: tuple[ModuleType, ...] = (
    auth,
    call_backs,
    campaigns,
    lanes,
    watch,
    devices,
    doorstep,
    channels,
    accounts,
    areas,
    duties,
    policies,
    recipients,
    standing,
    absences,
    imports,
    exports,
    visits,
    reports,
    sync,
    sync_pull,
    sync_conflicts,
    phones,
    providers,
    caregivers,
    caregiver_records,
    bar_list,
    agreements,
    cover,
    abuse,
    hazards,
    orders,
    verifications,
    alerts,
    emergency,
    sensors,
    matters,
    keeping,
    figures,
    my_care,
    replacements,
    assessments,
    attachments,
    attendance,
    fees,
    notices,
    journal,
)
"""Every resource below /v1: import its module above, name it here."""

JOBS_CONNECTIONS = 3
"""For what is asked with the jobs' eyes: duty, policies, the counts of /metrics."""

_ON_EVERY_ANSWER = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
"""No answer sets these for itself, so they are only ever added."""


def create_app(settings: Settings, *, now: Callable[[], datetime] = clock.now) -> Litestar:
    """The API. Its start fails without the database; a route that declares no permission lets it not even be made."""
    with warnings.catch_warnings():
        # Litestar 3 will want `FromPath[…]` around every parameter; under 2, which the lock holds, names are enough.
        warnings.filterwarnings("ignore", ".*([iI]nferred|Reserved kwarg)", LitestarDeprecationWarning)
        app = _app(settings, now)
    check_declarations(app)
    openapi.declare_problems(app)
    return app


def _app(settings: Settings, now: Callable[[], datetime]) -> Litestar:
    meters = Meters()
    return Litestar(
        route_handlers=[
            *health.CONTROLLERS,
            Router(
                "/v1",
                route_handlers=[
                    openapi.document(public=not settings.production),
                    *(controller for resource in RESOURCES for controller in resource.CONTROLLERS),
                ],
            ),
        ],
        guards=[permitted],
        dependencies={
            "by": Provide(signed_in, sync_to_thread=False),
            "sender": Provide(sending, sync_to_thread=False),
            "now": Provide(now, sync_to_thread=False, use_cache=False),
        },
        lifespan=[_pools(settings)],
        state=State({"now": now, "meters": meters, "settings": settings}),
        request_class=StrictRequest,
        request_max_body_size=SMALL_BODY,
        exception_handlers={Exception: answer},
        middleware=[meters.middleware],
        before_send=[_put_headers, meters.unmatched],
        openapi_config=openapi.config(),
        logging_config=None,
    )


def _pools(settings: Settings) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def opened(_: Litestar) -> AsyncIterator[None]:
        log.configure()
        vault.use(settings.keyring)
        garbage.look_less_often()
        async with db.pools(settings, app=settings.pool_size, jobs=JOBS_CONNECTIONS):
            yield

    return opened


async def _put_headers(message: Message, scope: Scope) -> None:
    if message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], *_ON_EVERY_ANSWER, (b"x-request-id", id_of(scope).encode())]
