"""The picture of the benchmark, with made-up figures."""

from pathlib import Path

import pytest

from support import ROOT


def test_the_picture_has_the_rows_with_words_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    from measure import Row
    from picture import draw

    draw(
        [
            Row("SciPy", "leastsq", 1.0, 3.0, 3.0, 2.0, ("leastsq, a line", "SciPy's leastsq")),
            Row("SciPy", "the same", 1.0, 3.0, 4.0, None),
            Row("netlib", "leastsq", 1.0, 0.5, 0.5, None, ("leastsq in C", "netlib's lmdif")),
        ],
        tmp_path / "bench.png",
    )
    (axes,) = plt.gcf().axes
    words = [text.get_text() for text in axes.texts]
    assert words == ["3.0", "leastsq, a line", "against SciPy's leastsq", "0.50", "leastsq in C", "against netlib's lmdif"]
    assert [patch.get_width() for patch in axes.patches] == [2.0, -0.5]
    assert axes.get_xlim()[0] < 0.5
    plt.close("all")
