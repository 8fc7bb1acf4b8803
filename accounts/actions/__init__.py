"""What people do with accounts; the names other packages ask for are gathered here."""

from accounts.actions.areas import import_areas
from accounts.actions.channels import add_channel, channels_of, end_channel
from accounts.actions.devices import activate_device, issue_activation, revoke_device
from accounts.actions.duty import add_duty, end_duty
from accounts.actions.leave import cancel_leave, take_leave
from accounts.actions.password import change_password
from accounts.actions.people import appoint_administrator, change_account, end_account, open_account
from accounts.actions.policy import issue_policy, set_calendar_day
from accounts.actions.resets import reset_password, reset_second_factor
from accounts.actions.second_factor import begin_second_factor, confirm_second_factor
from accounts.actions.sign_in import account_of, end_session, sender, sign_in, sign_out

__all__ = [
    "account_of",
    "activate_device",
    "add_channel",
    "add_duty",
    "appoint_administrator",
    "begin_second_factor",
    "cancel_leave",
    "change_account",
    "change_password",
    "channels_of",
    "confirm_second_factor",
    "end_account",
    "end_channel",
    "end_duty",
    "end_session",
    "import_areas",
    "issue_activation",
    "issue_policy",
    "open_account",
    "reset_password",
    "reset_second_factor",
    "revoke_device",
    "sender",
    "set_calendar_day",
    "sign_in",
    "sign_out",
    "take_leave",
]
