"""Passwords: hashed by the house's figures, never more than two at a time, no telling who exists."""

import asyncio
import threading
import time

import argon2
import pytest

from accounts import passwords
from accounts.passwords import hash_password, outdated, verify, weakness


async def test_the_right_password_is_right_and_another_is_not() -> None:
    stored = await hash_password("柳家庄的 三棵老槐树")
    assert await verify("柳家庄的 三棵老槐树", stored)
    assert not await verify("柳家庄的 三棵老柳树", stored)


async def test_hashes_carry_the_houses_figures() -> None:
    figures = argon2.extract_parameters(await hash_password("a long enough one"))
    assert figures.type is argon2.Type.ID
    assert (figures.time_cost, figures.memory_cost, figures.parallelism) == (2, 19 * 1024, 1)


async def test_two_hashes_of_one_password_differ() -> None:
    assert await hash_password("a long enough one") != await hash_password("a long enough one")


async def test_an_unknown_login_is_never_right_and_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []

    def watched(stored: str, password: str) -> bool:
        verified.append(stored)
        return True

    monkeypatch.setattr(passwords, "_matches", watched)
    assert not await verify("whatever it is", None)
    known, nobody = argon2.extract_parameters(await hash_password("x")), argon2.extract_parameters(verified[0])
    assert nobody == known


async def test_a_full_width_keyboard_types_the_same_password() -> None:
    assert await verify("Ａbc１２３ 老槐树", await hash_password("Abc123 老槐树"))


async def test_a_damaged_hash_is_a_fault_not_a_wrong_password() -> None:
    with pytest.raises(argon2.exceptions.InvalidHashError):
        await verify("whatever it is", "not a hash")


async def test_never_more_than_two_at_a_time_even_when_requests_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, lock = 0, 0, threading.Lock()

    def slow(stored: str, password: str) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return True

    monkeypatch.setattr(passwords, "_matches", slow)
    given_up = [asyncio.create_task(verify("x", "y")) for _ in range(3)]
    await asyncio.sleep(0.005)
    for task in given_up:
        task.cancel()
    await asyncio.gather(*(verify("x", "y") for _ in range(5)))
    assert most == 2


def test_a_hash_of_other_figures_is_outdated() -> None:
    weaker = argon2.PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash("x")
    assert outdated(weaker)


async def test_a_hash_of_todays_figures_is_not_outdated() -> None:
    assert not outdated(await hash_password("x"))


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("", "至少 10 位"),
        ("短短的密码九个字啊", "至少 10 位"),
        ("x" * 64 + "abcdefgh" * 9, "最多 128 位"),
        ("zhaojianguo-2026", "不能包含登录名"),
        ("ZhaoJianGuo!!88", "不能包含登录名"),
        ("13820001234", "不能全是数字"),
        ("１３８２０００１２３４", "不能全是数字"),
        ("aaaaaaaaaaaa", "太常见"),
        ("abababababab", "太常见"),
        ("password123", "太常见"),
        ("Passw0rd1234", None),
        ("2024admin!!!", "太常见"),
        ("woaini1314520", "太常见"),
        ("qwertyuiop", "太常见"),
        ("窗前明月光疑是地上霜", None),
        ("three old trees", None),
        ("abcdeabcde", None),
        ("three old trees " * 8, None),
    ],
)
def test_weak_passwords_are_told_why(password: str, said: str | None) -> None:
    told = weakness(password, "zhaojianguo")
    assert (told is None) if said is None else (told is not None and said in told)


def test_a_short_login_may_appear_by_chance() -> None:
    assert weakness("three old trees", "old") is None
