"""Passwords: argon2id by the house's figures, two at a time, and the least a password must be."""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

SHORTEST = 10
LONGEST = 128
_AT_ONCE = 2
_FEWEST_SIGNS = 5
_SHORTEST_LOGIN = 4  # a shorter login may appear in a good password by chance
# Alone or with digits around them these are what people choose first.
# fmt: off
_COMMON_WORDS = frozenset({
    "a", "aa", "abc", "abcd", "abcde", "admin", "administrator", "asdf", "asdfgh", "asdfghjkl", "chuangdeng",
    "iloveyou", "login", "minzheng", "minzhengju", "passw", "password", "passwd", "qaz", "qazwsx", "qazwsxedc",
    "qwe", "qweasd", "qweasdzxc", "qwer", "qwert", "qwerty", "qwertyuiop", "root", "test", "user", "welcome",
    "woaini", "woainima", "wodemima", "zaq", "zxc", "zxcvb", "zxcvbnm", "zxcvbnmasdfghjkl",
})
# fmt: on

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# Two threads of its own rather than a semaphore before the common pool: a request given up half-way would free its
# place in the semaphore while its thread still computes.
_threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="argon2")

# Nobody's password under the same figures: an unknown login costs as much time as a known one.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$J019ccrE7VgyHsx6Y7LxuQ$2MFUP7t5vGZpKVv0kPiBBj6Cjabk8aFbqMQTUBuVeco"


def weakness(password: str, login: str) -> str | None:
    """Why a password cannot be taken, in Chinese with the remedy; None when it can."""
    plain = _plain(password).casefold()
    if len(plain) < SHORTEST:
        return f"密码至少 {SHORTEST} 位。请加长，例如用几个互不相干的词连起来。"
    if len(password) > LONGEST:
        return f"密码最多 {LONGEST} 位。请缩短。"
    if len(login) >= _SHORTEST_LOGIN and login.casefold() in plain:
        return "密码不能包含登录名。请换一个。"
    if plain.isdigit():
        return "密码不能全是数字，手机号、身份证号和生日最容易被猜中。请加入文字或字母。"
    if len(set(plain)) < _FEWEST_SIGNS or plain.strip("0123456789!@#$._-") in _COMMON_WORDS:
        return "这个密码太常见，容易被猜中。请换一个，例如用几个互不相干的词连起来。"
    return None


async def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, _plain(password))


async def verify(password: str, stored: str | None) -> bool:
    """Whether the password is right. `stored` is None for an unknown login or one without a password: never right,
    and as slow as any other."""
    known = stored if stored is not None else _NOBODY
    right = await asyncio.get_running_loop().run_in_executor(_threads, _matches, known, _plain(password))
    return right and stored is not None


def outdated(stored: str) -> bool:
    """Whether the hash was made with other figures; then store a new one at the next right sign-in."""
    return _hasher.check_needs_rehash(stored)


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except VerifyMismatchError:
        return False


def _plain(password: str) -> str:
    """The same password whichever keyboard it came from: full-width letters, composed or combined signs."""
    return unicodedata.normalize("NFKC", password)
