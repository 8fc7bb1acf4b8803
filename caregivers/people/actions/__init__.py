"""What people can do to caregivers, providers and the bar list. One action is one transaction; `bar` joins one."""

from caregivers.people.actions.barring import bar, bar_caregiver, bar_person, lift, reveal_bar
from caregivers.people.actions.checking import record_check
from caregivers.people.actions.leaving import record_death, record_leaving, restore
from caregivers.people.actions.linking import link_account, unlink_account
from caregivers.people.actions.people import Saved, edit, register
from caregivers.people.actions.providing import add_provider, end_provider
from caregivers.people.actions.relating import declare_relation, end_relation
from caregivers.people.actions.revealing import reveal, reveal_finding

__all__ = [
    "Saved",
    "add_provider",
    "bar",
    "bar_caregiver",
    "bar_person",
    "declare_relation",
    "edit",
    "end_provider",
    "end_relation",
    "lift",
    "link_account",
    "record_check",
    "record_death",
    "record_leaving",
    "register",
    "restore",
    "reveal",
    "reveal_bar",
    "reveal_finding",
    "unlink_account",
]
