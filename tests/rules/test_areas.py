"""The tree of areas and the way up from a village."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.areas import Area, Level, chain, closure, district_of, level_of

TODAY = date(2026, 3, 2)
LONG_AGO = date(2000, 1, 1)


def area(
    id: int, code: str, parent: int | None, name: str = "某地", *, ended: date | None = None, heir: int | None = None
) -> Area:
    return Area(id=id, code=code, name=name, parent_id=parent, valid_from=LONG_AGO, valid_to=ended, successor_id=heir)


def tree(*areas: Area) -> dict[int, Area]:
    return {one.id: one for one in areas}


TIANJIN = tree(
    area(1, "120000000000", None, "天津市"),
    area(2, "120100000000", 1, "市辖区"),
    area(3, "120112000000", 2, "津南区"),
    area(4, "120112101000", 3, "葛沽镇"),
    area(5, "120112101201", 4, "三合村"),
    area(6, "120112102000", 3, "小站镇"),
    area(7, "120112102201", 6, "会馆村"),
)


def ids(areas: tuple[Area, ...]) -> list[int]:
    return [one.id for one in areas]


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("120000000000", Level.PROVINCE),
        ("120100000000", Level.CITY),
        ("120112000000", Level.COUNTY),
        ("120112101000", Level.TOWNSHIP),
        ("120112101201", Level.VILLAGE),
        ("500000000000", Level.PROVINCE),
        ("441900003000", Level.TOWNSHIP),
    ],
)
def test_the_trailing_zeros_tell_the_level(code: str, level: Level) -> None:
    assert level_of(code) is level


def test_a_level_is_how_many_digits_count() -> None:
    assert [int(level) for level in Level] == [2, 4, 6, 9, 12]


@pytest.mark.parametrize("code", ["", "120112", "12011210120a", "12011210120１", "000000000000", "1201121012011"])
def test_what_is_not_twelve_digits_is_no_code(code: str) -> None:
    with pytest.raises(ValueError, match="not an area code"):
        level_of(code)


def test_the_way_up_leaves_out_the_layer_without_a_government() -> None:
    assert ids(chain(5, TIANJIN, on=TODAY)) == [5, 4, 3, 1]


@pytest.mark.parametrize("name", ["市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"])
def test_every_name_of_the_empty_layer_is_known(name: str) -> None:
    assert area(1, "429000000000", None, name).is_empty_layer
    assert not area(1, "429004000000", None, name).is_empty_layer


def test_a_real_city_stays_in_the_way_up() -> None:
    hefei = tree(
        area(1, "340000000000", None, "安徽省"), area(2, "340100000000", 1, "合肥市"), area(3, "340121000000", 2)
    )
    assert ids(chain(3, hefei, on=TODAY)) == [3, 2, 1]


def test_an_ended_village_hands_over_to_its_successor_and_what_is_above_it() -> None:
    moved = TIANJIN | tree(area(5, "120112101201", 4, ended=TODAY, heir=7))
    assert ids(chain(5, moved, on=TODAY)) == [5, 7, 6, 3, 1]


def test_a_village_that_has_not_ended_yet_is_answered_for_where_it_is() -> None:
    moved = TIANJIN | tree(area(5, "120112101201", 4, ended=date(2026, 3, 3), heir=7))
    assert ids(chain(5, moved, on=TODAY)) == [5, 4, 3, 1]


def test_an_ended_village_without_successor_stays_with_its_township() -> None:
    assert ids(chain(5, TIANJIN | tree(area(5, "120112101201", 4, ended=TODAY)), on=TODAY)) == [5, 4, 3, 1]


def test_a_township_that_ended_takes_its_villages_along() -> None:
    merged = TIANJIN | tree(area(4, "120112101000", 3, ended=TODAY, heir=6))
    assert ids(chain(5, merged, on=TODAY)) == [5, 4, 6, 3, 1]


def test_two_areas_that_succeed_each_other_still_reach_the_county() -> None:
    circle = TIANJIN | tree(
        area(5, "120112101201", 4, ended=TODAY, heir=7), area(7, "120112102201", 6, ended=TODAY, heir=5)
    )
    assert ids(chain(5, circle, on=TODAY)) == [5, 7, 6, 3, 1]
    assert {(3, 5), (3, 7)} <= closure(circle)


def test_an_area_that_succeeds_itself_does_not_hang() -> None:
    itself = TIANJIN | tree(area(5, "120112101201", 4, ended=TODAY, heir=5))
    assert ids(chain(5, itself, on=TODAY)) == [5, 4, 3, 1]


def test_a_successor_nobody_knows_is_passed_over() -> None:
    assert ids(chain(5, TIANJIN | tree(area(5, "120112101201", 4, ended=TODAY, heir=99)), on=TODAY)) == [5, 4, 3, 1]


def test_each_area_is_within_itself_and_all_above_and_nothing_else() -> None:
    pairs = closure(TIANJIN)
    assert {above for above, inside in pairs if inside == 5} == {5, 4, 3, 2, 1}
    assert {inside for above, inside in pairs if above == 6} == {6, 7}


def test_rows_of_an_ended_village_are_seen_by_the_new_township_and_by_the_old() -> None:
    moved = closure(TIANJIN | tree(area(5, "120112101201", 4, ended=TODAY, heir=7)))
    assert {(7, 5), (6, 5), (4, 5)} <= moved
    assert (5, 7) not in moved, "the old village must not see into its successor"
    assert (4, 7) not in moved, "the old township must not see into the successor"


@pytest.mark.parametrize(("area_id", "district"), [(5, 3), (4, 3), (3, 3), (2, None), (1, None)])
def test_the_district_is_the_county_above(area_id: int, district: int | None) -> None:
    assert district_of(area_id, TIANJIN) == district


def test_a_city_without_counties_is_the_district_of_its_townships() -> None:
    dongguan = tree(
        area(1, "440000000000", None, "广东省"),
        area(2, "441900000000", 1, "东莞市"),
        area(3, "441900003000", 2, "东城街道"),
    )
    assert district_of(3, dongguan) == 2


def test_the_district_of_parents_in_a_circle_does_not_hang() -> None:
    circle = tree(area(1, "120112101201", 2), area(2, "120112101000", 1))
    assert district_of(1, circle) is None


CODES = ("120000000000", "120100000000", "120112000000", "120112101000", "120112101201")


@st.composite
def tangled_areas(draw: st.DrawFn) -> dict[int, Area]:
    """Any areas with any links, circles and dangling ends included."""
    count = draw(st.integers(1, 8))
    link = st.none() | st.integers(0, count + 1)
    return tree(
        *(
            area(id, draw(st.sampled_from(CODES)), draw(link), ended=draw(st.none() | st.just(TODAY)), heir=draw(link))
            for id in range(count)
        )
    )


@given(tangled_areas())
def test_being_within_is_reflexive_and_transitive_however_tangled(areas: dict[int, Area]) -> None:
    pairs = closure(areas)
    assert {(id, id) for id in areas} <= pairs
    assert all((top, low) in pairs for top, middle in pairs for upper, low in pairs if upper == middle)


@given(tangled_areas())
def test_the_way_up_ends_begins_at_home_and_never_leaves_what_contains_the_area(areas: dict[int, Area]) -> None:
    pairs = closure(areas)
    for id in areas:
        way = ids(chain(id, areas, on=TODAY))
        assert way[0] == id
        assert len(way) == len(set(way))
        assert all((above, id) in pairs for above in way)
