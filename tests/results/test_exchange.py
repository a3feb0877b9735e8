"""Fits and batches in other forms, and back."""

import copy
import functools
import json
import pickle

import numpy as np
import pytest

import minpack
from minpack import BatchResult, fit, restore
from support.decay import T, Y, decay, line, line_jacobian, noise


def same(a, b) -> bool:
    return np.array_equal(a, b, equal_nan=True) if isinstance(a, np.ndarray) else a == b


@pytest.mark.parametrize("form", ["to_dict", "to_json"])
@pytest.mark.parametrize(
    "options",
    [{}, {"sigma": 0.1, "absolute_sigma": True}, {"sigma": np.diag(0.01 + 0.01 * T)}, {"fixed": {"offset": 0.5}}],
    ids=["plain", "sigma", "matrix", "fixed"],
)
def test_a_fit_comes_back_to_the_last_bit(form: str, options: dict) -> None:
    result = fit(decay, T, Y, **options)
    again = restore(getattr(result, form)())
    for name in type(result).__dataclass_fields__:
        if name not in ("f", "jac", "repeat"):
            assert same(getattr(result, name), getattr(again, name)), name
    assert again.report() == result.report()
    assert again._repr_html_() == result._repr_html_()
    for call in (lambda: again.predict(T), lambda: again.confidence_band(T), lambda: again.profile()):
        with pytest.raises(ValueError, match="restored without"):
            call()
    whole = restore(getattr(result, form)(), decay)
    np.testing.assert_array_equal(whole.confidence_band(T), result.confidence_band(T))
    np.testing.assert_array_equal(
        whole.confidence_intervals(method="profile"), result.confidence_intervals(method="profile")
    )


def test_fits_without_a_solution_and_with_jac_come_back() -> None:
    with pytest.warns(minpack.OptimizeWarning):
        result = fit(line, T[:2], Y[:2], jac=line_jacobian)
    text = result.to_json()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"JSON has no {name}"))
    again = restore(text, line)
    assert np.isinf(again.errors).all() and again.diagnose() == result.diagnose()
    with pytest.raises(ValueError, match="restored without its function 'jac'"):
        again.confidence_band(T)


class Formula:
    """A model as `minpack.model` makes it, as far as saving is concerned."""

    formula = "a + b*x"
    __name__ = "model"

    def __call__(self, x, a, b):
        return a + b * np.asarray(x)


def test_a_formula_needs_no_function() -> None:
    result = fit(Formula(), T, Y)
    assert result.to_dict()["model"]["formula"] == "a + b*x"
    again = restore(result.to_json())
    np.testing.assert_array_equal(again.predict(T), result.predict(T))
    assert isinstance(again.f, minpack.models.Model) and again.f.text == "a + b*x"


@pytest.mark.parametrize(
    ("saved", "words"),
    [("{", "saved must be JSON"), ("fit.json", "JSON that .* pass what is in it, Path.name..read_text"),
     ({}, "of format 'minpack.Fit/1'; got None"), ("[]", "got 'list'"), (3, "got 'int'")],
)
def test_what_is_no_fit(saved: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        restore(saved)


@pytest.mark.parametrize(
    ("path", "change", "words"),
    [
        (("model",), None, "'NoneType' object is not a mapping"),
        (("model", "formula"), 5, "formula must be text; got 5"),
        (("fields", "names"), None, "not iterable"),
        (("fields", "names"), ["a"], "covariance of shape .3, 3. and dtype float64, not .1, 1."),
        (("fields", "values", "shape"), [2], "reshape"),
        (("fields", "values", "dtype"), [], "values of shape .3,. and dtype"),
        (("fields", "lower"), None, "lower of shape .. and dtype object"),
        (("fields", "residuals", "values"), [1.0], "reshape"),
        (("remarks",), [1, 2], "unpack"),
        (("x",), {}, "origin"),
    ],
)
def test_what_was_changed(path: tuple[str, ...], change: object, words: str) -> None:
    saved = json.loads(fit(decay, T, Y).to_json())
    within = saved
    for name in path[:-1]:
        within = within[name]
    within[path[-1]] = change
    with pytest.raises(ValueError, match=f"saved must be as Fit.to_dict or to_json made it; it was changed: .*{words}"):
        restore(saved)
    del within[path[-1]]
    with pytest.raises(ValueError, match="it was changed: KeyError") if path != ("model", "formula") else \
            pytest.raises(ValueError, match="formula"):  # fmt: skip
        restore(saved)


def test_a_loss_that_is_a_function_keeps_its_name() -> None:
    def welsch(z):
        return np.array([1.0 - np.exp(-z), np.exp(-z), -np.exp(-z)])

    result = fit(decay, T, Y, loss=welsch)
    again = restore(restore(result.to_json()).to_json(), decay)
    assert again.report() == result.report()
    assert "welsch" in again.report()
    with pytest.raises(ValueError, match="restored without its function 'welsch'"):
        again.loss(np.ones(1))


def test_a_function_of_the_parameters_in_another_order_is_refused() -> None:
    """It was taken for the fit's, and predicted something else."""
    saved = fit(decay, T, Y).to_json()

    def swapped(t, offset, rate, amplitude):
        return decay(t, amplitude, rate, offset)

    with pytest.raises(ValueError, match="f must take amplitude, rate, offset in this order; got offset, rate, ampl"):
        restore(saved, swapped)
    for other in (lambda t, a, b, c: decay(t, a, b, c), lambda t, *p: decay(t, *p)):
        np.testing.assert_array_equal(restore(saved, other).predict(T), restore(saved, decay).predict(T))


def test_x_of_pandas() -> None:
    pd = pytest.importorskip("pandas")
    result = fit(decay, pd.Series(T), Y)
    np.testing.assert_array_equal(restore(result.to_json(), decay).profile()["rate"].z, result.profile()["rate"].z)
    table = fit(lambda table, a, b: a + b * table["t"], pd.DataFrame({"t": T}), Y)
    again = restore(table.to_json(), table.f)  # columns have names, which arrays have not
    assert again.report() == table.report()
    with pytest.raises(ValueError, match="must have its function and its xdata to be fitted again"):
        again.profile()


def test_copies() -> None:
    result = fit(lambda x, a, b: a + b * x, T, Y)
    for again in (copy.copy(result), copy.deepcopy(result)):
        assert again.report() == result.report()
        np.testing.assert_array_equal(again.predict(T), result.predict(T))
    assert copy.deepcopy(result).values is not result.values


def test_tables() -> None:
    pytest.importorskip("pandas")
    result = fit(decay, T, Y, fixed={"offset": 0.5})
    frame = result.to_dataframe(0.9)
    assert list(frame.index) == ["amplitude", "rate", "offset"]
    np.testing.assert_array_equal(frame[["lower", "upper"]], result.confidence_intervals(0.9))
    assert frame["fixed"].tolist() == [False, False, True]
    rows = result.to_latex().splitlines()
    assert rows[4:6] == [r"amplitude & $2.515 \pm 0.010$ \\", r"rate & $1.0175 \pm 0.0079$ \\"]
    assert rows[6] == r"offset & 0.5 (fixed) \\"
    small = fit(lambda x, a_1: a_1 * x, T, 1e-7 * T + 1e-9 * noise(8), [1e-7]).to_latex()
    assert r"a\_1 & $(9.993 \pm 0.011) \times 10^{-8}$ \\" in small
    with pytest.warns(minpack.OptimizeWarning, match="covariance"):
        two = fit(line, [0.0, 1.0], [2e7, 5e7])
    assert two.to_latex().splitlines()[4:6] == [
        r"a & $2 \times 10^{7} \pm \infty$ \\", r"b & $3 \times 10^{7} \pm \infty$ \\"
    ]  # fmt: skip


def test_batches() -> None:
    pytest.importorskip("xarray")
    y = decay(T, 2.0, np.linspace(0.8, 1.2, 6).reshape(2, 3, 1), 0.5)
    result = minpack.curve_fit_batch(decay, T, y, [1.0, 1.0, 0.0])
    dataset = result.to_dataset(["a", "b", "c"], dims=["row", "column"])
    np.testing.assert_array_equal(dataset.x.sel(param="b"), result.x[..., 1])
    np.testing.assert_array_equal(dataset["cov"].sel(cov_i="a", cov_j="c"), result.cov[..., 0, 2])
    assert dataset.status.dims == ("row", "column")
    assert result.to_dataset().x.dims == ("fit_0", "fit_1", "param")
    with pytest.raises(ValueError, match=r"dims must name the 2 dimensions of the batch; got \['row'\]"):
        result.to_dataset(dims=["row"])
    with pytest.raises(ValueError, match="names must be 3 different names"):
        result.to_dataset(["a", "a", "b"])


def test_parquet(tmp_path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow", reason="pyarrow is not installed: no Parquet")
    y = decay(T, 2.0, np.linspace(0.8, 1.2, 6).reshape(2, 3, 1), 0.5)
    result = minpack.curve_fit_batch(decay, T, y, [1.0, 1.0, 0.0])
    result.to_parquet(tmp_path / "fits.parquet", ["a", "b", "c"])
    frame = pandas.read_parquet(tmp_path / "fits.parquet")
    assert list(frame) == ["fit_0", "fit_1", "a", "b", "c", "a_error", "b_error", "c_error", "status", "nfev", "cost"]
    np.testing.assert_array_equal(frame["b"], result.x[..., 1].ravel())
    np.testing.assert_array_equal(frame["c_error"], np.sqrt(result.cov[..., 2, 2]).ravel())
    assert BatchResult.empty(2, 1).to_parquet(tmp_path / "empty.parquet") is None


def test_pickles() -> None:
    result = pickle.loads(pickle.dumps(fit(decay, T, Y)))
    assert result.report() == fit(decay, T, Y).report()
    part = functools.partial(lambda x, a, b: a * x + b, b=1.0)
    for unnamed in (fit(lambda x, a: a * x, T, Y), fit(line, T, Y, jac=lambda x, a, b: line_jacobian(x, a, b)),
                    fit(part, T, Y), fit(line, T, Y, loss=lambda z: np.array([z, 1.0 + 0.0 * z, 0.0 * z])),
                    minpack.fit_residuals(lambda a: a - Y, [1.0]),
                    minpack.fit_global(lambda x, a: a + x, [(T, Y)])):  # fmt: skip
        with pytest.raises(TypeError, match="cannot be pickled.*define it with def at the top of a module"):
            pickle.dumps(unnamed)
    cloudpickle = pytest.importorskip("cloudpickle")
    sent = pickle.loads(cloudpickle.dumps(fit(lambda x, a: a * x, T, Y)))
    np.testing.assert_array_equal(sent.predict(T), sent["a"] * T)


def test_times_and_remarks_come_back() -> None:
    days = np.datetime64("2024-03-01T12:00") + np.timedelta64(1, "D") * np.arange(8)
    result = fit(line, days, 1.0 + 2.0 * np.arange(8) + 0.1 * noise(8), [1.0, 1e-5])
    again = restore(result.to_json(), line)
    assert again.predict(days).tobytes() == result.predict(days).tobytes()
    assert again.report() == result.report()
    far = fit(line, 1e5 + np.arange(5.0), np.arange(5.0))
    assert far.remarks and restore(far.to_json()).diagnose() == far.diagnose()
