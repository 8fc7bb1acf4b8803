"""Names by sound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipients.pinyin import LONGEST_KEY, MOST_INITIALS, initials, sort_key


@pytest.mark.parametrize(
    ("name", "key", "letters"),
    [
        ("王国强", "wang guo qiang", "wgq"),
        ("单雄信", "shan xiong xin", "sxx"),
        ("仇英", "qiu ying", "qy"),
        ("曾国藩", "zeng guo fan", "zgf"),
        ("区德海", "ou de hai", "odh"),
        ("解珍", "xie zhen", "xz"),
        ("查良镛", "zha liang yong", "zly"),
        ("尉迟恭", "yu chi gong", "ycg"),
        ("欧阳修", "ou yang xiu", "oyx"),
        ("吕布", "lv bu", "lb"),
        ("阿依古丽·买买提", "a yi gu li mai mai ti", "ayglmmt"),
        ("", "", ""),
    ],
)
def test_surnames_are_read_as_surnames(name: str, key: str, letters: str) -> None:
    assert (sort_key(name), initials(name)) == (key, letters)


def test_a_surname_elsewhere_in_a_name_is_read_as_a_word() -> None:
    assert sort_key("王单") == "wang dan"


def test_names_sort_by_sound() -> None:
    assert sorted(["张三", "李四", "曾五", "安七"], key=sort_key) == ["安七", "李四", "曾五", "张三"]


@given(st.text(max_size=120))
def test_any_name_fits_its_column(name: str) -> None:
    assert len(sort_key(name)) <= LONGEST_KEY and len(initials(name)) <= MOST_INITIALS
    assert sort_key(name) == sort_key(name).strip()
