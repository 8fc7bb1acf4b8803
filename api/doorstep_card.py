"""The printed card of tear-off codes: one A4 page as SVG, each slip with its code in figures and as a QR code."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

import segno

from visits.evidence.actions import Slip

_ACROSS, _DOWN = 4, 10
_WIDTH, _HEIGHT = 47.5, 26.5  # millimetres of a slip
_LEFT, _TOP = 10.0, 24.0
_QR = 18.0
SLIPS_A_PAGE = _ACROSS * _DOWN
_HOW = "贴在进门处。走访员进门、出门各撕一张，输入或扫描；每张只能用一次。遗失请告诉村里。"


def card_page(slips: Sequence[Slip], *, whose: str, label: str) -> bytes:
    """An SVG of 210 × 297 mm. No style sheet and nothing from outside: it prints the same everywhere."""
    parts = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<svg xmlns="http://www.w3.org/2000/svg" width="210mm" height="297mm" viewBox="0 0 210 297"'
        ' font-family="Noto Sans CJK SC, Microsoft YaHei, sans-serif">',
        f'<text x="10" y="12" font-size="6">门口码 · {escape(whose)} {escape(label)}</text>',
        f'<text x="10" y="19" font-size="3.6">{_HOW}</text>',
        *(part for place, slip in enumerate(slips[:SLIPS_A_PAGE]) for part in _slip(slip, place)),
        "</svg>",
    )
    return "\n".join(parts).encode()


def qr_code(text: str) -> str:
    """A QR code as an SVG of its own, 40 mm wide with its quiet margin."""
    code = segno.make(text, error="m", micro=False)
    return str(code.svg_inline(scale=40 / code.symbol_size()[0], unit="mm"))


def _slip(slip: Slip, place: int) -> Iterator[str]:
    left, top = _LEFT + place % _ACROSS * _WIDTH, _TOP + place // _ACROSS * _HEIGHT
    yield (
        f'<rect x="{left}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="#999"'
        ' stroke-width="0.2" stroke-dasharray="1.5 1"/>'
    )
    yield f'<text x="{left + 2}" y="{top + 5}" font-size="3.2" fill="#555">第 {slip.number} 张</text>'
    yield f'<text x="{left + 2}" y="{top + 13.5}" font-size="5" letter-spacing="0.3">{slip.code[:4]}</text>'
    yield f'<text x="{left + 2}" y="{top + 20.5}" font-size="5" letter-spacing="0.3">{slip.code[4:]}</text>'
    yield _qr(slip.code, left + _WIDTH - _QR - 3, top + (_HEIGHT - _QR) / 2)


def _qr(code: str, left: float, top: float) -> str:
    """Drawn from its modules: a picture inside a picture would bring a size of its own."""
    modules = segno.make(code, error="m", micro=False).matrix
    dark = "".join(
        f"M{column} {line}h1v1h-1z" for line, row in enumerate(modules) for column, module in enumerate(row) if module
    )
    place = f"translate({left:.2f} {top:.2f}) scale({_QR / len(modules):.4f})"
    return f'<path transform="{place}" d="{dark}"/>'
