"""The phone of the tests and the demo, against a server that does as it is told: it loses nothing, whatever breaks."""

import gzip
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from cli.demo.phone import Answer, Busy, Cut, CutOff, Memory, Network, NoSignal, Phone, PhoneClock, TurnedAway
from tests.cast import NOW
from tests.scripted_server import Heard, ScriptedServer, scripted, told

DAY = timedelta(days=1)
EPOCH, ANOTHER_EPOCH = UUID(int=1), UUID(int=2)
Json = dict[str, Any]


@dataclass(kw_only=True)
class Script:
    """A server that takes everything, unless told otherwise."""

    now: datetime = NOW
    epoch: UUID = EPOCH
    wipe: bool = False
    results: Callable[[int, Json], Json] = lambda index, item: {"index": index, "status": "taken"}
    pulled: Json = field(default_factory=dict)

    def __call__(self, heard: Heard) -> Answer:
        common: Json = {"epoch": self.epoch, "server_time": self.now}
        if heard.path == "/v1/sync/pull":
            whole: Json = {"generation": 1, "since": None, "changed": [], "gone": []}
            return told({**common, **whole, **self.pulled})
        results = [self.results(index, item) for index, item in enumerate(heard.body["items"])]
        return told({**common, "wipe": self.wipe, "results": results, "missing": [], "last_seq": 0})


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
async def server(script: Script, tmp_path: Path) -> AsyncIterator[ScriptedServer]:
    async with scripted(tmp_path, lambda heard: script(heard)) as listening:
        yield listening


@pytest.fixture
def phone(server: ScriptedServer, script: Script) -> Phone:
    return Phone(token="a token", network=Network(address=server.address), time=lambda: script.now, random=Random(7))


def test_a_clock_is_ahead_drifts_and_jumps_and_the_past_keeps_its_old_time() -> None:
    clock = PhoneClock(ahead=-3 * DAY, drift=0.5, right_at=NOW)
    assert clock.shows(NOW) == NOW - 3 * DAY
    assert clock.shows(NOW + 2 * DAY) == NOW
    clock.jump(NOW + DAY, 365 * DAY)
    assert clock.shows(NOW) == NOW - 3 * DAY
    assert clock.shows(NOW + 2 * DAY) == NOW + 365 * DAY


def test_what_is_written_carries_the_time_of_the_phones_own_clock(phone: Phone) -> None:
    phone.clock.ahead = 1000 * DAY
    report = phone.at(NOW - DAY).report(uuid4())
    item = phone.item(report)
    assert item.made_at == NOW + 999 * DAY
    said = msgspec.json.decode(item.raw)
    assert datetime.fromisoformat(said["made_at"]) == item.made_at
    assert datetime.fromisoformat(said["body"]["made_at"]) == item.made_at
    assert report.version == 7 and report.int >> 80 == int(item.made_at.timestamp() * 1000)


async def test_everything_is_sent_fifty_at_a_time_and_each_request_says_what_is_left(
    phone: Phone, server: ScriptedServer
) -> None:
    written = [phone.at(NOW - number * DAY).report(uuid4()) for number in range(120)]
    receipts = await phone.push()
    assert [receipt.status for receipt in receipts] == ["taken"] * 120
    assert [(len(one.body["items"]), one.body["unsent"]) for one in server.heard] == [(50, 70), (50, 20), (20, 0)]
    oldest = [one.body.get("oldest_unsent_at") for one in server.heard]
    assert oldest == ["2025-11-03T02:00:00Z"] * 2 + [None], "119 days before the second of March"
    sent = [item for one in server.heard for item in one.body["items"]]
    assert [item["id"] for item in sent] == [str(one) for one in written]
    assert [item["seq"] for item in sent] == list(range(1, 121))
    assert {one.headers["authorization"] for one in server.heard} == {"Bearer a token"}


async def test_without_a_signal_everything_waits(phone: Phone, server: ScriptedServer) -> None:
    phone.offline()
    phone.report(uuid4())
    with pytest.raises(NoSignal):
        await phone.push()
    assert phone.waiting == 1 and server.heard == []
    phone.online()
    await phone.push()
    assert phone.waiting == 0


async def test_a_server_that_does_not_listen_is_no_signal(phone: Phone, tmp_path: Path) -> None:
    phone.network.address = f"unix:{tmp_path}/nobody"
    phone.report(uuid4())
    with pytest.raises(NoSignal):
        await phone.push()


async def test_a_request_cut_anywhere_is_never_heard_whole_and_is_sent_again_as_it_was(
    phone: Phone, server: ScriptedServer
) -> None:
    phone.report(uuid4())
    await phone.send(phone.memory.unsent)
    (whole,) = server.bytes_heard
    phone.memory.items[0].receipt = None
    for cut in range(whole):
        phone.network.cuts.append(Cut(request=cut))
        with pytest.raises(CutOff):
            await phone.push()
        assert phone.network.sent == cut and phone.waiting == 1
    await phone.push()
    assert phone.waiting == 0
    assert [one.body["items"] for one in server.heard] == [server.heard[0].body["items"]] * 2
    assert server.bytes_heard[1:-1] == list(range(whole))


async def test_a_request_cut_at_its_end_was_heard_whole_but_the_phone_does_not_know(
    phone: Phone, server: ScriptedServer
) -> None:
    phone.report(uuid4())
    phone.network.cuts.append(Cut(request=10**6))
    with pytest.raises(CutOff):
        await phone.push()
    assert phone.waiting == 1
    await phone.push()
    assert len(server.heard) == 2 and server.heard[0].body["items"] == server.heard[1].body["items"]


async def test_an_answer_cut_anywhere_is_no_receipt(phone: Phone, server: ScriptedServer) -> None:
    phone.report(uuid4())
    await phone.send(phone.memory.unsent)
    whole = phone.network.heard
    for cut in range(whole):
        phone.memory.items[0].receipt = None
        phone.network.cuts.append(Cut(answer=cut))
        with pytest.raises(CutOff):
            await phone.push()
        assert phone.network.heard == cut and phone.waiting == 1
    phone.network.cuts.append(Cut(answer=whole))
    await phone.push()
    assert phone.waiting == 0 and len(server.heard) == whole + 2


async def test_a_server_that_hangs_up_in_the_middle_gave_no_receipt(phone: Phone, server: ScriptedServer) -> None:
    whole = server.answers
    server.answers = lambda heard: Answer(status=200, headers={"Content-Length": "9999"}, body=whole(heard).body)
    phone.report(uuid4())
    with pytest.raises(CutOff):
        await phone.push()
    assert phone.waiting == 1


async def test_a_server_that_asks_for_patience_is_asked_again_later(phone: Phone, server: ScriptedServer) -> None:
    whole = server.answers
    server.answers = lambda _: told({"detail": "系统暂时不可用"}, status=503)
    phone.report(uuid4())
    with pytest.raises(Busy):
        await phone.push()
    server.answers = whole
    await phone.push()
    assert phone.waiting == 0


async def test_a_line_that_breaks_between_two_batches_leaves_what_was_told(phone: Phone) -> None:
    for _ in range(70):
        phone.report(uuid4())
    phone.network.cuts.extend([Cut(), Cut(answer=20)])
    with pytest.raises(CutOff):
        await phone.push()
    assert phone.waiting == 20


async def test_a_slow_line_brings_the_same(phone: Phone, server: ScriptedServer) -> None:
    phone.network.pace = 0.001
    phone.report(uuid4(), note="慢" * 500)
    await phone.push()
    assert phone.waiting == 0 and server.heard[0].body["items"][0]["body"]["note"] == "慢" * 500


async def test_a_refused_item_stays_visible_with_its_reason_and_is_not_sent_again(
    phone: Phone, script: Script, server: ScriptedServer
) -> None:
    script.results = lambda index, item: {
        "index": index,
        "status": "refused",
        "code": "visit-cancelled",
        "detail": "否",
    }
    report = phone.report(uuid4())
    await phone.push()
    await phone.push()
    assert [item.id for item in phone.refused] == [report]
    receipt = phone.receipt(report)
    assert receipt and (receipt.code, receipt.detail) == ("visit-cancelled", "否")
    assert [len(one.body["items"]) for one in server.heard] == [1, 0]


async def test_what_the_server_only_holds_is_asked_about_again(phone: Phone, script: Script) -> None:
    script.results = lambda index, item: {"index": index, "status": "held", "code": "waits"}
    phone.report(uuid4())
    await phone.push()
    assert phone.waiting == 1
    script.results = lambda index, item: {"index": index, "status": "taken"}
    await phone.push()
    assert phone.waiting == 0


async def test_what_was_received_is_kept_for_fourteen_days_of_the_servers_clock(phone: Phone, script: Script) -> None:
    phone.report(uuid4())
    await phone.push()
    phone.clock.jump(NOW, 3000 * DAY)
    script.now = NOW + 13 * DAY
    await phone.push()
    assert len(phone.memory.items) == 1
    script.now = NOW + 14 * DAY
    await phone.push()
    assert phone.memory.items == []


async def test_what_has_no_receipt_is_kept_for_ever(phone: Phone, script: Script) -> None:
    script.results = lambda index, item: {"index": index, "status": "held"}
    phone.report(uuid4())
    await phone.push()
    script.now = NOW + 900 * DAY
    await phone.push()
    assert phone.waiting == 1


async def test_a_new_epoch_makes_every_receipt_void_but_those_it_gave_itself(phone: Phone, script: Script) -> None:
    old = phone.report(uuid4())
    await phone.push()
    script.epoch = ANOTHER_EPOCH
    new = phone.report(uuid4())
    await phone.push()
    assert [item.id for item in phone.memory.unsent] == [old]
    assert (receipt := phone.receipt(new)) and receipt.status == "taken"
    await phone.push()
    assert phone.waiting == 0


async def test_a_pull_brings_a_delta_and_what_left_says_why(
    phone: Phone, script: Script, server: ScriptedServer
) -> None:
    script.pulled = {"changed": [{"kind": "visit", "id": "1", "who": "李**"}, {"kind": "visit", "id": "2"}]}
    await phone.pull()
    gone = {"kind": "visit", "id": "1", "why": "reassigned", "why_name": "已改派"}
    script.pulled = {"generation": 2, "since": 1, "gone": [gone]}
    await phone.pull()
    assert [one.body for one in server.heard] == [{}, {"generation": 1}]
    assert [one["id"] for one in phone.holds("visit")] == ["2"]
    assert [one["why"] for one in phone.memory.gone] == ["reassigned"]
    assert phone.memory.generation == 2


async def test_a_pull_that_brings_everything_leaves_nothing_of_before(phone: Phone, script: Script) -> None:
    script.pulled = {"changed": [{"kind": "visit", "id": "1"}]}
    await phone.pull()
    script.pulled = {"generation": 9, "changed": [{"kind": "visit", "id": "2"}]}
    await phone.pull()
    assert [one["id"] for one in phone.holds("visit")] == ["2"]


async def test_a_difference_from_something_the_phone_does_not_hold_is_left_aside(phone: Phone, script: Script) -> None:
    script.pulled = {"changed": [{"kind": "visit", "id": "1"}]}
    await phone.pull()
    script.pulled = {"generation": 9, "since": 8, "changed": [{"kind": "visit", "id": "2"}]}
    await phone.pull()
    assert [one["id"] for one in phone.holds("visit")] == ["1"] and phone.memory.generation == 1


async def test_a_pull_under_a_new_epoch_is_heard_by_the_outbox_too(phone: Phone, script: Script) -> None:
    phone.report(uuid4())
    await phone.push()
    script.epoch = ANOTHER_EPOCH
    await phone.pull()
    assert phone.waiting == 1


async def test_a_compressed_pull_is_read(phone: Phone, server: ScriptedServer) -> None:
    plain = server.answers

    def zipped(heard: Heard) -> Answer:
        assert heard.headers["accept-encoding"] == "gzip"
        return Answer(status=201, headers={"Content-Encoding": "gzip"}, body=gzip.compress(plain(heard).body))

    server.answers = zipped
    assert (await phone.pull()).changed == []


async def test_a_phone_told_to_wipe_keeps_only_what_was_not_received(phone: Phone, script: Script) -> None:
    script.pulled = {"changed": [{"kind": "visit", "id": "1"}]}
    await phone.pull()
    script.wipe = True
    for _ in range(60):
        phone.report(uuid4())
    phone.network.cuts.extend([Cut(), Cut(answer=3)])
    with pytest.raises(CutOff):
        await phone.push()
    assert phone.holds("visit") == [] and phone.waiting == 10 and not phone.memory.wiped
    await phone.push()
    assert phone.memory.wiped and phone.memory.items == []


async def test_a_pull_turned_away_with_a_wipe_wipes_what_is_held(
    phone: Phone, script: Script, server: ScriptedServer
) -> None:
    script.pulled = {"changed": [{"kind": "visit", "id": "1"}]}
    await phone.pull()
    phone.report(uuid4())
    server.answers = lambda _: told({"code": "phone-revoked", "wipe": True}, status=403)
    with pytest.raises(TurnedAway) as refused:
        await phone.pull()
    assert refused.value.status == 403 and refused.value.problem["code"] == "phone-revoked"
    assert phone.holds("visit") == [] and phone.waiting == 1


async def test_a_restarted_app_knows_everything_it_knew(phone: Phone, script: Script) -> None:
    phone.report(uuid4())
    await phone.push()
    await phone.pull()
    phone.report(uuid4())
    again = phone.restarted()
    assert again.memory == phone.memory and again.memory is not phone.memory
    assert again.memory.dumped() == phone.memory.dumped()
    assert again.item(again.report(uuid4())).seq == 3 and len(phone.memory.items) == 2
    assert Memory.loaded(phone.memory.dumped()).unsent[0].raw == phone.memory.unsent[0].raw


async def test_edits_under_one_id_amendments_and_scrawls_are_items_of_their_own(
    phone: Phone, server: ScriptedServer
) -> None:
    visit = uuid4()
    first = phone.report(visit)
    phone.report(visit, id=first, note="改了")
    phone.amend(first, after=first, note="更正")
    phone.scrawl({"kind": 7})
    await phone.push()
    one, other, amendment, scrawl = server.heard[0].body["items"]
    assert one["id"] == other["id"] and one["body"] != other["body"]
    assert amendment["kind"] == "amendment" and amendment["after"] == str(first)
    assert amendment["body"]["report_id"] == str(first) and "visit_id" not in amendment["body"]
    assert scrawl == {"kind": 7}
    assert [item.seq for item in phone.memory.items] == [1, 2, 3, 4]


def test_two_phones_of_one_seed_write_the_same_and_of_two_seeds_never() -> None:
    def first_id(seed: int) -> UUID:
        phone = Phone(
            token="", network=Network(address=""), time=lambda: datetime(2026, 1, 1, tzinfo=UTC), random=Random(seed)
        )
        return phone.report(UUID(int=1))

    assert first_id(1) == first_id(1) != first_id(2)
