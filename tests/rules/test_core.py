"""Ids, vault, settings and refusals: the parts of the floor that need no database."""

import base64
import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import errors, settings, vault
from core.clock import LOCAL, local_day, now
from core.errors import Refusal, TooMany
from core.ids import new_id
from core.settings import WrongSettings
from core.vault import CannotOpen, Keyring, blind_index, open_sealed, read_keyring, seal

PLACE = "recipient.id_sealed:01890000-0000-7000-8000-000000000000"


@pytest.fixture
def ring() -> Iterator[Keyring]:
    """A keyring of this test alone; the run's own comes back afterwards."""
    before = vault._ring
    mine = read_keyring(vault.new_keyring())
    vault.use(mine)
    yield mine
    vault._ring = before


# ids


def test_an_id_is_a_version_7_uuid_of_this_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    assert made.version == 7
    assert made.variant == RFC_4122
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000


def test_ids_differ_and_sort_by_the_time_they_were_made() -> None:
    earlier = [new_id() for _ in range(2000)]
    time.sleep(0.002)
    later = [new_id() for _ in range(2000)]
    assert len({*earlier, *later}) == 4000
    assert max(earlier) < min(later)


# clock


def test_now_is_aware_and_a_day_is_the_day_people_live_in() -> None:
    assert now().utcoffset() == timedelta(0)
    evening_in_utc = now().replace(year=2026, month=3, day=1, hour=16, minute=0)
    assert local_day(evening_in_utc).isoformat() == "2026-03-02"
    assert str(LOCAL) == "Asia/Shanghai"


# vault


@given(st.text(max_size=200))
def test_what_is_sealed_opens_at_its_own_place(plain: str) -> None:
    assert open_sealed(seal(plain, PLACE), PLACE) == plain


def test_the_same_text_never_seals_to_the_same_bytes(ring: Keyring) -> None:
    assert len({seal("120101194105060012", PLACE) for _ in range(100)}) == 100


def test_a_sealed_value_opens_in_no_other_row(ring: Keyring) -> None:
    with pytest.raises(CannotOpen):
        open_sealed(seal("120101194105060012", PLACE), PLACE.replace("0000-7", "0001-7"))


def test_a_sealed_value_shows_any_alteration(ring: Keyring) -> None:
    sealed = seal("120101194105060012", PLACE)
    for position in range(len(sealed)):
        altered = sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :]
        with pytest.raises(CannotOpen):
            open_sealed(altered, PLACE)
    for cut in range(len(sealed)):
        with pytest.raises(CannotOpen):
            open_sealed(sealed[:cut], PLACE)


def test_a_new_key_seals_and_the_old_one_still_opens(ring: Keyring) -> None:
    old = seal("李桂英", PLACE)
    vault.use(Keyring(current=2, keys={**ring.keys, 2: b"\x02" * 32}, index_key=ring.index_key))
    new = seal("李桂英", PLACE)
    assert open_sealed(old, PLACE) == open_sealed(new, PLACE) == "李桂英"
    vault.use(Keyring(current=2, keys={2: b"\x02" * 32}, index_key=ring.index_key))
    assert open_sealed(new, PLACE) == "李桂英"
    with pytest.raises(CannotOpen):
        open_sealed(old, PLACE)


def test_a_blind_index_finds_equal_texts_of_one_purpose_only(ring: Keyring) -> None:
    assert blind_index("120101194105060012", "id") == blind_index("120101194105060012", "id")
    assert blind_index("120101194105060012", "id") != blind_index("120101194105060012", "phone")


def test_another_index_key_gives_another_blind_index(ring: Keyring) -> None:
    mine = blind_index("120101194105060012", "id")
    vault.use(Keyring(current=ring.current, keys=ring.keys, index_key=b"\x07" * 32))
    assert blind_index("120101194105060012", "id") != mine


def test_without_a_keyring_nothing_is_sealed(ring: Keyring) -> None:
    vault._ring = None
    with pytest.raises(CannotOpen):
        seal("x", PLACE)


def _key(length: int) -> str:
    return base64.b64encode(b"k" * length).decode()


@pytest.mark.parametrize(
    "ring",
    [
        {"current": 2, "keys": {"1": _key(32)}, "index_key": _key(32)},
        {"current": 1, "keys": {"1": _key(31)}, "index_key": _key(32)},
        {"current": 1, "keys": {"1": _key(32)}, "index_key": _key(16)},
    ],
    ids=["without its current key", "with a short key", "with a short index key"],
)
def test_a_keyring_is_refused(ring: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        read_keyring(json.dumps(ring))


def test_a_keyring_file_is_private_and_made_once(tmp_path: Path) -> None:
    path = vault.keyring_file(tmp_path / "keyring.json")
    made = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert vault.keyring_file(path).read_text() == made
    assert read_keyring(made).current == 1


# settings


def _environment(**more: str) -> dict[str, str]:
    return {"DATABASE_URL": "postgresql://somewhere/chuangdeng", "CHUANGDENG_KEYRING": vault.new_keyring(), **more}


def test_all_that_is_wrong_with_the_settings_is_told_at_once() -> None:
    with pytest.raises(WrongSettings) as told:
        settings.read({"DATABASE_URL": "", "POOL_SIZE": "many", "REDIS_URL_FILE": "/nowhere/at/all"})
    for name in ("DATABASE_URL", "CHUANGDENG_KEYRING", "POOL_SIZE", "REDIS_URL_FILE"):
        assert name in str(told.value)


@pytest.mark.parametrize("wrong", ["1", "0", "-5", "2.5", "１０", "ten"])
def test_a_pool_size_is_a_number_of_at_least_two(wrong: str) -> None:
    with pytest.raises(WrongSettings, match="POOL_SIZE"):
        settings.read(_environment(POOL_SIZE=wrong))


@pytest.mark.parametrize("wrong", ["not json", "[]", "{}", '{"current": 1, "keys": {"1": "%%"}, "index_key": ""}'])
def test_a_wrong_keyring_is_told_without_its_content(wrong: str) -> None:
    with pytest.raises(WrongSettings, match="CHUANGDENG_KEYRING") as told:
        settings.read(_environment(CHUANGDENG_KEYRING=wrong))
    assert wrong not in str(told.value)
    assert told.value.__suppress_context__ or wrong not in str(told.value.__context__)


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://elsewhere/chuangdeng\n")
    found = settings.read({**_environment(DATABASE_URL=""), "DATABASE_URL_FILE": str(tmp_path / "url")})
    assert found.database_url == "postgresql://elsewhere/chuangdeng"


def test_each_role_may_have_a_database_url_of_its_own() -> None:
    found = settings.read(_environment(JOBS_DATABASE_URL="postgresql://jobs@somewhere/chuangdeng"))
    assert found.app_database_url == found.database_url
    assert found.jobs_database_url == "postgresql://jobs@somewhere/chuangdeng"


def test_settings_show_no_secret_when_printed() -> None:
    found = settings.read(_environment(DATABASE_URL="postgresql://me:geheim@somewhere/chuangdeng"))
    shown = f"{found} {found!r} {found.keyring}"
    assert "geheim" not in shown
    assert not any(str(key) in shown or base64.b64encode(key).decode() in shown for key in found.keyring.keys.values())


# refusals


def _kinds() -> list[type[Refusal]]:
    return [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Refusal)]


@pytest.mark.parametrize("kind", _kinds(), ids=lambda kind: kind.__name__)
def test_every_kind_of_refusal_speaks_chinese_to_the_reader(kind: type[Refusal]) -> None:
    assert re.search("[\u4e00-\u9fff]", kind.detail)
    assert kind.detail.endswith("。")


def test_a_refusal_says_what_is_wrong_and_where() -> None:
    refusal = errors.Invalid("走访时间不能晚于现在。", field="/made_at")
    assert (refusal.detail, refusal.field, str(refusal)) == (
        "走访时间不能晚于现在。",
        "/made_at",
        "走访时间不能晚于现在。",
    )
    assert errors.Invalid().detail == errors.Invalid.detail
    assert TooMany(retry_after=timedelta(minutes=5)).retry_after == timedelta(minutes=5)
