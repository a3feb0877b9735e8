"""Pictures of fits: curves that do not miss the data, axes, labels, legends, maps, components, notebooks."""

import pickle
from collections.abc import Callable

import numpy as np
import pytest

import minpack
from minpack._results.plot import suitable_scale
from support.decay import T, Y, decay

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402

X = np.linspace(0.0, 5.0, 30)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def cumulative(x, a, tau):
    return a * np.cumsum(np.exp(-x / tau))


def normalized(x, a, tau):
    return a * np.exp(-(x - x.mean()) / tau)


def with_fixed_length(x, a, b):
    return a * np.exp(-np.arange(30) / 7.0) + b * x


def by_position(x, a, b):
    return a + b * np.arange(30.0)[x.astype(int) * 0 + np.arange(x.size)]


def gaussian(x, height, center, width):
    return height * np.exp(-0.5 * ((x - center) / width) ** 2)


def curve_of(axes):
    return next(line for line in axes.lines if line.get_linestyle() == "-" and len(line.get_xdata()) > 2)


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


# ---- the curve


@pytest.mark.parametrize("model", [cumulative, normalized, with_fixed_length, by_position])
def test_a_model_that_depends_on_its_grid_is_drawn_at_the_data(model: Callable) -> None:
    uneven, order = X**2 / 5.0, slice(None, None, -1)
    x = uneven[order]
    y = model(x, 1.0, 2.0)
    result = minpack.fit(model, x, y + 0.01 * np.cos(7.0 * x), [1.2, 1.5])
    upper, _ = result.plot().axes
    curve = curve_of(upper)
    np.testing.assert_array_equal(curve.get_xdata(), uneven)
    np.testing.assert_array_equal(curve.get_ydata()[order], result.predict(x))
    np.testing.assert_allclose(curve.get_ydata()[order], y, atol=0.05)
    assert "95 % confidence" in texts(upper)


def test_a_model_with_a_step_is_drawn_on_a_grid() -> None:
    result = minpack.fit(lambda x, a, b: np.where(x < 2.2, a, b), X, np.where(X < 2.2, 1.0, 3.0), [0.0, 0.0])
    assert len(curve_of(result.plot().axes[0]).get_xdata()) > 400


@pytest.mark.parametrize(
    ("x", "scale"),
    [
        (np.geomspace(1e-3, 100.0, 24), "log"),
        (np.geomspace(1.0, 101.0, 24), "log"),
        (np.geomspace(1.0, 99.0, 24), "linear"),
        (np.linspace(0.01, 10.0, 24), "linear"),
        (np.r_[0.0, np.geomspace(1e-3, 100.0, 23)], "linear"),
    ],
)
def test_the_axis_suits_x(x: np.ndarray, scale: str) -> None:
    assert suitable_scale(x) == scale


def test_a_log_axis_shows_a_smooth_curve_whenever_it_is_set() -> None:
    dose = np.geomspace(1e-3, 100.0, 24)
    result = minpack.fit(lambda x, a, c: a / (1.0 + c / x), dose, 2.0 / (1.0 + 0.5 / dose) + 0.01 * np.cos(40.0 * dose))
    for asked, scale in ((None, "log"), ("linear", "linear")):
        upper, lower = result.plot(xscale=asked).axes
        assert (upper.get_xscale(), lower.get_xscale()) == (scale, scale)
        assert np.diff(np.log10(curve_of(upper).get_xdata())).max() <= 5.0 / 400
    figure, ax = plt.subplots()
    ax.set_xscale("log")
    result.plot(ax)
    assert ax.get_xscale() == "log"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"xscale": "symlog"}, "xscale must be None, 'linear' or 'log'; got 'symlog'"),
        ({"xscale": "log"}, "xscale must be 'linear' if xdata are not all positive; got 'log', and 0.0 in xdata"),
        ({"labels": "time"}, "labels must be 2 strings, for x and y; got 'time'"),
        ({"labels": ("a", "b", "c")}, "labels must be 2 strings, for x and y"),
        ({"ax": (1, 2, 3)}, "ax must be one of Axes, or a pair; got 3"),
    ],
)
def test_mistakes_raise_before_there_is_a_figure(options: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        minpack.fit(decay, T, Y).plot(**options)
    assert plt.get_fignums() == []


# ---- words


def test_title_and_labels() -> None:
    upper, lower = minpack.fit(decay, T, Y).plot(title="A decay", labels=("time (s)", "signal")).axes
    assert (upper.get_title(), lower.get_xlabel(), upper.get_ylabel()) == ("A decay", "time (s)", "signal")


def test_names_from_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"time": T, "cost in $": Y, 3: Y})
    upper, lower = minpack.fit(decay, table["time"], table["cost in $"]).plot().axes
    assert (lower.get_xlabel(), upper.get_ylabel()) == ("time", r"cost in \$")
    upper, lower = minpack.fit(decay, T, table[3]).plot().axes
    assert (lower.get_xlabel(), upper.get_ylabel()) == ("t", "3")


def test_names_and_units_from_xarray() -> None:
    xarray = pytest.importorskip("xarray")
    time = ("time", T, {"long_name": "elapsed time", "units": "s"})
    signal = xarray.DataArray(Y, dims="time", coords={"time": time}, name="signal", attrs={"units": "V"})
    upper, lower = minpack.fit(decay, signal.time, signal).plot().axes
    assert (lower.get_xlabel(), upper.get_ylabel()) == ("elapsed time [s]", "signal [V]")
    upper, _ = minpack.fit(decay, T, signal.rename(None)).plot().axes
    assert upper.get_ylabel() == "y"


def test_nothing_is_cut_off() -> None:
    figure = minpack.fit(decay, T, 1e7 * Y, [1e7, 1, 1e6]).plot(labels=("time", "a long name of y"), title="High")
    figure.draw_without_rendering()
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert box.x0 >= 0.0
        assert box.y0 >= 0.0
        assert box.x1 <= figure.bbox.width
        assert box.y1 <= figure.bbox.height


LONG = "elimination_rate_constant_of_the_central_compartment"


def test_long_words_are_not_cut_off() -> None:
    result = minpack.fit(minpack.model(f"a*exp(-{LONG}*t) + c"), T, Y)
    drawn = result.bootstrap(50, rng=1)
    title = "A title that says more of the experiment than a title should say, and goes on and on"
    for figure in (
        result.plot(title=title),
        result.contour("a", LONG, points=8).plot().figure,
        result.contour(LONG, "c", points=8).plot().figure,
        result.profile(LONG).plot().figure,
        drawn.plot(),
    ):
        figure.draw_without_rendering()
        for axes in figure.axes:
            for label in (axes.xaxis.label, axes.yaxis.label, axes.title):
                if label.get_text():
                    box = label.get_window_extent()
                    assert box.x0 >= 0.0 and box.x1 <= figure.bbox.width
                    assert box.y0 >= 0.0 and box.y1 <= figure.bbox.height
    labels = [axes.xaxis.label.get_window_extent() for axes in drawn.plot().axes]
    assert all(left.x1 <= right.x0 for left, right in zip(labels, labels[1:], strict=False))


def test_numbers_at_an_axis_do_not_touch() -> None:
    with plt.style.context("dark_background"):
        figure = minpack.fit(decay, T, Y).profile("rate", points=4).plot().figure
        ax = figure.axes[0]
        ax.set_xlim(1.98731, 2.00651)
        from minpack._results.figure import settle

        settle(figure)
        figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels() if label.get_text()]
    assert len(boxes) >= 3
    assert all(left.x1 < right.x0 for left, right in zip(boxes, boxes[1:], strict=False))


def test_a_dark_ground_gets_light_points() -> None:
    result = minpack.fit(decay, T, Y)
    assert result.plot().axes[0].lines[0].get_color() == "0.25"
    with plt.style.context("dark_background"):
        points = result.plot().axes[0].lines[0]
        assert points.get_color() == "white"
        assert matplotlib.colors.to_hex(points.get_markerfacecolor()) == "#000000"


def test_data_sets_stand_four_abreast_with_their_parameters_below() -> None:
    sets = [(T, k * Y, 0.01 + 0.0 * T) for k in range(1, 8)]
    result = minpack.fit_global(decay, sets, {"rate": 1.0}, shared=["rate", "offset"])
    figure = result.plot()
    assert len(figure.axes) == 14
    assert figure.get_size_inches()[0] < 15
    upper, lower = figure.axes[0], figure.axes[4]
    assert (upper.get_title(), upper.get_ylabel(), lower.get_ylabel()) == ("data set 1", "y", "residual / σ")
    np.testing.assert_allclose(lower.lines[-1].get_ydata(), result.weighted_residuals[:8])
    assert "rate = " in figure.get_supxlabel()
    curve = curve_of(figure.axes[1])
    np.testing.assert_allclose(curve.get_ydata(), result.predict(curve.get_xdata(), 2))


def test_histograms_stand_four_abreast() -> None:
    def quartic(x, a, b, c, d, e):
        return a + x * (b + x * (c + x * (d + x * e)))

    drawn = minpack.fit(quartic, X, quartic(X, 1, 2, 3, 4, 5) + np.cos(50 * X)).bootstrap(30, rng=1)
    figure = drawn.plot()
    assert (len(figure.axes), tuple(figure.get_size_inches())) == (5, (12.0, 5.2))


# ---- the legend


def pixels(axes) -> np.ndarray:
    points = [line.get_transform().transform(line.get_xydata()) for line in axes.lines if len(line.get_xdata()) > 2]
    return np.concatenate(points)


def peaks(x, a1, c1, w1, a2, c2, w2, b0, b1):
    return gaussian(x, a1, c1, w1) + gaussian(x, a2, c2, w2) + b0 + b1 * x


WAVE = np.linspace(0.0, 10.0, 200)


@pytest.mark.parametrize(
    ("model", "x", "start", "inside"),
    [
        (lambda x, a, b: a + b * x, WAVE, [1, 2], True),
        (lambda x, a, b: a + b * x, WAVE, [1, -2], True),
        (lambda x, a, b, c: a + b * np.sin(c * x), WAVE, [1, 2, 9], False),
        (peaks, WAVE, [50, 3.5, 0.8, 30, 6, 0.9, 10, 0.5], False),
    ],
)
def test_the_legend_hides_nothing(model: Callable, x: np.ndarray, start: list, inside: bool) -> None:
    y = model(x, *start) + 0.1 * np.cos(50.0 * x)
    figure = minpack.fit(model, x, y, start).plot()
    figure.draw_without_rendering()
    upper = figure.axes[0]
    box = upper.get_legend().get_window_extent()
    assert not box.count_contains(pixels(upper))
    assert (box.x1 < upper.bbox.x1) == inside
    assert box.x1 <= figure.bbox.width
    assert upper.bbox.width > 400  # the axes do not shrink: the figure grows


def test_a_figure_of_somebody_else_keeps_its_size() -> None:
    figure, ax = plt.subplots(figsize=(4, 3))
    minpack.fit(peaks, WAVE, peaks(WAVE, 50, 3.5, 0.8, 30, 6, 0.9, 10, 0.5), [40, 3, 1, 40, 6, 1, 5, 0]).plot(ax)
    assert tuple(figure.get_size_inches()) == (4, 3)
    part = plt.figure().subfigures(1, 2)[0]
    assert minpack.fit(decay, T, Y).plot(part.subplots()) is part


# ---- components


class Sum:
    """Two peaks, that can be evaluated one by one."""

    def __call__(self, x, height, center, other):
        return sum(self.components(x, height, center, other).values())

    def components(self, x, height, center, other):
        return {"left": gaussian(x, height, center, 0.5), "level": other}


def test_named_components_are_drawn() -> None:
    result = minpack.fit(Sum(), X, Sum()(X, 3.0, 2.0, 1.0) + 0.01 * np.cos(9.0 * X), [2.0, 2.2, 0.0])
    upper, _ = result.plot().axes
    assert texts(upper)[:5] == ["data", "Sum", "95 % confidence", "left", "level"]
    parts = {line.get_label(): line.get_ydata() for line in upper.lines if line.get_linestyle() == "--"}
    np.testing.assert_allclose(parts["left"] + parts["level"], curve_of(upper).get_ydata(), rtol=1e-12)


# ---- two predictors


def test_parameters_below_maps_are_not_broken() -> None:
    x = np.array([plane.ravel() for plane in np.meshgrid(np.arange(12.0), np.arange(9.0))])
    y = spot(x, 5.0, 6.0, 4.0, 2.0) + 0.1 * np.cos(40.0 * np.arange(108))
    result = minpack.fit(minpack.models.gaussian2d_rotated, x, y)
    lines = result.plot().get_supxlabel().splitlines()
    assert len(lines) > 1
    assert all(" = " in words for line in lines for words in line.rstrip(",").split(",  "))


def spot(x, height, across, up, width):
    return height * np.exp(-((x[0] - across) ** 2 + (x[1] - up) ** 2) / (2.0 * width**2))


def test_an_image_is_drawn_as_three_maps() -> None:
    x = np.array([plane.ravel() for plane in np.meshgrid(np.arange(12.0), np.arange(9.0))])
    y = spot(x, 5.0, 6.0, 4.0, 2.0) + 0.1 * np.cos(40.0 * np.arange(108))
    result = minpack.fit(spot, x, y, [4, 5, 5, 3], sigma=0.1)
    figure = result.plot(title="A spot", labels=("column", "row", "counts"))
    data, model, left = figure.axes[:3]
    assert [axes.get_title() for axes in (data, model, left)] == ["data", "spot", "residual / σ"]
    assert (data.get_xlabel(), data.get_ylabel(), figure.get_suptitle()) == ("column", "row", "A spot")
    assert "counts" in [axes.get_xlabel() for axes in figure.axes[3:]]
    maps = [axes.collections[0] for axes in (data, model, left)]
    for drawn, values in zip(maps, (y, result.predict(x), result.weighted_residuals), strict=True):
        np.testing.assert_allclose(np.ravel(drawn.get_array()), values, rtol=1e-9, atol=1e-12)
    assert maps[0].get_clim() == maps[1].get_clim()
    low, high = maps[2].get_clim()
    assert low == -high
    assert f"height = {result['height']:.2f}"[:12] in figure.get_supxlabel()


def test_omitted_points_of_an_image_stay_empty() -> None:
    x = np.array([plane.ravel() for plane in np.meshgrid(np.arange(12.0), np.arange(9.0))])
    y = spot(x, 5.0, 6.0, 4.0, 2.0)
    y[[3, 50]] = np.nan
    drawn = minpack.fit(spot, x, y, [4, 5, 5, 3], nan_policy="omit").plot().axes[0].collections[0]
    assert np.flatnonzero(np.isnan(np.ma.filled(drawn.get_array(), np.nan).ravel())).tolist() == [3, 50]


def test_scattered_points_are_drawn_as_dots() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"mass": np.cos(np.arange(40.0)), "speed": np.sin(2.0 * np.arange(40.0))})
    y = pandas.Series(1.0 + table["mass"] + 0.1 * np.cos(np.arange(40.0) ** 2), name="drag")
    figure = minpack.fit(lambda X, a, b, c: a + b * X["mass"] + c * X["speed"], table, y).plot()
    np.testing.assert_array_equal(figure.axes[0].collections[0].get_offsets(), table)
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("mass", "speed")
    assert "drag" in [axes.get_xlabel() for axes in figure.axes[3:]]


def test_maps_into_given_axes() -> None:
    x = np.array([T, T**2])
    result = minpack.fit(lambda x, a, b: a + b * x[0] - x[1], x, Y)
    figure, axes = plt.subplots(1, 3)
    assert result.plot(axes) is figure
    with pytest.raises(ValueError, match="ax must be three Axes, for two predictors; got 1"):
        result.plot(axes[0])
    with pytest.raises(ValueError, match="xscale must be None or 'linear' for two predictors; got 'log'"):
        result.plot(xscale="log")


# ---- notebooks


def test_a_notebook_shows_the_figure_once(monkeypatch: pytest.MonkeyPatch) -> None:
    result = minpack.fit(decay, T, Y)
    assert not hasattr(result.plot(), "_ipython_display_")
    monkeypatch.setattr(matplotlib, "get_backend", lambda: "module://matplotlib_inline.backend_inline")
    for figure in (result.plot(), result.plot(plt.subplots()[1])):
        assert figure.number in plt.get_fignums()
        with pytest.raises(NotImplementedError):  # IPython goes on to show the picture
            figure._ipython_display_()
        assert figure.number not in plt.get_fignums()  # and pyplot does not show it again
        with pytest.raises(NotImplementedError):
            figure._ipython_display_()
        assert len(pickle.loads(pickle.dumps(figure)).axes) == len(figure.axes)


def resonance(f, strength, center, width):
    return strength / (1 + 1j * (f - center) / width)


def test_complex_data_are_drawn_in_two_parts():
    rng = np.random.default_rng(2)
    f = np.linspace(0.1, 3.0, 40)
    y = resonance(f, 2.0, 1.5, 0.2) + 0.05 * (rng.standard_normal(40) + 1j * rng.standard_normal(40))
    fit = minpack.fit(resonance, f, y, p0=[1.0, 1.4, 0.3], sigma=np.full(40, 0.05))
    upper, lower = np.reshape(np.array(fit.plot(title="S21").axes), (2, 2))
    for ax, part, name in zip(upper, (np.real, np.imag), ("real", "imaginary"), strict=True):
        assert ax.get_ylabel() == f"{name} part of y"
        curve = next(line for line in ax.lines if line.get_label() == "resonance")
        assert np.allclose(curve.get_ydata(), part(fit.predict(curve.get_xdata())))
    assert [ax.get_xlabel() for ax in lower] == ["f", "f"]
    _, axes = plt.subplots(1, 2)
    fit.plot(axes)
    assert axes[1].get_ylabel() == "imaginary part of y"
    with pytest.raises(ValueError, match="ax must be"):
        fit.plot(plt.subplots()[1])


def test_the_axis_of_times_says_since_when():
    days = np.datetime64("2024-03-01T06") + np.arange(5) * np.timedelta64(1, "D")
    fit = minpack.fit(lambda t, a, b: a + b * t, days, [1.0, 3.1, 4.9, 7.0, 9.1])
    assert fit.plot().axes[1].get_xlabel() == "t (seconds since 2024-03-01T06)"
