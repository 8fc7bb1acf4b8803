"""Counts of requests by route template, never by id; and the gauges a district's monitoring watches."""

import time
from collections.abc import Mapping
from datetime import timedelta
from functools import cache

from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Meters:
    """What one API process has counted since it started."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "chuangdeng_http_requests",
            "Requests answered, by route template",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "chuangdeng_http_request_seconds",
            "Seconds from the request's arrival to the start of its answer",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )

    def middleware(self, app: ASGIApp) -> ASGIApp:
        """Counts and times what reaches a route; `unmatched` counts the rest."""

        @cache  # prometheus_client finds them anew each time, under a lock
        def meters_of(method: str, route: str, status: str) -> tuple[Counter, Histogram]:
            return self._requests.labels(method, route, status), self._seconds.labels(method, route)

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["route_handler"].opt.get("confidential"):  # that somebody said something is itself a secret
                await app(scope, receive, send)
                return
            began = time.perf_counter()

            async def heard(message: Message) -> None:
                if message["type"] == "http.response.start":
                    route, status = str(scope["path_template"]), str(message["status"])
                    requests, seconds = meters_of(str(scope.get("method")), route, status)
                    requests.inc()
                    seconds.observe(time.perf_counter() - began)
                await send(message)

            await app(scope, receive, heard)

        return counted

    async def unmatched(self, message: Message, scope: Scope) -> None:
        """Before anything is sent: count an answer that no route gave. The method is the caller's word, so left out."""
        if message["type"] == "http.response.start" and "path_template" not in scope:
            self._requests.labels("-", "unmatched", str(message["status"])).inc()


def written(
    meters: Meters,
    *,
    overdue: int,
    unacknowledged: Mapping[str, int],
    oldest_notice: timedelta,
    silent: Mapping[str, timedelta],
) -> bytes:
    """Everything in Prometheus' text format."""
    now = CollectorRegistry()
    Gauge("chuangdeng_visits_overdue", "Visits past grace, not judged yet", registry=now).set(overdue)
    alerts = Gauge("chuangdeng_alerts_unacknowledged", "Open alerts nobody acknowledged", ["severity"], registry=now)
    for severity, count in unacknowledged.items():
        alerts.labels(severity).set(count)
    Gauge("chuangdeng_notice_oldest_owed_seconds", "Age of the oldest notice owed", registry=now).set(
        oldest_notice.total_seconds()
    )
    jobs = Gauge("chuangdeng_job_silent_seconds", "Time since a job last finished a round", ["job"], registry=now)
    for job, silence in silent.items():
        jobs.labels(job).set(silence.total_seconds())
    return generate_latest(now) + generate_latest(meters.registry)
