"""The chain over the journal: whatever is done to a line or to a link shows."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.chain import FOUNDED, Fault, Found, Link, code_of, faults, head_from, head_of

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
Links = list[Link]


def mac(said: bytes) -> bytes:
    return hmac.new(b"key", said, hashlib.sha256).digest()


def chain(length: int = 5, *, key: Callable[[bytes], bytes] = mac) -> Links:
    links: Links = []
    for number in range(1, length + 1):
        link = Link(
            number=number,
            lines=f"{{[{number * 10},{number * 10 + 10})}}",
            count=10,
            reached=number * 10 + 9,
            horizon=700 + number,
            settled=number * 10 - 1,
            digest=hashlib.sha256(bytes([number])).digest(),
            head=FOUNDED,
            sealed_at=NOW + timedelta(minutes=number),
        )
        links.append(replace(link, head=head_of(links[-1].head if links else FOUNDED, link, mac=key)))
    return links


def found(links: Links) -> dict[int, Found]:
    return {
        one.number: Found(count=one.count, digest=one.digest, earliest=one.sealed_at - timedelta(minutes=1), latest=NOW)
        for one in links
    }


def wrongs(links: Links, **kept: bytes) -> list[Fault]:
    return faults(links, found(links), {int(number[1:]): head for number, head in kept.items()}, mac=mac)


def test_an_untouched_chain_has_no_fault() -> None:
    links = chain()
    assert wrongs(links, n2=links[1].head, n5=links[4].head) == []
    assert wrongs([]) == []


@pytest.mark.parametrize(
    ("today", "wrong"),
    [
        (Found(count=10, digest=b"other", earliest=NOW, latest=NOW), "altered"),
        (Found(count=9, digest=b"other", earliest=NOW, latest=NOW), "removed"),
        (Found(count=0, digest=b"", earliest=None, latest=None), "removed"),
    ],
)
def test_a_line_altered_or_removed_shows(today: Found, wrong: str) -> None:
    links = chain()
    assert faults(links, found(links) | {3: today}, {}, mac=mac) == [Fault(number=3, wrong=wrong)]  # type: ignore[arg-type]


def test_a_line_written_long_before_others_of_earlier_links_was_put_in_later() -> None:
    links = chain()
    late = {3: replace(found(links)[3], earliest=NOW - timedelta(hours=1, seconds=1))}
    assert faults(links, found(links) | late, {}, mac=mac) == [Fault(number=3, wrong="backdated")]


@pytest.mark.parametrize(
    "changes",
    [
        {"count": 9},
        {"lines": "{[30,41)}"},
        {"sealed_at": NOW},
        {"digest": b"x" * 32},
        {"reached": 99},
        {"horizon": 1},
        {"settled": 1},
    ],
)
def test_a_link_altered_shows(changes: dict[str, object]) -> None:
    links = chain()
    links[2] = replace(links[2], **changes)  # type: ignore[arg-type]
    assert [one.number for one in wrongs(links)] == [3]


def test_a_link_taken_out_shows_and_so_do_two_that_change_places() -> None:
    links = chain()
    assert wrongs(links[:2] + links[3:]) == [Fault(number=3, wrong="link_removed")]
    swapped = [*links[:2], replace(links[3], number=3), replace(links[2], number=4), links[4]]
    assert {one.number for one in wrongs(swapped)} >= {3, 4}


def test_a_tail_cut_off_shows_by_the_head_kept_elsewhere_and_only_by_it() -> None:
    links = chain()
    assert wrongs(links[:3]) == []
    assert wrongs(links[:3], n5=links[4].head) == [Fault(number=5, wrong="link_removed")]


def test_a_chain_made_anew_without_the_key_is_none() -> None:
    forged = chain(key=lambda said: hashlib.sha256(said).digest())
    assert [one.wrong for one in wrongs(forged)] == ["link_altered"] * 5


def test_a_chain_made_anew_with_the_key_differs_from_the_head_kept_elsewhere() -> None:
    links = chain()
    anew = chain()
    anew[1] = replace(anew[1], digest=b"y" * 32)
    for place in range(1, 5):
        anew[place] = replace(anew[place], head=head_of(anew[place - 1].head, anew[place], mac=mac))
    assert wrongs(anew, n5=links[4].head) == [Fault(number=5, wrong="head_differs")]


def test_a_head_is_copied_by_hand_and_read_back() -> None:
    head = chain()[0].head
    assert head_from(code_of(head)) == head
    assert len(code_of(head)) == 64 + 7
    with pytest.raises(ValueError, match="64 digits"):
        head_from(code_of(head)[:-9])
