"""Sealing the journal, one sealer at a time, and looking whether anything was done to it since."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core import db, vault
from core.chain import FOUNDED, LATEST, Fault, Found, Link, faults, head_of
from core.scope import JOBS

_ONE_SEALER = 7_301_946_103  # an advisory lock of our own

# Whole microseconds and jsonb's own text: the same on every server and in every time zone.
_LINE = (
    "sha256(convert_to(jsonb_build_array(j.id, j.kind, j.subject_id, j.area_id, j.by_account_id,"
    " (extract(epoch FROM j.at) * 1000000)::bigint, (extract(epoch FROM j.written_at) * 1000000)::bigint,"
    " j.facts)::text, 'UTF8'))"
)

# Ids are given before the commit, so lower ones may come to light after higher ones. An earlier seal's `reached` is
# ripe once every transaction that had begun then has ended, long enough ago for one that was between taking its id
# and being known as a transaction: what is visible up to there now, and covered by this seal, is all there will be.
_NEXT = f"""
    WITH low AS (SELECT coalesce(max(settled), 0) AS settled FROM journal_seal),
    covered AS (
        SELECT coalesce(range_agg(r), '{{}}') AS ids FROM journal_seal s, unnest(s.lines::int8multirange) r
        WHERE upper(r) > (SELECT settled FROM low)
    ),
    ripe AS (
        SELECT coalesce(max(s.reached), 0) AS reached FROM journal_seal s
        WHERE s.sealed_at < $1 AND s.horizon <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    ),
    line AS MATERIALIZED (
        SELECT j.id, {_LINE} AS digest FROM journal j
        WHERE j.id > (SELECT settled FROM low) AND NOT (SELECT ids FROM covered) @> j.id ORDER BY j.id LIMIT $2
    ),
    summed AS (
        SELECT count(*)::int AS count, range_agg(int8range(id, id, '[]'))::text AS lines, max(id) AS reached,
            sha256(string_agg(digest, ''::bytea ORDER BY id)) AS digest FROM line
    )
    SELECT summed.*, pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS horizon,
        greatest(
            low.settled, least(ripe.reached, CASE WHEN summed.count < $2 THEN ripe.reached ELSE summed.reached END)
        ) AS settled
    FROM summed, low, ripe
"""
_LINKS = (
    "SELECT id AS number, lines, line_count AS count, reached, horizon, settled, digest, head, sealed_at"
    " FROM journal_seal"
)
_FOUND = f"""
    SELECT s.id AS number, count(j.id)::int AS count, min(j.written_at) AS earliest, max(j.written_at) AS latest,
        coalesce(sha256(string_agg({_LINE}, ''::bytea ORDER BY j.id)), ''::bytea) AS digest
    FROM journal_seal s CROSS JOIN unnest(s.lines::int8multirange) r
    LEFT JOIN journal j ON j.id >= lower(r) AND j.id < upper(r)
    WHERE s.id = ANY ($1::int[]) GROUP BY s.id
"""
_LINKS_AT_ONCE = 200


async def seal_journal(*, now: datetime, limit: int) -> Counter[str]:
    """Chain at most `limit` lines that no link covers yet; {"lines": …}. Another sealer at work: nothing."""
    async with db.transaction(JOBS):
        if not await db.fetch_value("SELECT pg_try_advisory_xact_lock($1)", _ONE_SEALER):
            return Counter(lines=0)
        row = await db.fetch_one(_NEXT, now - LATEST, limit)
        if not row["count"]:
            return Counter(lines=0)
        last = await last_link()
        await _add(_link_after(last, row, now))
        return Counter(lines=row["count"])


def _link_after(last: Link | None, row: Mapping[str, Any], now: datetime) -> Link:
    link = Link(
        number=last.number + 1 if last else 1,
        lines=row["lines"],
        count=row["count"],
        reached=max(row["reached"], last.reached if last else 0),
        horizon=row["horizon"],
        settled=row["settled"],
        digest=row["digest"],
        head=FOUNDED,
        sealed_at=now,
    )
    head = head_of(last.head if last else FOUNDED, link, mac=vault.chain_code)
    return Link(**{name: getattr(link, name) for name in Link.__slots__} | {"head": head})


async def _add(link: Link) -> None:
    await db.execute(
        "INSERT INTO journal_seal (id, lines, line_count, reached, horizon, settled, digest, head, sealed_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        link.number,
        link.lines,
        link.count,
        link.reached,
        link.horizon,
        link.settled,
        link.digest,
        link.head,
        link.sealed_at,
    )


async def last_link() -> Link | None:
    """The newest link, in the transaction under way."""
    row = await db.fetch_one(f"{_LINKS} ORDER BY id DESC LIMIT 1")
    return Link(**dict(row)) if row else None


async def verify_journal(kept: Mapping[int, bytes]) -> tuple[list[Fault], int]:
    """Everything done to the journal since it was sealed, and how many lines were looked at.

    `kept` are heads by number from outside the database: without one, a tail cut off with its links goes unseen.
    """
    async with db.transaction(JOBS):
        links = [Link(**dict(row)) for row in await db.fetch(f"{_LINKS} ORDER BY id")]
        found = await _found([link.number for link in links])
        wrong = faults(links, found, kept, mac=vault.chain_code)
        if await _inserted():
            wrong.append(Fault(number=links[-1].number if links else 0, wrong="inserted"))
        return wrong, sum(one.count for one in found.values())


async def _found(numbers: list[int]) -> dict[int, Found]:
    found = {}
    for start in range(0, len(numbers), _LINKS_AT_ONCE):
        for row in await db.fetch(_FOUND, numbers[start : start + _LINKS_AT_ONCE]):
            found[row["number"]] = Found(
                count=row["count"], digest=row["digest"], earliest=row["earliest"], latest=row["latest"]
            )
    return found


async def _inserted() -> bool:
    """Whether a line stands, uncovered, where no line could still appear."""
    return bool(
        await db.fetch_value(
            "WITH covered AS (SELECT coalesce(range_agg(r), '{}') AS ids"
            " FROM journal_seal s, unnest(s.lines::int8multirange) r)"
            " SELECT EXISTS (SELECT FROM journal j WHERE j.id <= (SELECT max(settled) FROM journal_seal)"
            " AND NOT (SELECT ids FROM covered) @> j.id)"
        )
    )
