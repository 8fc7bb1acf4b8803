"""Prints each message as one line where the jobs run: for trying the system out, and for a screen in the duty room."""

import structlog

from alerts.messages import Address, Message, Receipt


class Console:
    """A line of the log is delivery enough: whoever reads it chose to."""

    def __init__(self) -> None:
        self.log = structlog.get_logger("chuangdeng.notices")

    async def send(self, message: Message, to: Address) -> Receipt:
        """One line; the account's id stands for the address."""
        self.log.info(
            message.title, account=to.address, count=message.count, says=" ".join(message.lines), link=message.link
        )
        return Receipt(reference=message.key)
