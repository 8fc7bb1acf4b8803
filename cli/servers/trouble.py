"""The one way the launcher refuses: a Chinese sentence with its remedy, which the command line prints by itself."""

import click


class ServersUnavailable(click.ClickException):
    """A server cannot be chosen, reached or started."""
