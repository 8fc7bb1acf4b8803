"""Lanes and links: who may fill them, what a watcher sees, and what a link can never do."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.actions import throttling
from accounts.refusals import TooManyAttempts
from accounts.throttle import Key
from core import db, vault
from core.clock import local_day
from core.errors import Forbidden
from core.ids import new_id
from core.scope import Scope
from tests.cast import Cast
from tests.watching import DAY, HOUR, Laid, at, became, lane, settle, tap, window
from visits.daily import actions
from visits.daily.refusals import (
    DayImpossible,
    HouseholdNotFound,
    LaneEnded,
    LaneFull,
    LaneNotFound,
    LinkUnknown,
    NotUnderVisit,
    RecipientElsewhere,
    ShownTooMuch,
    TapConflicts,
    UnknownHousehold,
    WatchedAlready,
    WatcherElsewhere,
)


async def link(cast: Cast, laid: Laid) -> str:
    return (await actions.issue_link(laid.id, by=cast.specialist, now=cast.now)).token


async def by_link(token: str, cast: Cast, clock: str = "19:00", **said: Any) -> actions.Taken:
    made_at = said.pop("made_at", at(cast, clock))
    known: dict[str, Any] = {
        "all_changed": True,
        "exceptions": {},
        "made_at": made_at,
        "sent_at": made_at,
        "address": "10.0.0.1",
        "now": made_at,
    }
    item, day = said.pop("item_id", new_id()), said.pop("on_day", made_at.date())
    return await actions.observe_by_link(item, token, day, said.pop("part", "evening"), **known | said)


async def test_a_link_shows_its_lane_and_nothing_that_tells_who_lives_there(cast: Cast) -> None:
    laid = await lane(cast, households=3)
    view = await actions.watch(await link(cast, laid), address=None, now=at(cast, "19:00"))
    assert (view.link.watcher_name, view.part, view.on_day) == ("张姐", "evening", cast.now.date())
    assert [one.shown_as for one in view.households] == ["1号院", "2号院", "3号院"]
    assert (view.opens_at, view.closes_at) == (at(cast, "18:00"), at(cast, "21:30"))
    told = str(view)
    assert "李桂英" not in told and not any(str(person) in told for person in laid.people)


async def test_a_link_shows_this_window_and_no_history(cast: Cast) -> None:
    laid = await lane(cast, households=2)
    token = await link(cast, laid)
    await by_link(token, cast, exceptions={laid.households[0].id: "dark"})
    view = await actions.watch(token, address=None, now=at(cast, "19:01"))
    assert [one.seen for one in view.households] == ["dark", "changed"]
    await actions.lay_checks(now=at(cast, "06:00", days=1))
    tomorrow = await actions.watch(token, address=None, now=at(cast, "06:30", days=1))
    assert (tomorrow.part, [one.seen for one in tomorrow.households]) == ("morning", [None, None])


async def test_a_tap_before_the_window_is_not_shown_as_done_in_it(cast: Cast) -> None:
    laid = await lane(cast)
    token = await link(cast, laid)
    await by_link(token, cast, "10:00")
    assert [one.seen for one in (await actions.watch(token, address=None, now=at(cast, "18:30"))).households] == [None]


async def test_a_link_does_not_tell_that_somebody_is_away(cast: Cast) -> None:
    laid = await lane(cast, households=2)
    token = await link(cast, laid)
    before = await actions.watch(token, address=None, now=at(cast, "22:00"))
    await cast.owner.execute("UPDATE daily_check SET status = 'suppressed' WHERE recipient_id = $1", laid.people[0])
    assert await actions.watch(token, address=None, now=at(cast, "22:00")) == before


async def test_a_tap_by_link_is_a_tap(cast: Cast) -> None:
    laid, item = await lane(cast, households=3), new_id()
    token = await link(cast, laid)
    taken = await by_link(token, cast, item_id=item, exceptions={laid.households[1].id: "dark"})
    assert list(taken.seen.values()) == ["changed", "dark", "changed"]
    assert await by_link(token, cast, item_id=item, exceptions={laid.households[1].id: "dark"}) == taken
    with pytest.raises(TapConflicts):
        await by_link(token, cast, item_id=item)
    await settle(at(cast, "19:01"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["changed", "anomaly", "changed"]
    stored = await cast.owner.fetch(
        "SELECT DISTINCT source, by_account_id, link_id IS NOT NULL AS linked FROM observation"
    )
    assert [tuple(row) for row in stored] == [("watcher", None, True)]


async def test_a_wrong_clock_does_not_spoil_a_tap_that_was_offline(cast: Cast) -> None:
    laid = await lane(cast)
    token = await link(cast, laid)
    await settle(at(cast, "21:30"))
    wrong = timedelta(days=700)
    await by_link(
        token,
        cast,
        made_at=at(cast, "19:00") - wrong,
        sent_at=at(cast, "23:00") - wrong,
        now=at(cast, "23:00"),
        on_day=cast.now.date(),
    )
    await settle(at(cast, "23:00"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["changed"]


@pytest.mark.parametrize("spoilt", ["unknown", "revoked", "expired", "ended"])
async def test_a_link_that_is_no_longer_good_opens_nothing(cast: Cast, spoilt: str) -> None:
    laid = await lane(cast)
    issued = await actions.issue_link(laid.id, by=cast.specialist, now=cast.now)
    token, now = issued.token, at(cast, "19:00")
    if spoilt == "unknown":
        token = "x" * 43
    elif spoilt == "revoked":
        await actions.revoke_link(issued.link.id, laid.id, by=cast.specialist, now=cast.now)
    elif spoilt == "expired":
        now = cast.now + 180 * DAY
    else:
        await actions.end_lane(laid.id, by=cast.specialist, now=cast.now)
    with pytest.raises(LinkUnknown):
        await actions.watch(token, address=None, now=now)
    with pytest.raises(LinkUnknown):
        await by_link(token, cast, made_at=now)
    assert await cast.owner.fetchval("SELECT count(*) FROM observation") == 0


async def test_a_link_touches_no_other_lane(cast: Cast) -> None:
    mine, other = await lane(cast), await lane(cast)
    token = await link(cast, mine)
    with pytest.raises(UnknownHousehold):
        await by_link(token, cast, exceptions={other.households[0].id: "dark"})
    async with db.transaction(Scope()):
        stored = await db.fetch(
            "SELECT * FROM watch_observe($1, $2, $2, $3, 'evening', $4, $5, '{dark}')",
            vault.token_hash(token),
            at(cast, "19:00"),
            cast.now.date(),
            [new_id()],
            [other.households[0].id],
        )
    assert [row["stored"] for row in stored] == [None]
    assert await cast.owner.fetchval("SELECT count(*) FROM observation") == 0


async def test_a_link_overwrites_nothing_that_another_lane_said(cast: Cast) -> None:
    mine, other, item = await lane(cast), await lane(cast), new_id()
    await by_link(await link(cast, other), cast, item_id=item)
    taken = await cast.owner.fetchval("SELECT id FROM observation")
    token = await link(cast, mine)
    async with db.transaction(Scope()):
        stored = await db.fetch(
            "SELECT * FROM watch_observe($1, $2, $2, $3, 'evening', $4, $5, '{dark}')",
            vault.token_hash(token),
            at(cast, "19:00"),
            cast.now.date(),
            [taken],
            [mine.households[0].id],
        )
    assert [row["stored"] for row in stored] == [None]
    assert await cast.owner.fetchval("SELECT seen FROM observation") == "changed"


async def test_a_links_token_is_stored_nowhere(cast: Cast) -> None:
    issued = await actions.issue_link((await lane(cast)).id, by=cast.specialist, now=cast.now)
    assert issued.token not in repr(issued)
    for table in ("watch_link", "journal"):
        assert issued.token not in str([tuple(row) for row in await cast.owner.fetch(f"SELECT * FROM {table}")])


async def test_whoever_guesses_is_held_up_and_the_neighbour_beside_them_is_not(cast: Cast) -> None:
    laid = await lane(cast)
    token, now, tries = await link(cast, laid), at(cast, "19:00"), 0
    with pytest.raises(TooManyAttempts):
        for _ in range(100):
            tries += 1
            with pytest.raises(LinkUnknown):
                await actions.watch(f"guess-{tries}", address="10.0.0.1", now=now)
    assert tries == 42
    with pytest.raises(TooManyAttempts):
        await by_link("guess", cast)
    assert (await by_link(token, cast)).seen
    async with db.transaction(Scope(eyes="door")):
        await throttling.count(throttling.keys_of({Key.ADDRESS: "10.0.0.1"}), now)


async def test_who_is_no_longer_supported_vanishes_from_the_link(cast: Cast) -> None:
    laid = await lane(cast, households=2)
    token = await link(cast, laid)
    await cast.owner.execute("UPDATE recipient SET standing = 'died' WHERE id = $1", laid.people[0])
    await actions.lay_checks(now=cast.now)
    view = await actions.watch(token, address=None, now=at(cast, "19:00"))
    assert [one.shown_as for one in view.households] == ["2号院"]


async def test_a_lane_takes_as_many_households_as_the_policy_says(cast: Cast) -> None:
    laid = await lane(cast, households=5)
    sixth = await cast.recipient()
    with pytest.raises(LaneFull):
        await actions.add_household(laid.id, recipient_id=sixth, shown_as="6号院", by=cast.specialist, now=cast.now)
    await actions.remove_household(laid.households[0].id, laid.id, by=cast.specialist, now=cast.now)
    await actions.add_household(laid.id, recipient_id=sixth, shown_as="6号院", by=cast.specialist, now=cast.now)


async def test_one_watcher_with_two_lanes_has_no_more_households_for_it(cast: Cast) -> None:
    await lane(cast, households=3, account=cast.worker)
    second = await lane(cast, households=2, account=cast.worker)
    with pytest.raises(LaneFull):
        await actions.add_household(
            second.id, recipient_id=await cast.recipient(), shown_as="9号院", by=cast.specialist, now=cast.now
        )


async def test_a_household_is_in_one_lane_and_under_visit(cast: Cast) -> None:
    laid, other = await lane(cast), await lane(cast)
    moved = await cast.recipient(support_mode="collective")
    foreign = await cast.recipient(area_id=cast.foreign_village)
    for recipient, shown, refusal in (
        (laid.people[0], "1号院", WatchedAlready),
        (moved, "2号院", NotUnderVisit),
        (foreign, "3号院", RecipientElsewhere),
        (await cast.recipient(), "李桂英家", ShownTooMuch),
    ):
        with pytest.raises(refusal):
            await actions.add_household(
                other.id, recipient_id=recipient, shown_as=shown, by=cast.specialist, now=cast.now
            )


async def test_a_watchers_account_must_be_known_here(cast: Cast) -> None:
    for account in (cast.foreign_worker, cast.leader):
        with pytest.raises(WatcherElsewhere):
            await lane(cast, account=account)


async def test_the_next_township_neither_sees_nor_touches_a_lane(cast: Cast) -> None:
    laid = await lane(cast)
    foreign, household = cast.foreign_specialist, laid.households[0].id
    known: dict[str, Any] = {"by": foreign, "now": cast.now}
    for act in (
        lambda: actions.end_lane(laid.id, **known),
        lambda: actions.issue_link(laid.id, **known),
        lambda: actions.revoke_link(new_id(), laid.id, **known),
        lambda: actions.remove_household(household, laid.id, **known),
        lambda: actions.set_windows(household, laid.id, morning=None, evening=None, **known),
        lambda: tap(cast, laid, "evening", at(cast, "19:00"), by=foreign),
    ):
        with pytest.raises(LaneNotFound):
            await act()
    assert await became(cast, laid, cast.now, "evening") == ["expected"]


async def test_a_worker_taps_but_does_not_manage(cast: Cast) -> None:
    laid = await lane(cast)
    with pytest.raises(Forbidden):
        await actions.issue_link(laid.id, by=cast.worker, now=cast.now)
    with pytest.raises(Forbidden):
        await tap(cast, laid, "evening", at(cast, "19:00"), by=cast.district)
    assert (await tap(cast, laid, "evening", at(cast, "19:00"))).seen


async def test_a_watcher_with_an_account_taps_their_own_lane_only(cast: Cast) -> None:
    from dataclasses import replace

    from accounts.permissions import Role

    await cast.owner.execute("UPDATE account SET role = 'watcher' WHERE id = $1", cast.worker.id)
    watcher = replace(cast.worker, role=Role.WATCHER)
    mine, other = await lane(cast, account=watcher), await lane(cast)
    with pytest.raises(LaneNotFound):
        await tap(cast, other, "evening", at(cast, "19:00"), by=watcher)
    await tap(cast, mine, "evening", at(cast, "19:00"), by=watcher)
    assert await cast.owner.fetchval("SELECT source FROM observation") == "watcher"


async def test_a_tap_about_a_day_to_come_is_refused(cast: Cast) -> None:
    laid = await lane(cast)
    with pytest.raises(DayImpossible):
        await tap(cast, laid, "evening", at(cast, "19:00"), on_day=cast.now.date() + DAY)


async def test_a_tap_from_the_future_counts_as_of_now(cast: Cast) -> None:
    laid = await lane(cast)
    await tap(cast, laid, "evening", at(cast, "20:00"), now=at(cast, "19:00"))
    assert await cast.owner.fetchval("SELECT made_at FROM observation") == at(cast, "19:00")


async def test_a_household_removed_while_the_phone_was_offline_still_counts_in_its_tap(cast: Cast) -> None:
    laid = await lane(cast, households=2)
    gone = laid.households[0].id
    await actions.remove_household(gone, laid.id, by=cast.specialist, now=at(cast, "20:00"))
    taken = await tap(cast, laid, "evening", at(cast, "19:00"), now=at(cast, "23:00"))
    assert gone in taken.seen
    assert gone not in (await tap(cast, laid, "evening", at(cast, "20:30"), now=at(cast, "23:00"))).seen


async def test_whoever_is_taken_out_of_a_lane_is_expected_of_nobody(cast: Cast) -> None:
    laid = await lane(cast, households=2)
    await actions.remove_household(laid.households[0].id, laid.id, by=cast.specialist, now=cast.now)
    await settle(at(cast, "21:30"))
    assert await became(cast, laid, cast.now, "evening") == ["ended", "not_observed"]
    with pytest.raises(HouseholdNotFound):
        await actions.remove_household(laid.households[0].id, laid.id, by=cast.specialist, now=cast.now)


async def test_whoever_moves_to_another_lane_is_expected_there(cast: Cast) -> None:
    laid, other = await lane(cast), await lane(cast)
    await actions.remove_household(laid.households[0].id, laid.id, by=cast.specialist, now=cast.now)
    await actions.add_household(
        other.id, recipient_id=laid.people[0], shown_as="西头", by=cast.specialist, now=cast.now
    )
    await actions.lay_checks(now=cast.now)
    found = await window(cast, laid.people[0], cast.now.date(), "evening")
    assert (found["status"], found["lane_id"]) == ("expected", other.id)


async def test_a_lane_once_ended_takes_nothing_and_frees_its_households(cast: Cast) -> None:
    laid = await lane(cast)
    ended = await actions.end_lane(laid.id, by=cast.specialist, now=cast.now)
    assert (await actions.end_lane(laid.id, by=cast.specialist, now=cast.now + HOUR)).ended_at == ended.ended_at
    with pytest.raises(LaneEnded):
        await actions.issue_link(laid.id, by=cast.specialist, now=cast.now)
    other = await lane(cast)
    await actions.add_household(other.id, recipient_id=laid.people[0], shown_as="1号", by=cast.specialist, now=cast.now)
    assert await actions.lay_checks(now=cast.now)


async def test_a_household_has_windows_of_its_own_from_the_next_one_on(cast: Cast) -> None:
    laid = await lane(cast)
    home, person = laid.households[0].id, laid.people[0]
    await actions.set_windows(
        home, laid.id, morning="05:30-06:30", evening="19:00-20:00", by=cast.specialist, now=cast.now
    )
    today = await window(cast, person, cast.now.date(), "evening")
    assert (today["opens_at"], today["closes_at"]) == (at(cast, "19:00"), at(cast, "20:00"))
    await actions.lay_checks(now=cast.now + DAY)
    later = await window(cast, person, cast.now.date() + 2 * DAY, "morning")
    assert (later["opens_at"], later["closes_at"]) == (at(cast, "05:30", days=2), at(cast, "06:30", days=2))
    await settle(at(cast, "20:00"))
    assert await became(cast, laid, cast.now, "evening") == ["not_observed"]


async def test_windows_follow_the_season(cast: Cast) -> None:
    laid = await lane(cast)
    winter = cast.now + 270 * DAY  # late November
    await actions.lay_checks(now=winter)
    found = await window(cast, laid.people[0], winter.date() + DAY, "evening")
    assert found["opens_at"] == at(cast, "17:00", days=271)


async def test_checks_are_laid_for_today_and_tomorrow_once(cast: Cast) -> None:
    laid = await lane(cast, households=2, added=cast.now - 30 * DAY)
    assert (await actions.lay_checks(now=cast.now))["laid"] == 0
    laid_days = await cast.owner.fetch(
        "SELECT on_day, part FROM daily_check WHERE recipient_id = $1 ORDER BY opens_at", laid.people[0]
    )
    today = cast.now.date()
    # Yesterday's and this morning's would have been laid before: after an outage they are judged like any other.
    assert [tuple(row) for row in laid_days] == [
        (day, part) for day in (today - DAY, today, today + DAY) for part in ("morning", "evening")
    ]
    assert (await actions.lay_checks(now=cast.now + DAY))["laid"] == 4


async def test_a_tap_before_its_window_was_laid_is_not_lost(cast: Cast) -> None:
    laid = await lane(cast)
    later = at(cast, "07:30", days=5)
    await tap(cast, laid, "morning", later)
    await actions.lay_checks(now=at(cast, "08:00", days=5))
    await settle(at(cast, "08:00", days=5))
    assert await became(cast, laid, later, "morning") == ["changed"]


async def test_many_batches_of_laying_leave_nobody_out(cast: Cast) -> None:
    first = await lane(cast, households=5)
    second = await lane(cast, households=5)
    next_day = cast.now + DAY
    rounds = [await actions.lay_checks(now=next_day, limit=3) for _ in range(4)]
    assert [one["households"] for one in rounds] == [3, 3, 3, 1]
    laid: list[UUID] = [*first.people, *second.people]
    for person in laid:
        assert await window(cast, person, next_day.date() + DAY, "evening")


@pytest.mark.parametrize(("added", "parts"), [("08:44", {"morning", "evening"}), ("08:46", {"evening"})])
async def test_a_window_under_way_is_laid_while_enough_of_it_is_left(cast: Cast, added: str, parts: set[str]) -> None:
    laid = await lane(cast, added=at(cast, added))
    today = await cast.owner.fetch(
        "SELECT part FROM daily_check WHERE recipient_id = $1 AND on_day = $2", laid.people[0], local_day(cast.now)
    )
    assert {row["part"] for row in today} == parts
