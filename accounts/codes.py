"""Secrets that people read aloud and type: activation codes and first passwords, without letters that look alike."""

import secrets
import unicodedata

_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O, 1 I L, U
_GROUPS, _GROUP = 3, 4  # 12 signs of 30: 58 bits


def new_code() -> str:
    """A fresh code such as "7KQM-9RTA-XW4C", of 58 bits."""
    groups = ("".join(secrets.choice(_SIGNS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def plain_code(typed: str) -> str:
    """The code as it was made, however it was typed: case, blanks, dashes and full-width signs do not matter."""
    signs = unicodedata.normalize("NFKC", typed).upper()
    return "".join(sign for sign in signs if sign.isalnum())
