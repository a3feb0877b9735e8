"""A fit as text, as JSON and as a picture: what is added to the report of the fit itself."""

import json
from pathlib import Path

import numpy as np
import pytest

from minpack import Fit, fit
from minpack._cli.layout import Layout
from minpack._cli.present import PlotError, as_json, as_text, draw, formula, plot_format
from minpack._cli.reading import read_table
from minpack._cli.table import Table
from support.decay import T, Y, decay

NAMED = read_table(b"t,signal\n1,2\n", "t.csv")
PLAIN = read_table(b"1,2\n", "t.csv")
LAYOUT = Layout(("amplitude", "rate", "offset"), {"t": 0}, 1, None, None)


@pytest.fixture(scope="module")
def result() -> Fit:
    return fit(decay, T, Y)


@pytest.mark.parametrize(("table", "expected"), [(NAMED, "signal = a*t"), (PLAIN, "y = a*t")])
def test_formula(table: Table, expected: str) -> None:
    assert formula(table, LAYOUT, " a*t ") == expected


def test_text_has_the_formula_and_what_is_what_above_the_report(result: Fit) -> None:
    text = as_text(result, NAMED, LAYOUT, "a*t", ["a note"], {}, 0.95)
    assert text == f"signal = a*t\nt.csv: t is column 't', fitted is column 'signal'\na note\n\n{result.report()}"


def test_text_has_derived_quantities_and_another_level_below_it(result: Fit) -> None:
    text = as_text(result, NAMED, LAYOUT, "a*t", [], {"x": (1.5, 0.25), "half": (0.25, 0.0125)}, 0.5)
    (low, high), *_ = result.confidence_intervals(0.5)
    tail = text[text.index("no doubts") :].splitlines()
    assert tail[1:6] == ["", "x    = 1.50 ± 0.25", "half = 0.250 ± 0.013", "", "50 % intervals"]
    assert tail[6] == f"amplitude   {low:.8g} to {high:.8g}"
    assert len(tail) == 9


def test_json_is_the_fit(result: Fit) -> None:
    found = json.loads(as_json(result, PLAIN, LAYOUT, " a*t", 3, ["a note"], {"x": (1.5, np.inf)}, 0.9))
    assert found["values"] == result.values.tolist()
    assert found["covariance"] == result.covariance.tolist()
    assert found["confidence_intervals"] == result.confidence_intervals(0.9).tolist()
    assert (found["columns"], found["n_omitted"], found["expression"]) == ({"t": 1, "y": 2}, 3, "a*t")
    assert found["derived"] == {"x": {"value": 1.5, "error": None}}
    assert found["chi_square"] == result.chi_square
    assert found["notes"] == ["a note"]
    assert found["doubts"] == []


@pytest.mark.parametrize(("name", "form"), [("a.png", "png"), ("a.b.PDF", "pdf"), ("a.svg", "svg")])
def test_kind_of_picture(name: str, form: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert plot_format(str(tmp_path / name)) == form


@pytest.mark.parametrize(("name", "words"), [("a", "must end in"), ("a.csv", "must end in"), ("b/a.png", "no folder")])
def test_picture_that_cannot_be(name: str, words: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(PlotError, match=words):
        plot_format(str(tmp_path / name))


@pytest.mark.parametrize(("table", "labels"), [(NAMED, ("t", "signal")), (PLAIN, ("t", "y"))])
def test_labels_of_the_picture(
    result: Fit, table: Table, labels: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib").use("agg")
    figures = []
    plot = Fit.plot
    monkeypatch.setattr(Fit, "plot", lambda *args, **options: figures.append(plot(*args, **options)) or figures[-1])
    path = tmp_path / "fit.svg"
    assert draw(result, table, LAYOUT, "a$t", str(path), "svg", 0.95) is None
    (figure,) = figures
    assert (figure.axes[-1].get_xlabel(), figure.axes[0].get_ylabel()) == labels
    assert figure.axes[0].get_title() == rf"{labels[1]} = a\$t"
    pytest.importorskip("matplotlib.pyplot").close("all")


def test_picture_that_cannot_be_written(result: Fit, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib").use("agg")
    words = draw(result, NAMED, LAYOUT, "a*t", str(tmp_path), "png", 0.95)
    assert words is not None
    assert words.endswith("Is a directory")
    pytest.importorskip("matplotlib.pyplot").close("all")
