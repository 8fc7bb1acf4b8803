"""What phones send and fetch. One action is one transaction."""

from visits.sync.actions.conflicts import decide_item_conflict
from visits.sync.actions.epoch import renew_epoch
from visits.sync.actions.pulling import pull
from visits.sync.actions.pushing import push
from visits.sync.actions.watching import watch_phones

__all__ = ["decide_item_conflict", "pull", "push", "renew_epoch", "watch_phones"]
