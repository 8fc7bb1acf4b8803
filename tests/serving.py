"""The API of the tests behind a real connection: a socket that phones speak to, in this process and on its clock."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from litestar import Litestar


class _Server(uvicorn.Server):
    """uvicorn without its hands on the signals of the process it runs in."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def listening(app: Litestar, folder: Path) -> AsyncIterator[str]:
    """An application that is started already, on a socket in this folder; its address as a `Network` takes it."""
    path = folder / "api"
    config = uvicorn.Config(app, uds=str(path), lifespan="off", log_config=None, access_log=False)
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        if serving.done():
            serving.result()
        await asyncio.sleep(0.01)
    try:
        yield f"unix:{path}"
    finally:
        server.should_exit = True
        await serving
