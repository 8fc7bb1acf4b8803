"""Names by sound: a key to sort them by, and the initials people type to find them."""

from functools import lru_cache

# Surnames read otherwise than the word; two-character ones first, so that they are found whole.
_SURNAMES: dict[str, tuple[str, ...]] = {
    "尉迟": ("yu", "chi"),
    "万俟": ("mo", "qi"),
    "长孙": ("zhang", "sun"),
    "澹台": ("tan", "tai"),
    "令狐": ("ling", "hu"),
    "单于": ("chan", "yu"),
    "单": ("shan",),
    "仇": ("qiu",),
    "曾": ("zeng",),
    "区": ("ou",),
    "解": ("xie",),
    "查": ("zha",),
    "朴": ("piao",),
    "盖": ("ge",),
    "乐": ("yue",),
    "员": ("yun",),
    "缪": ("miao",),
    "翟": ("zhai",),
    "重": ("chong",),
    "种": ("chong",),
    "冼": ("xian",),
    "洗": ("xian",),
    "召": ("shao",),
    "逄": ("pang",),
    "秘": ("bi",),
    "薄": ("bo",),
    "折": ("she",),
    "黑": ("he",),
    "繁": ("po",),
    "覃": ("qin",),
    "隗": ("wei",),
    "尉": ("wei",),
    "燕": ("yan",),
    "任": ("ren",),
    "华": ("hua",),
    "牟": ("mu",),
    "那": ("na",),
    "郇": ("xun",),
    "佴": ("nai",),
    "訾": ("zi",),
}


LONGEST_KEY, MOST_INITIALS = 200, 40  # characters, as stored; no name but a paste gone wrong is longer


@lru_cache(maxsize=4096)
def syllables(name: str) -> tuple[str, ...]:
    """The name's syllables, lower case and toneless (ü as v); what is no Chinese character stays, in lower case."""
    from pypinyin import Style, lazy_pinyin  # its dictionary takes a second: only who reads a name waits for it

    surname = next((one for one in _SURNAMES if name.startswith(one)), "")
    given = lazy_pinyin(name[len(surname) :], style=Style.NORMAL)
    read = (*_SURNAMES.get(surname, ()), *(part.lower() for part in given))
    return tuple(part for part in (_letters(one) for one in read) if part)


def _letters(part: str) -> str:
    return "".join(character for character in part if character.isalnum())


def sort_key(name: str) -> str:
    """Syllables separated by blanks: sorts by sound, syllable by syllable, under the plain C collation."""
    return " ".join(syllables(name))[:LONGEST_KEY]


def initials(name: str) -> str:
    """One letter a syllable: 单雄信 is `sxx`."""
    return "".join(part[0] for part in syllables(name))[:MOST_INITIALS]
