"""Files and arguments as strangers have them: the values of SciPy's curve_fit, or one line that says what to do."""

import io
import json
import unicodedata
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest

from minpack._cli import main as _cli

X = [0, 0.5, 1, 1.5, 2, 3, 4, 5]
Y = [3.01, 2.02, 1.42, 1.03, 0.82, 0.63, 0.54, 0.51]
TABLE = "t,y\n" + "".join(f"{x:g},{y:g}\n" for x, y in zip(X, Y, strict=True))
GERMAN = TABLE.replace(",", ";").replace(".", ",").replace("t;y", "Länge [µm];Größe (mV)").replace("\n", "\r\n")
DECAY = "a*exp(-b*t) + c"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path


def run(*arguments: str) -> tuple[int, str, str]:
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        status = _cli.main(arguments)
    return status, out.getvalue(), err.getvalue()


def fitted(*arguments: str) -> dict[str, object]:
    status, out, err = run(*arguments, "--json")
    assert (status, err) == (0, "")
    return dict(json.loads(out))


def agree(found: dict[str, object], x: list[float], y: list[float], model: object, p0: list[float]) -> None:
    """Values and errors are those of SciPy, from a good start."""
    optimize = pytest.importorskip("scipy.optimize")
    values, covariance = optimize.curve_fit(model, np.array(x, float), np.array(y, float), p0, ftol=1e-13, xtol=1e-13)
    np.testing.assert_allclose(found["values"], values, rtol=2e-6)
    np.testing.assert_allclose(found["errors"], np.sqrt(np.diag(covariance)), rtol=1e-4)


def decay(t, a, b, c):
    return a * np.exp(-b * t) + c


# ---- names


@pytest.mark.parametrize(
    ("header", "arguments"),
    [
        ("τ,σ", ["σ = α*exp(-β*τ) + γ", "--p0", "α=3,β=1,γ=0"]),
        ("τ,σ", ["σ = α*exp(-β*τ) + γ", "--bounds", "α=0:9", "--fix", "γ=0.5", "--derived", "λ=ln(2)/β"]),
        ("τ,σ", ["α*exp(-β*θ) + γ", "--x", "θ=τ", "--y", "σ"]),
        ("\u00b5,y", ["y = a*exp(-b*\u03bc) + c"]),
        ("\u03bc,y", ["y = a*exp(-b*\u00b5) + c", "--bounds", "b=0:"]),
        ("t,y", ["y = \u00b5*exp(-b*t) + c", "--p0", "\u03bc=3"]),
        (unicodedata.normalize("NFD", "Länge,Größe"), ["Größe = a*exp(-b*Länge) + c"]),
        ("x₀,y", ["y = a*exp(-b*x0) + c"]),
        ("time [s],signal (mV)", ["signal = a*exp(-b*time) + c"]),
        ("time/s,U / mV", ["U = a*exp(-b*time) + c"]),
        ("time [s],signal (mV)", ["signal (mV) = a*exp(-b*u) + c", "--x", "u=time [s]"]),
        ("t,Ab s", ["Ab s = a*exp(-b*t) + c"]),
        ("t,y", ["y(t) = a*exp(-b*t) + c"]),
        ("t,y", ["y ~ a*exp(-b*t) + c"]),
        ("t,y", ["y == a*exp(-b*t) + c"]),
        ("t,y", ["y = a·np.exp(−b × t) + c"]),
    ],
)
def test_a_name_is_the_same_at_each_place(folder: Path, header: str, arguments: list[str]) -> None:
    (folder / "names.csv").write_text(TABLE.replace("t,y", header, 1), encoding="utf-8")
    found = fitted("names.csv", *arguments)
    if "--fix" in arguments:
        assert found["fixed"] == ["γ"]
        half = found["derived"]["λ"]  # type: ignore[index]
        assert half["value"] == pytest.approx(np.log(2) / found["values"][1])  # type: ignore[index]
    else:
        agree(found, X, Y, decay, [3, 1, 0])


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_german_spreadsheet(folder: Path, encoding: str) -> None:
    (folder / "german.csv").write_bytes(GERMAN.encode(encoding) + b";;\r\n")
    found = fitted("german.csv", "Größe = a*exp(-b*Länge)+c", "--decimal-comma")
    agree(found, X, Y, decay, [3, 1, 0])


# ---- starts


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "start from the data: a = 2.518, b = 1, c = 0.4896"),
        (["--p0", "a=1"], "start from the data: b = 1, c = 0.9465"),
        (["--p0", "a=1;b=1;c=0"], ""),
        (["--fix", "c=0.5", "--p0", "a = 1, b = 1"], ""),
    ],
)
def test_where_the_fit_starts_is_said(options: list[str], said: str) -> None:
    status, out, _ = run("t.csv", DECAY, *options)
    assert (status, "start from the data" in out, said in out) == (0, bool(said), True)
    assert fitted("t.csv", DECAY, *options)["notes"] == ([said] if said else [])


def test_a_peak_far_from_1(folder: Path) -> None:
    """From a start at 1 it was not seen, and the fit ended at once with success."""
    x = np.linspace(400.0, 700.0, 61)
    y = np.round(5.0 + 200.0 * np.exp(-((x - 532.0) ** 2) / 288.0) + 2.0 * np.sin(7.0 * x), 3)
    rows = "".join(f"{a:g},{b:g}\n" for a, b in zip(x, y, strict=True))
    (folder / "peak.csv").write_text("Wavelength (nm),Intensity (counts)\n" + rows, encoding="utf-8")
    found = fitted("peak.csv", "Intensity = a*exp(-(Wavelength - m)²/(2*s²)) + c")

    def peak(x, a, m, s, c):
        return a * np.exp(-((x - m) ** 2) / (2 * s**2)) + c

    agree(found, x.tolist(), y.tolist(), peak, [200, 532, 12, 5])


def test_a_dose_response_keeps_its_direction(folder: Path) -> None:
    """The other one, with a negative exponent, is as good, except for rounding."""
    dose, response = [0.01, 0.1, 1, 10, 100, 1000], [2.1, 5.3, 25, 71, 95, 101]
    rows = "".join(f"A{i},{a:g},{b:g}\n" for i, (a, b) in enumerate(zip(dose, response, strict=True)))
    (folder / "plate.csv").write_text("Plate,1\nWell,Conc,RFU\n" + rows, encoding="utf-8")
    found = fitted("plate.csv", "RFU = low + (high-low)/(1+(ec50/Conc)^h)", "--skip", "1")

    def hill(x, low, high, ec50, h):
        return low + (high - low) / (1 + (ec50 / x) ** h)

    agree(found, dose, response, hill, [1, 100, 4, 1])


# ---- cells


@pytest.mark.parametrize(
    "cell", ["n.d.", "n/a", "N/A", "null", "NULL", "None", "-", "--", ".", "?", "", "<LOD", "> 100", "*****", "#N/A"]
)
def test_rows_left_out_are_counted_and_said(folder: Path, cell: str) -> None:
    (folder / "gaps.csv").write_text(TABLE.replace("1.5,1.03", f"1.5,{cell}"), encoding="utf-8")
    status, _, err = run("gaps.csv", DECAY)
    assert (status, "line 5: column 'y'" in err, "--omit-missing" in err) == (2, True, True)
    found = fitted("gaps.csv", DECAY, "--omit-missing")
    said = f"1 of 8 rows left out: {repr(cell) if cell else 'empty'} in line 5"
    assert (found["n_omitted"], found["n_points"], found["notes"][0]) == (1, 7, said)  # type: ignore[index]
    assert said in run("gaps.csv", DECAY, "--omit-missing")[1]
    agree(found, X[:3] + X[4:], Y[:3] + Y[4:], decay, [3, 1, 0])


def test_many_kinds_of_rows_left_out(folder: Path) -> None:
    rows = "".join(f"{i},<LOD\n" for i in range(9)) + "9,\n10,3\n11,4\n"
    (folder / "lod.csv").write_text("x,y\n" + rows, encoding="utf-8")
    _, out, _ = run("lod.csv", "a*x", "--omit-missing")
    assert "10 of 12 rows left out: '<LOD' in lines 2, 3, 4, 5, 6 and 4 more; empty in line 11\n" in out


def test_dates_count_in_seconds(folder: Path) -> None:
    rows = "".join(f"2024-03-{i + 1:02}T12:00:00+01:00,{y}\n" for i, y in enumerate(Y))
    (folder / "dates.csv").write_text("when,y\n" + rows, encoding="utf-8")
    found = fitted("dates.csv", "y = a*exp(-when/tau) + c")
    _, out, _ = run("dates.csv", "y = a*exp(-when/tau) + c")
    assert "when is column 'when' [s since 2024-03-01T12:00:00+01:00], fitted is column 'y'" in out

    def of_days(t, a, days, c):
        return a * np.exp(-t / days) + c

    found["values"][1] /= 86400  # type: ignore[index]
    found["errors"][1] /= 86400  # type: ignore[index]
    agree(found, list(range(8)), Y, of_days, [3, 2, 0])


@pytest.mark.parametrize("format_", ["{:,.1f}", "\u2212{:,.1f}", "{:,.1f} "])
def test_thousands_and_the_minus_of_typesetting(folder: Path, format_: str) -> None:
    cells = [format_.format(1000 * y) for y in Y]
    sign = -1.0 if "\u2212" in format_ else 1.0
    rows = "".join(f'{x:g},"{cell}"\n' for x, cell in zip(X, cells, strict=True))
    (folder / "large.csv").write_text("t,y\n" + rows, encoding="utf-8")
    agree(fitted("large.csv", DECAY), X, [sign * 1000 * y for y in Y], decay, [3000 * sign, 1, 0])


def test_units_are_said(folder: Path) -> None:
    (folder / "units.csv").write_text(TABLE.replace("t,y\n", "t,y\ns,[mV]\n"), encoding="utf-8")
    assert "t is column 't' [s], fitted is column 'y' [mV]\n" in run("units.csv", DECAY)[1]


def test_a_column_of_a_name_that_is_there_twice_has_its_number(folder: Path) -> None:
    (folder / "twice.csv").write_text("t,y,y\n1,2,3\n2,4,7\n", encoding="utf-8")
    assert "fitted is column 'y' (2)\n" in run("twice.csv", "a*t")[1]


# ---- one line that says what to do


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["log(y) = a - b*t"], "the left side of the expression must be a column; got 'log(y)'"),
        (["f(x) = a*x"], "must be a column; got 'f(x)'"),
        (["a*sin(2*PI*t)"], "write pi for 3.14159"),
        (["a*exp(-b*Tt) + c", "--y", "y"], "the expression has no data in it"),
        ([DECAY, "--p0", "a=3", "b=1", "c=0"], "a comma goes between assignments, as in a=1,b=2"),
        ([DECAY, "--p0", "3,1,0"], "--p0: '3' is not of the form name=value, as in a=1,b=2"),
        ([DECAY, "--p0", "a=3,B=1"], "parameter 'B' is not in the expression"),
        ([DECAY, "--bounds", "a=[0,10]"], "is not of the form name=lower:upper, with either or both, as in a=0:10"),
        ([DECAY, "--bounds", "a=inf:"], "'inf', given for 'a', is not a finite number"),
        ([DECAY, "--sgima", "0.1"], "did you mean --sigma"),
        ([DECAY, "--po", "a=1"], "or --p0?"),
        ([DECAY, "--omit"], "did you mean --omit-missing?"),
        ([DECAY, "--derived", "h=1/b", "--derived", "h=2/b"], "--derived: 'h' is given twice"),
        ([DECAY, "--derived", "a=1/b"], "--derived: 'a' is a parameter"),
        ([DECAY, "--derived", "1h=1/b"], "--derived: '1h=1/b' is not of the form"),
    ],
)
def test_what_to_do_is_said(arguments: list[str], words: str) -> None:
    status, out, err = run("t.csv", *arguments)
    assert (status, out, err.count("\n"), words in err) == (2, "", 1, True), err


def test_the_table_comes_first() -> None:
    assert "the table comes first, then the expression" in run(DECAY, "t.csv")[2]


def test_capital_letters_of_columns_matter(folder: Path) -> None:
    (folder / "time.csv").write_text(TABLE.replace("t,y", "Time,y"), encoding="utf-8")
    assert "write the same, or start the parameter 'time' with --p0" in run("time.csv", "a*exp(-b*time) + c*x")[2]
    assert run("time.csv", "a*exp(-b*x) + time", "--p0", "time=0")[0] == 0


def test_a_loss_in_capital_letters() -> None:
    assert fitted("t.csv", DECAY, "--loss", "Huber")["loss"] == "huber"


# ---- dates and times


@pytest.mark.parametrize(
    ("table", "slope"),
    [
        ("day,n\n31.01.2024,1\n01.02.2024,2\n02.02.2024,3\n", 1 / 86400),
        ("day;n\n01/30/2024;1\n01/31/2024;2\n02/01/2024;3\n", 1 / 86400),
        ("12:30:05,1\n12:30:15,2\n12:30:25,3\n", 0.1),
        ("12:30:05 1\n12:30:15 2\n12:30:25 3\n", 0.1),  # the colons separate no columns
        ("t\tn\n12:30:05\t1\n12:30:15\t2\n12:30:25\t3\n", 0.1),
    ],
)
def test_dates_and_times_are_seconds_since_the_first(folder: Path, table: str, slope: float) -> None:
    (folder / "d.csv").write_text(table, encoding="utf-8")
    np.testing.assert_allclose(fitted("d.csv", "a + b*x")["values"], [1.0, slope])
    assert "s since " in run("d.csv", "a + b*x")[1]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("day,n\n01/02/2024,1\n01/03/2024,2\n01/04/2024,3\n", "'01/02/2024' may have the day or the month"),
        ("t,n\n12:30,1\n12:31,2\n12:32,3\n", "column 't': '12:30' may be hours and minutes"),
        ("2024-01-31 12:00:00 1\n2024-01-31 12:00:01 2\n", "column 1 has dates, and column 2 the times"),
        ("day,x,y\n2024-01-30,12:00:00,1\n2024-01-31,12:00:01,2\n", "column 'day' has dates, and column 'x' the times"),
        ("n,t\n1,12:30:00\n2,12:30:01\n", "column 't', to be fitted, has dates or times"),
        ("t,n\n12:30:00,1\n12.5,2\n12:30:02,3\n", "where a date or time like the first was expected"),
        ("1,5, 2,5\n2,5, 3,5\n4,5, 5,5\n", "is the comma a decimal point? --decimal-comma"),
        ('"1,5","2,5"\n"2","3"\n"3","4"\n', "is the comma a decimal point? --decimal-comma"),
        ("1,5;2,5\n2;3\n3;4\n", "is the comma a decimal point? --decimal-comma"),
    ],
)
def test_no_reading_in_silence_that_may_be_wrong(folder: Path, table: str, words: str) -> None:
    (folder / "d.csv").write_text(table, encoding="utf-8")
    status, out, err = run("d.csv", "a + b*x")
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("table", ["1,5, 2,5\n2,5, 3,5\n4,5, 5,5\n", '"1,5","2,5"\n"2,5","3,5"\n"4,5","5,5"\n'])
def test_decimal_commas_without_a_header(folder: Path, table: str) -> None:
    (folder / "d.csv").write_text(table, encoding="utf-8")
    np.testing.assert_allclose(fitted("d.csv", "a + b*x", "--decimal-comma")["values"], [1.0, 1.0])


# ---- ready models


def spectrum(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    x = np.linspace(0.0, 10.0, 81)
    y = 3.0 * np.exp(-((x - 4.0) ** 2) / 0.98) + 2.0 * np.exp(-((x - 6.2) ** 2) / 1.28) + 1.0 + 0.1 * x
    y += 0.03 * np.sin(17.0 * x)
    rows = "".join(f"{a!r},{b!r},0.1\n" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    (folder / "p.csv").write_text("energy,counts,sigma\n" + rows, encoding="utf-8")
    return x, y


def test_ready_models_by_name(folder: Path) -> None:
    from minpack import fit, models

    x, y = spectrum(folder)
    for text, model in {
        "gaussian": models.gaussian,
        "counts = gaussian(a) + gaussian('b') + line": models.gaussian("a") + models.gaussian("b") + models.line,
        "polynomial(3)": models.polynomial(3),
    }.items():
        found, expected = fitted("p.csv", text), fit(model, x, y)
        assert found["names"] == list(expected.names)
        np.testing.assert_allclose(found["values"], expected.values, rtol=1e-6)
    out = run("p.csv", "gaussian", "--derived", "fwhm", "--sigma", "sigma")[1]
    assert "counts = height*exp(-(x - center)^2/(2*sigma^2))" in out
    assert "fwhm = " in out
    assert fitted("p.csv", "gaussian", "--p0", "center=4", "--fix", "sigma=1")["fixed"] == ["sigma"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gaussian + gaussian"], "must differ in their names"),
        (["gaussian(a) + c*x"], "adds to other ready models only; got 'c*x'"),
        (["gaussian + c*x"], "'gaussian' is a ready model, which adds to other ready models only"),
        (["Gaussian"], "; ready models are gaussian, gaussian2d"),
        (["exponential"], "; ready models are exponential_decay, exponential_rise, exponential_growth"),
        (["sinus + line"], "sine"),
        (["gausian(a) + line"], "; ready models are gaussian, gaussian2d, line"),
        (["a"], "--x NAME=COLUMN gives it some\n"),
        (["gaussian2d"], "gaussian2d needs columns for x and y: --x x=COLUMN,y=COLUMN"),
        (["polynomial"], "polynomial needs a degree"),
        (["polynomial(0)"], "degree must be a whole number"),
        (["gaussian", "--derived", "foo"], "gaussian has fwhm, area"),
        (["gaussian", "--p0", "width=1"], "parameter 'width' is not in the expression"),
    ],
)
def test_ready_models_that_cannot_be_made(folder: Path, arguments: list[str], words: str) -> None:
    spectrum(folder)
    status, out, err = run("p.csv", *arguments)
    assert (status, out) == (2, "")
    assert words in err


def test_a_parameter_may_have_the_name_of_a_ready_model(folder: Path) -> None:
    spectrum(folder)
    assert fitted("p.csv", "x^hill/(2 + x^hill)")["names"] == ["hill"]
    assert fitted("p.csv", "line + c*x", "--p0", "line=1")["names"] == ["line", "c"]
