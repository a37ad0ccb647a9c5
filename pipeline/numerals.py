"""三点二万 -> Decimal("32000"): the value of a numeral, in whatever characters it is written.

Start with `parse_numeral`. A numeral is read as: sign, then a fraction (三分之一, 1/4), or an amount, which is a
sum of groups that end in a magnitude word (一亿 三千五百万 零六千), or a row of digits (二〇二三, 1,234.5).
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

import regex

from pipeline.rulebook import rules

Scale = dict[str, Decimal]


@lru_cache(maxsize=1)
def _tables() -> dict[str, Scale]:
    data = rules("numerals")
    keys = ("digits", "tens", "places", "magnitudes", "suffixes", "collective")
    return {key: {char: Decimal(value) for value, chars in data[key].items() for char in chars} for key in keys}


@lru_cache(maxsize=1)
def _patterns() -> dict[str, regex.Pattern[str]]:
    signs = rules("numerals")["signs"]
    frac = regex.compile(r"(?:(?P<whole>.+)又)?(?P<under>.+?)分(?:之)?(?P<over>.+)")
    return {
        "sign": regex.compile(rf"(?P<minus>[{regex.escape(signs['minus'])}])|[{regex.escape(signs['plus'])}]"),
        "point": regex.compile(f"[{regex.escape(signs['point'])}]"),
        "fraction": frac,
        "slash": regex.compile(r"(?:(?P<whole>\d+)\s+)?(?P<over>[\d.]+)\s*[/／]\s*(?P<under>[\d.]+)"),
        "money": regex.compile(
            r"(?P<yuan>.*?)[元圆块塊](?:(?P<jiao>[^元角毛]+)[角毛])?(?:(?P<fen>[^角毛分整正]+)分?)?[整正]?"
        ),
    }


def parse_numeral(text: str) -> Decimal | None:
    """The value of a numeral; None if the text is no numeral, or more than one numeral.

    Spaces are ignored. Fractions are rounded to 28 digits. A trailing 个 is ignored, and 元/角/分 are read as money,
    because speech recognizers and invoices write them.
    """
    text = "".join(text.split())
    if not text or len(text) > 120:
        return None
    sign = _patterns()["sign"].match(text)
    if sign and len(text) > 1:
        value = _unsigned(text[1:])
        return None if value is None else (-value if sign["minus"] else value)
    return _unsigned(text)


def _unsigned(text: str) -> Decimal | None:
    if text in ("一半", "半"):
        return Decimal("0.5")
    collective = _tables()["collective"].get(text[-1])
    if collective is not None and len(text) > 1:
        count = _amount(text[:-1])
        return None if count is None else count * collective
    return _amount(text.removesuffix("个").removesuffix("個")) if text[-1] in "个個" else _any(text)


def _any(text: str) -> Decimal | None:
    found = _patterns()["slash"].fullmatch(text) or _patterns()["fraction"].fullmatch(text)
    if found:
        negative = found["over"].startswith("负")  # 负三分之负一 is a third
        over, under = _amount(found["over"].removeprefix("负")), _amount(found["under"])
        over = -over if over and negative else over
        whole = _amount(found["whole"]) if found["whole"] else Decimal(0)
        return None if over is None or not under or whole is None else whole + over / under
    amount = _amount(text)
    return _money(text) if amount is None else amount


def _money(text: str) -> Decimal | None:
    found = _patterns()["money"].fullmatch(text)
    if not found:
        return None
    parts = [(found["yuan"], Decimal(1)), (found["jiao"], Decimal("0.1")), (found["fen"], Decimal("0.01"))]
    if found["jiao"] is None and found["fen"] and "分" not in text:
        parts[2] = (found["fen"], Decimal("0.1"))  # 三块五 is 3.5
    values = [(_amount(part.lstrip("零")), unit) for part, unit in parts if part]
    if not values or any(value is None for value, _ in values):
        return None
    return sum((value * unit for value, unit in values if value is not None), Decimal(0))


def _amount(text: str) -> Decimal | None:
    """A non-negative amount without sign and without fraction bar."""
    arabic = _arabic(text)
    if arabic is not None:
        return arabic
    head, point, tail = _split_point(text)
    if not point:
        return _groups(text)
    tables = _tables()
    stop = next((i for i, c in enumerate(tail) if c not in tables["digits"]), len(tail))
    whole = _groups(head) if head else Decimal(0)
    if whole is None or not tail[:stop]:
        return None
    value = whole + Decimal("0." + "".join(str(tables["digits"][c]) for c in tail[:stop]))
    return _scaled(value, tail[stop:])


def _split_point(text: str) -> tuple[str, str, str]:
    found = _patterns()["point"].search(text)
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, "", "")


_ARABIC = regex.compile(
    r"(?P<number>\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?|\d+(?:[.．]\d+)?(?:[eE][+-]?\d{1,2})?|[.．]\d+)(?P<rest>\D*)"
)


def _arabic(text: str) -> Decimal | None:
    """1,234.5 / 3千 / 1.2M: Arabic digits, then nothing but magnitudes."""
    found = _ARABIC.fullmatch(text)
    if not found or (not found["number"].isascii() and not found["number"].translate(_WIDE).isascii()):
        return None
    number = Decimal(found["number"].translate(_WIDE).replace(",", ""))
    return _scaled(number, found["rest"])


_WIDE = {0xFF10 + i: 0x30 + i for i in range(10)} | {0xFF0E: 0x2E, 0xFF0C: 0x2C}


def _scaled(value: Decimal, rest: str) -> Decimal | None:
    """Multiply by every magnitude in `rest` (万亿, 千万); None if `rest` holds anything else."""
    tables = _tables()
    if len(rest) == 1 and rest in tables["suffixes"]:
        return value * tables["suffixes"][rest]
    for char in rest:
        factor = tables["places"].get(char) or tables["magnitudes"].get(char)
        if factor is None:
            return None
        value *= factor
    return value


def _groups(text: str) -> Decimal | None:
    """一亿三千五百万零六千 -> 135006000: the last highest magnitude splits the numeral in two, and so on."""
    tables = _tables()
    magnitudes = tables["magnitudes"]
    best = max((magnitudes[c] for c in text if c in magnitudes), default=None)
    if best is None:
        return _section(text)
    at = max(i for i, c in enumerate(text) if magnitudes.get(c) == best)
    left = _groups(text[:at].removesuffix("个")) if text[:at] else Decimal(1)
    if left is None:
        return None
    rest = text[at + 1 :]
    if not rest:
        return left * best
    if len(rest) == 1 and rest in tables["digits"] and tables["digits"][rest]:
        return left * best + tables["digits"][rest] * best / 10  # 十三万五
    right = _groups(rest)
    return None if right is None or right >= best else left * best + right


def _section(text: str) -> Decimal | None:
    """Up to 9999 with places (两千零五, 一百二), or a row of digits (二〇二三)."""
    tables = _tables()
    digits, places = tables["digits"], tables["places"]
    if all(c in digits for c in text):
        return Decimal("".join(str(digits[c]) for c in text)) if text else None
    total, pending, last = Decimal(0), "", Decimal(10000)
    for char in text:
        if char in digits:
            pending += str(digits[char])
        elif char in tables["tens"]:
            total += tables["tens"][char]
            last = Decimal(10)
        elif char in places and places[char] <= last:
            total += (Decimal(pending) if pending.strip("0") else Decimal(1)) * places[char]
            pending, last = "", places[char]
        else:
            return None
    if not pending:
        return total
    short = len(pending) == 1 and last > 10 and text[-2] in places  # 一百二 is 120, 一百零二 is 102
    return total + Decimal(pending) * (last / 10 if short else 1) if len(pending.lstrip("0")) <= 1 else None
