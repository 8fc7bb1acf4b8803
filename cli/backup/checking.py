"""What a restored database is held to: nothing missing, everything readable, and the promises kept."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import asyncpg

from cli.backup.manifest import Manifest
from core import vault

_SAMPLE = 50

PROMISES: Mapping[str, str] = {
    "在册对象都有人照料，或已在预警": """
        SELECT r.id FROM recipient r WHERE r.support_mode = 'dispersed' AND r.standing IN ('at_home', 'in_hospital')
        AND NOT EXISTS (SELECT FROM agreement a WHERE a.recipient_id = r.id AND a.status = 'active')
        AND NOT EXISTS (SELECT FROM temporary_care t WHERE t.recipient_id = r.id AND t.ended_at IS NULL)
        AND NOT EXISTS (SELECT FROM alert a WHERE a.recipient_id = r.id AND a.kind = 'uncovered'
            AND a.status <> 'resolved')""",
    "已完成的探访都有记录": """
        SELECT v.id FROM visit v WHERE v.status = 'made'
        AND NOT EXISTS (SELECT FROM visit_report r WHERE r.id = v.report_id)""",
    "逾期的探访都有预警": """
        SELECT v.id FROM visit v WHERE v.status IN ('missed', 'not_known')
        AND NOT EXISTS (SELECT FROM alert a WHERE a.subject_id = v.id)""",
    "预警逐级提醒没有跳级": """
        SELECT a.id FROM alert a JOIN alert_rung r ON r.alert_id = a.id GROUP BY a.id
        HAVING count(DISTINCT r.rung) <> max(r.rung) + 1""",
    "未解除的预警都有下一步的时间": "SELECT a.id FROM alert a WHERE a.status <> 'resolved' AND a.next_at IS NULL",
    "已解除的预警都有结果": "SELECT a.id FROM alert a WHERE a.status = 'resolved' AND a.outcome IS NULL",
}
"""Each names those who break it."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing looked at; `trouble` is empty where all is well."""

    name: str
    trouble: str = ""


async def whole(connection: asyncpg.Connection, manifest: Manifest) -> Check:
    """Every table has the rows it had. To be asked before migrations and jobs run."""
    wrong = []
    for table, before in manifest.rows.items():
        now = await connection.fetchval(f'SELECT count(*) FROM "{table}"')
        if now != before:
            wrong.append(f"{table} 应有 {before} 行，恢复后 {now} 行")
    return Check(name=f"共 {sum(manifest.rows.values())} 行，逐表相符", trouble="；".join(wrong))


async def readable(connection: asyncpg.Connection) -> Check:
    """A sample of every sealed column opens with the keys of the backup. What is sealed need not be text."""
    opened, wrong = 0, []
    async for table, column in _sealed_columns(connection):
        rows = await connection.fetch(
            f'SELECT id, "{column}" AS sealed FROM "{table}" WHERE length("{column}") > 0 ORDER BY random() LIMIT $1',
            _SAMPLE,
        )
        for row in rows:
            try:
                vault.open_bytes(row["sealed"], f"{table}.{column}:{row['id']}")
                opened += 1
            except vault.CannotOpen:
                wrong.append(f"{table}.{column}")
                break
    return Check(name=f"抽查加密内容 {opened} 项，都能解开", trouble="打不开：" + "、".join(wrong) if wrong else "")


async def _sealed_columns(connection: asyncpg.Connection) -> AsyncIterator[tuple[str, str]]:
    rows = await connection.fetch(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND data_type = 'bytea' AND (column_name LIKE '%\\_sealed'"
        "  OR (table_name, column_name) IN (('attachment', 'picture'), ('attachment_part', 'content'))) ORDER BY 1, 2"
    )
    for row in rows:
        yield row["table_name"], row["column_name"]


async def kept(connection: asyncpg.Connection) -> list[Check]:
    """The promises, one by one."""
    checks = []
    for name, sql in PROMISES.items():
        broken = await connection.fetchval(f"SELECT count(*) FROM ({sql}) AS broken")
        checks.append(Check(name=name, trouble=f"{broken} 处不符" if broken else ""))
    return checks
