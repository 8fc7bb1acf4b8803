"""What an ASGI server runs: `uvicorn --factory api.asgi:application`."""

from litestar import Litestar

from api.app import create_app
from core import settings


def application() -> Litestar:
    """The API with the settings of this process's environment."""
    return create_app(settings.read())
