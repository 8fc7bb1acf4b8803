"""What may be shown of a person without a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipients import masking


@pytest.mark.parametrize(
    ("full", "shown"),
    [("王小明", "王*"), ("王明", "王*"), ("欧阳秀兰", "欧*"), (" 李桂英", "李*"), ("古丽·买买提", "古*"), ("", "*")],
)
def test_a_name_shows_its_first_character_and_not_how_long_it_is(full: str, shown: str) -> None:
    assert masking.name(full) == shown


@pytest.mark.parametrize(
    ("full", "shown"),
    [
        ("120101194001011234", "1201**********1234"),
        ("12010119400101123X", "1201**********123X"),
        ("120101400101123", "1201*******1123"),
        ("USA120140010120", "USA1*******0120"),
    ],
)
def test_an_id_number_shows_its_province_and_its_end(full: str, shown: str) -> None:
    assert masking.id_number(full) == shown


@pytest.mark.parametrize(
    ("full", "shown"),
    [
        ("13812341234", "138****1234"),
        ("022-23456789", "022-******89"),
        ("02223456789", "022****6789"),
        ("23456789", "******89"),
        ("12", "**"),
    ],
)
def test_a_phone_number_hides_its_middle(full: str, shown: str) -> None:
    assert masking.phone(full) == shown


@pytest.mark.parametrize(
    ("full", "shown"),
    [
        ("天津市津宁区南柳镇柳家庄村3排12号", "天津市津宁区南柳镇柳家庄村*"),
        ("南柳镇东河村委会旁 5 号", "南柳镇东河村*"),
        ("津宁区幸福街道和平社区2号楼1门301", "津宁区幸福街道和平社区*"),
        ("津宁区南柳镇福利院203室", "津宁区南柳镇*"),
        ("津宁区第一医院宿舍3-201", "津宁区*"),
        ("河边第二间房", "*"),
        ("", "*"),
    ],
)
def test_an_address_stops_at_the_village(full: str, shown: str) -> None:
    assert masking.address(full) == shown


def test_free_text_says_only_that_there_is_something() -> None:
    assert masking.text("胃癌术后") == "***"
    assert masking.text(" ") == ""


def test_a_bank_card_shows_its_last_four_digits() -> None:
    assert masking.bank_card("6222020302012345678") == "***************5678"


@given(st.text(alphabet="0123456789X", min_size=1, max_size=40))
def test_never_more_than_half_of_a_number_is_shown(number: str) -> None:
    for mask in (masking.id_number, masking.phone, masking.bank_card):
        shown = mask(number)
        assert len(shown) == len(number)
        assert shown.count(masking.HIDDEN) >= min(4, len(number) / 2)


@given(st.text(max_size=60))
def test_an_address_never_shows_its_house_number(start: str) -> None:
    house = "17号楼2门1703室"
    assert house not in masking.address(start + house)
