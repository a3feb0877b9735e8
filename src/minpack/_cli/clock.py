"""Dates and times of a column, in seconds since its first one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

_TIME = r"(\d{1,3}):([0-5]\d)(?::([0-5]\d)(?:[.,](\d+))?)?(?:\s*([ap])\.?m\.?)?"
_TIME_ALONE = re.compile(_TIME, re.IGNORECASE)
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_YEAR_FIRST = re.compile(rf"(\d{{4}})([./])(\d{{1,2}})\2(\d{{1,2}})(?:,?\s+{_TIME})?", re.IGNORECASE)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-./])(\d{{1,2}})\2(\d{{4}})(?:,?\s+{_TIME})?", re.IGNORECASE)
_NOON = 12 * 3600.0

Read = Callable[[str], "float | None"]


class UnclearError(ValueError):
    """Dates or times that can be read in two ways: what to do, in words."""


def is_time(text: str) -> bool:
    """Whether a cell is a time of day, or a duration."""
    return _TIME_ALONE.fullmatch(text) is not None


def is_date(text: str) -> bool:
    """Whether a cell is a date, maybe with a time."""
    return any(form.fullmatch(text) for form in (_ISO, _YEAR_FIRST, _YEAR_LAST))


def clock_of(cells: Sequence[str]) -> Read | None:
    """What makes seconds since the first cell of all that are not missing; None if the first is no date or time.

    UnclearError if the order of day and month is not known, a time may be hours or minutes, or times pass midnight.
    """
    first = cells[0] if cells else ""
    if is_time(first):
        _check_times(cells)
        begin = _seconds(first)
        return lambda text: None if begin is None or (now := _seconds(text)) is None else now - begin
    if not is_date(first):
        return None
    month_first = _month_first(cells) if _YEAR_LAST.fullmatch(first) else False
    origin = _date(first, month_first)
    if origin is None:
        return None

    def read(text: str) -> float | None:
        then = _date(text, month_first)
        if then is None or (origin.tzinfo is None) != (then.tzinfo is None):
            return None
        return (then - origin).total_seconds()

    return read


def _check_times(cells: Sequence[str]) -> None:
    before = 0.0
    for text in cells:
        match = _TIME_ALONE.fullmatch(text)
        if match is None:
            continue  # which is an error of its own
        if match[3] is None and not match[5]:
            raise UnclearError(f"{text!r} may be hours and minutes or minutes and seconds: write {text}:00 or 0:{text}")
        now = _seconds(text) or 0.0
        if before - now > _NOON:
            raise UnclearError(f"the times go back at {text!r}, as if midnight had passed: write dates, as in "
                               f"2024-01-31T{text}, or sort the rows")  # fmt: skip
        before = now


def _month_first(cells: Sequence[str]) -> bool:
    """Whether dates such as 01/31/2024 have the month first; dots stand in those that do not."""
    matches = [match for text in cells if (match := _YEAR_LAST.fullmatch(text))]
    if matches[0][2] == ".":
        return False
    first, second = (max(int(match[k]) for match in matches) for k in (1, 3))
    if (first > 12) == (second > 12):
        raise UnclearError(f"{matches[0][0]!r} may have the day or the month first: write dates as 2024-01-31")
    return second > 12


def _seconds(text: str) -> float | None:
    match = _TIME_ALONE.fullmatch(text)
    return None if match is None else _of_time(*match.groups())


def _of_time(hours: str, minutes: str, seconds: str | None, part: str | None, half: str | None) -> float | None:
    hour = int(hours)
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (half.lower() == "p")
    return 3600.0 * hour + 60.0 * int(minutes) + float(f"{seconds or 0}.{part or 0}")


def _date(text: str, month_first: bool) -> datetime | None:
    try:
        if _ISO.fullmatch(text):
            value = datetime.fromisoformat(text)
            return value.astimezone(UTC) if value.tzinfo else value
        if match := _YEAR_FIRST.fullmatch(text):
            year, month, day = int(match[1]), int(match[3]), int(match[4])
        elif match := _YEAR_LAST.fullmatch(text):
            day, month, year = int(match[1]), int(match[3]), int(match[4])
            if month_first:
                day, month = month, day
        else:
            return None
        at = _of_time(*match.groups()[4:]) if match[5] is not None else 0.0
        if at is None or at >= 86400.0:
            return None
        return datetime(year, month, day) + timedelta(seconds=at)
    except (ValueError, OverflowError):
        return None
