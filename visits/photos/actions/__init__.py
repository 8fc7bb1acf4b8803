"""What is done with photos. One action is one transaction."""

from visits.photos.actions.purging import purge_attachments
from visits.photos.actions.sending import announce, receive_part

__all__ = ["announce", "purge_attachments", "receive_part"]
