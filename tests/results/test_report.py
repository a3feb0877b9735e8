"""How a fit is shown: rounding, the report to the letter, HTML that is well formed, what is in the picture."""

import importlib.util
import subprocess
import sys
import warnings
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from minpack import Fit, OptimizeWarning, fit
from minpack._results.report import report, rounded
from support import ROOT
from support.decay import T, Y, decay

REPORT = """\
Fit of decay(amplitude, rate, offset): converged in 17 calls
8 points, 3 parameters fitted, 5 degrees of freedom

parameter    value ± error    relative      95 % interval
amplitude    2.518 ± 0.013    0.51 %       2.485 to 2.550
rate         1.013 ± 0.012    1.2 %        0.982 to 1.045
offset      0.4962 ± 0.0082   1.7 %      0.4750 to 0.5174

chi-square    0.000690094, reduced 0.000138019
residual sd   0.0117481
R squared     0.999872
AIC, BIC      -44.16, -43.84
errors        from the scatter of the residuals

correlation   amplitude     rate
rate            -0.0563
offset          -0.5018   0.7301

no doubts"""


# ---- rounding


@pytest.mark.parametrize(
    ("error", "shown"), [(0.042, "4.2 %"), (0.997, "100 %"), (3.14, "3.1 times"), (123.4, "120 times")]
)
def test_the_relative_error_is_shown_without_a_power(error: float, shown: str) -> None:
    result = fit(lambda x, a: a + 0.0 * x, [0.0, 1.0], [1.0 - error, 1.0 + error], [1.0])
    assert f" {shown} " in str(result)


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        (238.94212918, 2.7070075241, "238.9 ± 2.7"),
        (1.2345, 0.0996, "1.23 ± 0.10"),
        (9.96, 9.96, "10 ± 10"),
        (99.96, 0.0995, "99.96 ± 0.10"),
        (-0.00419, 0.00099, "-0.00419 ± 0.00099"),
        (0.3, 12.0, "0 ± 12"),
        (0.0, 0.5, "0.00 ± 0.50"),
        (1491.4, 40.0, "1491 ± 40"),
        (1491.4, 400.0, "(1.49 ± 0.40)e+03"),
        (5.5015643181e-4, 7.2668688436e-6, "(5.502 ± 0.073)e-04"),
        (-1234567.0, 8912.0, "(-1.2346 ± 0.0089)e+06"),
        (999999.7, 1.5, "999999.7 ± 1.5"),
        (999999.97, 1.5, "(1.0000000 ± 0.0000015)e+06"),
        (2.0, 0.0, "2 ± 0"),
        (2.0, np.inf, "2 ± inf"),
        (np.nan, 1.0, "nan ± 1"),
        (1e-310, 1e-312, "(1.000 ± 0.010)e-310"),
        (5e-324, 5e-324, "(4.9 ± 4.9)e-324"),
        (1e300, 1e-300, "1.0000000000000001e+300 ± 1e-300"),
        (1.0, 1e-15, "1.0000000000000000 ± 0.0000000000000010"),
        (1.0, 1e-16, "1 ± 1e-16"),
        (-0.0, 0.1, "0.00 ± 0.10"),
        (-0.001, 0.1, "0.00 ± 0.10"),
        (-0.0, 0.0, "0 ± 0"),
        (-0.0, np.inf, "0 ± inf"),
    ],
)
def test_rounded(value: float, error: float, expected: str) -> None:
    assert rounded(value, error) == expected


# ---- text


def test_report() -> None:
    assert fit(decay, T, Y).report() == REPORT
    assert str(fit(decay, T, Y)) == REPORT


def test_report_of_a_fixed_parameter() -> None:
    lines = fit(decay, T, Y, fixed={"offset": 0.5}).report().splitlines()
    assert "8 points, 2 parameters fitted, 6 degrees of freedom" in lines
    assert "offset      0.5               fixed" in lines


def test_report_has_no_negative_zero() -> None:
    x = np.array([-1.0, 0.0, 1.0])
    result = fit(lambda x, a, b: a + b * x, x, [1.0, 2.1, 2.9])
    result.covariance[0, 1] = result.covariance[1, 0] = -1e-9 * result.errors.prod()
    assert result.correlation[1, 0] < 0.0
    assert result.report().splitlines()[-3].split() == ["b", "0.0000"]


def test_report_counts_one_point() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)
        assert "doubt: 1 parameter for 1 point leave" in fit(lambda x, a: a * x, [1.0], [2.0]).report()


def test_report_tells_where_errors_come_from() -> None:
    assert "from the scatter of the residuals" in fit(decay, T, Y).report()
    assert "from sigma, scaled to the scatter" in fit(decay, T, Y, sigma=0.1).report()
    assert "from sigma = 1, taken as it is" in fit(decay, T, Y, absolute_sigma=True).report()
    assert "from sigma as given" in fit(decay, T, Y, sigma=0.02, absolute_sigma=True).report()


@pytest.mark.parametrize(("n", "shown"), [(1, False), (2, True), (10, True), (11, False)])
def test_report_shows_the_correlations_of_two_to_ten_parameters(n: int, shown: bool) -> None:
    x = np.repeat(np.arange(float(n)), 2)
    text = fit(lambda x, *p: np.take(p, x.astype(int)), x, x + np.tile([2.1, 1.9], n), np.ones(n)).report()
    assert ("\ncorrelation" in text) == shown


@pytest.mark.parametrize(("last", "lines"), [("z", 1), ("zz", 2)])
def test_doubts_are_broken_at_a_width_of_100(last: str, lines: int) -> None:
    text = report(fit(decay, T, Y), ["y " * 46 + last])
    doubt = text[text.index("doubt: ") :].splitlines()
    assert len(doubt) == lines
    assert doubt[1:] == ["       zz"][: lines - 1]


def failed() -> Fit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return fit(decay, T, Y, [50, 9, 3], maxfev=5)


def test_failure_is_seen_everywhere() -> None:
    result = failed()
    assert repr(result).endswith("; did not converge)")
    assert "did not converge in" in result.report()
    assert "doubt: the fit did not converge" in result.report()
    assert "did not converge" in result._repr_html_()


def test_repr() -> None:
    assert repr(fit(decay, T, Y, fixed={"offset": 0.5})) == (
        "Fit(amplitude = 2.515 ± 0.010, rate = 1.0175 ± 0.0079, offset = 0.5 fixed)"
    )


# ---- HTML


def test_html_is_well_formed() -> None:
    for result in (fit(decay, T, Y), fit(decay, T, Y, fixed={"rate": 1}), failed()):
        tree = ElementTree.fromstring(result._repr_html_())
        table = tree.find("table")
        rows = [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]
        assert rows[0] == ["parameter", "value ± error", "relative", "95 % interval"]
        assert [row[0] for row in rows[1:]] == list(result.names)


def test_html_escapes_names() -> None:
    result = fit(lambda t, *p: decay(t, *p), T, Y, {"<b>": 1, "a&b": 1, "c": 1})
    tree = ElementTree.fromstring(result._repr_html_())
    assert "<b>" in [cell.text for cell in tree.iter("td")]


# ---- the picture


@pytest.fixture
def plt():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


def labels(axes) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_plot(plt) -> None:
    result = fit(decay, T, Y)
    figure = result.plot()
    upper, lower = figure.axes
    assert labels(upper) == [
        "data", "decay", "95 % confidence",
        "amplitude = 2.518 ± 0.013", "rate = 1.013 ± 0.012", "offset = 0.4962 ± 0.0082",
    ]  # fmt: skip
    assert lower.get_xlabel() == "t"
    assert lower.get_ylabel() == "residual"
    assert upper.get_xlim() == lower.get_xlim()
    curve = max(upper.lines, key=lambda line: line.get_xdata().size)
    np.testing.assert_array_equal(curve.get_ydata(), result.predict(curve.get_xdata()))
    assert curve.get_xdata().size >= 200
    shown = [line.get_ydata() for line in lower.lines if len(line.get_ydata()) == 8]
    np.testing.assert_array_equal(shown[0], result.residuals)
    (band,) = upper.collections
    assert band.get_label() == "95 % confidence"
    low, high = result.confidence_band(5.0)
    ends = band.get_paths()[0].vertices[:, 1][np.isclose(band.get_paths()[0].vertices[:, 0], 5.0)]
    assert (ends.min(), ends.max()) == pytest.approx((low, high), rel=1e-9)


def test_plot_with_sigma_has_bars_and_weighted_residuals(plt) -> None:
    result = fit(decay, T, Y, sigma=0.1 * Y)
    upper, lower = result.plot(level=0.5).figure.axes
    assert "50 % confidence" in labels(upper)
    assert lower.get_ylabel() == "residual / σ"
    (bars,) = upper.containers[0].lines[2]
    np.testing.assert_allclose([np.ptp(segment[:, 1]) for segment in bars.get_segments()], 0.2 * Y)
    np.testing.assert_array_equal(lower.containers[0].lines[0].get_ydata(), result.weighted_residuals)


def test_plot_with_covariance_matrix(plt) -> None:
    upper, lower = fit(decay, T, Y, sigma=np.diag((0.1 * Y) ** 2)).plot().axes
    assert lower.get_ylabel() == "residual"
    for axes in (upper, lower):
        (bars,) = axes.containers[0].lines[2]
        np.testing.assert_allclose([np.ptp(segment[:, 1]) for segment in bars.get_segments()], 0.2 * Y)


def test_plot_refuses_before_it_makes_a_figure(plt) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        fit(decay, T, Y).plot(level=2)
    assert plt.get_fignums() == []


def test_plot_of_a_model_of_one_value(plt) -> None:
    assert "95 % confidence" in labels(fit(lambda x, a: a, T, Y).plot().axes[0])


def test_plot_into_given_axes(plt) -> None:
    figure, (left, right) = plt.subplots(1, 2)
    assert fit(decay, T, Y).plot(left) is figure
    assert not right.has_data()
    assert left.get_xlabel() == "t"
    fit(decay, T, Y, fixed={"rate": 1}).plot((left, right))
    assert "rate = 1 fixed" in labels(left)
    assert right.get_ylabel() == "residual"


def test_plot_of_a_failed_fit_has_no_band(plt) -> None:
    assert not any("confidence" in text for text in labels(failed().plot().axes[0]))


def test_plot_refuses_three_predictors(plt) -> None:
    x = np.array([T, T**2, T**3])
    result = fit(lambda x, a, b: a + b * x[0] - x[1], x, Y)
    with pytest.raises(ValueError, match=r"one number or two per point for a plot; got shape \(3, 8\)"):
        result.plot()


def test_plot_without_matplotlib_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    result = fit(decay, T, Y)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="pip install matplotlib$"):
        result.plot()


@pytest.mark.skipif(importlib.util.find_spec("matplotlib") is None, reason="needs matplotlib")
def test_example(tmp_path: Path) -> None:
    picture = tmp_path / "fit.png"
    done = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "examples" / "plot_fit.py", picture],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "a0          1288.1 ± 4.7" in done.stdout
    assert 20_000 < picture.stat().st_size < 100_000
