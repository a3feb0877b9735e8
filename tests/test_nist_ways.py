"""NIST's 27 sets by each way that promises the same bits: the digest that they have on every machine."""

import pytest

import nist_ways


@pytest.mark.parametrize("way", ["numpy", "formula", "command"])  # numba takes a minute to compile them all
def test_digest(way: str) -> None:
    expected = dict(line.split() for line in nist_ways.STORED.read_text(encoding="utf-8").splitlines())
    assert nist_ways.digest(way) == expected[nist_ways.WAYS[way][0]]
