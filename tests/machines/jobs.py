"""Steps of the night shift: the same rounds the timetable runs, at the world's own hour."""

from tests.machines.world import World
from workers import cover as cover_job
from workers import decisions as decisions_job
from workers import orders as orders_job
from workers import suspicions as suspicions_job


async def orders(world: World) -> None:
    await orders_job.run(world.now)


async def decisions(world: World) -> None:
    await decisions_job.run(world.now)


async def cover(world: World) -> None:
    await cover_job.run(world.now)
    world.told = True


async def suspicions(world: World) -> None:
    await suspicions_job.run(world.now)


async def everything(world: World) -> None:
    """Cover last: whatever the others did, who has nobody is told of."""
    await suspicions(world)
    await orders(world)
    await decisions(world)
    await cover(world)


async def nothing() -> None:
    """The jobs are down."""
