"""A backup's envelope: opened with its passphrase, whole and unaltered, or not at all."""

import io

import pytest

from cli.backup.envelope import CHUNK, CannotOpen, Sealer, opened

WORDS = "正确的 马 电池 订书钉"


def sealed(plain: bytes, *, piece: int = 300_000) -> bytes:
    out = io.BytesIO()
    sealer = Sealer(out, WORDS)
    for start in range(0, len(plain), piece):
        sealer.write(plain[start : start + piece])
    sealer.finish()
    return out.getvalue()


def read(content: bytes, passphrase: str = WORDS) -> bytes:
    return b"".join(opened(io.BytesIO(content), passphrase))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_it_comes_back_as_it_was(size: int) -> None:
    plain = bytes(range(256)) * (size // 256 + 1)
    assert read(sealed(plain[:size])) == plain[:size]


def test_nothing_of_it_can_be_read_and_no_two_are_alike() -> None:
    plain = "柳河镇".encode() * 1000
    first, second = sealed(plain), sealed(plain)
    assert "柳".encode() not in first
    assert first != second


def test_another_passphrase_does_not_open_it() -> None:
    with pytest.raises(CannotOpen):
        read(sealed(b"lamp"), "另一个 口令 一二三四")


HEAD = 20 + 16 + 7
WHOLE = CHUNK + 16


@pytest.mark.parametrize(
    "harm",
    [
        lambda content: content[:-1],
        lambda content: content[: HEAD + WHOLE],  # cut between two chunks
        lambda content: content[:HEAD],
        lambda content: content[:10],
        lambda _: b"",
        lambda content: content + b"x",
        lambda content: content[: HEAD + 5] + bytes([content[HEAD + 5] ^ 1]) + content[HEAD + 6 :],
        lambda content: content[:25] + bytes([content[25] ^ 1]) + content[26:],
        lambda content: (
            content[:HEAD]
            + content[HEAD + WHOLE : HEAD + 2 * WHOLE]
            + content[HEAD : HEAD + WHOLE]
            + content[HEAD + 2 * WHOLE :]
        ),
        lambda content: content[:HEAD] + content[HEAD + WHOLE :],
        lambda content: content.replace(b"backup 1", b"backup 2"),
    ],
)
def test_cut_altered_or_rearranged_it_does_not_open(harm) -> None:  # type: ignore[no-untyped-def]
    content = sealed(b"lamp" * CHUNK)
    with pytest.raises(CannotOpen):
        read(harm(content))
