"""One process of the API, on loopback: `python -m api.serve PORT`. Several may share a port.

Each brings a socket of its own, over which the kernel spreads the connections. uvicorn's workers share one instead: of
sixteen phones that connect at once, one worker may get all.
"""

import socket
import sys

import uvicorn

HOST = "127.0.0.1"
"""TLS and the outside world belong to a reverse proxy."""


def serve(port: int) -> bool:
    """Serve until told to end; False when it could not even start."""
    config = uvicorn.Config(
        "api.asgi:application",
        factory=True,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        door.bind((HOST, port))
        server.run(sockets=[door])
    return server.started


if __name__ == "__main__":
    sys.exit(0 if serve(int(sys.argv[1])) else 1)
