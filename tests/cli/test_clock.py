"""Dates and times of a column, in seconds since its first one."""

import pytest

from minpack._cli.clock import UnclearError, clock_of, is_date, is_time

DAY = 86400.0


@pytest.mark.parametrize(
    ("cells", "seconds"),
    [
        (["2024-01-31", "2024-01-31T12:30:00", "2024-02-01 00:00"], [0.0, 45000.0, DAY]),
        (["2024-01-31T10:30:00Z", "2024-01-31T12:30:00.5+02:00"], [0.0, 0.5]),
        (["2024/1/31", "2024/2/1 0:30:00"], [0.0, DAY + 1800.0]),
        (["31.01.2024", "1.2.2024 01:00"], [0.0, DAY + 3600.0]),
        (["01.02.2024", "02.02.2024"], [0.0, DAY]),  # dots: the day is first
        (["01/31/2024 11:30 PM", "02/01/2024 12:30 am"], [0.0, 3600.0]),
        (["31/01/2024", "01/02/2024"], [0.0, DAY]),
        (["01-02-2024", "31-01-2024"], [0.0, -DAY]),
        (["12:30:05", "12:30:05.25", "13:00:00,5"], [0.0, 0.25, 1795.5]),
        (["11:59 AM", "12:01 PM"], [0.0, 120.0]),
        (["36:00:00", "100:00:01"], [0.0, 64 * 3600.0 + 1.0]),  # durations
        (["00:00:10", "00:00:05"], [0.0, -5.0]),
    ],
)
def test_seconds_since_the_first(cells: list[str], seconds: list[float]) -> None:
    read = clock_of(cells)
    assert read is not None
    assert [read(cell) for cell in cells] == seconds


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["01/02/2024", "03/04/2024"], "may have the day or the month first: write dates as 2024-01-31"),
        (["13/01/2024", "01/13/2024"], "may have the day or the month first"),
        (["12:30", "12:31"], "may be hours and minutes or minutes and seconds: write 12:30:00 or 0:12:30"),
        (["23:59:59", "00:00:01"], "as if midnight had passed: write dates"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(cells: list[str], words: str) -> None:
    with pytest.raises(UnclearError, match=words):
        clock_of(cells)


def test_what_is_no_date_or_time() -> None:
    for text in ("2024", "20240131", "31.01.24", "1.5", "1:75:00", "12-30", "", "n.d."):
        assert not is_date(text) and not is_time(text) and clock_of([text]) is None
    assert clock_of([]) is None
    read = clock_of(["31.01.2024", "1"])
    assert read is not None
    for text in ("30.02.2024", "31.13.2024", "1", "2024-01-31T00:00:00Z", "31.01.2024 25:00:00"):
        assert read(text) is None
    assert clock_of(["2024-13-01"]) is None
