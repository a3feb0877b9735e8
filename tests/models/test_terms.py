"""Formulas that are sums of terms: how they are taken apart, what their parameters are, and where such fits start."""

import json

import numpy as np
import pytest

import minpack
from minpack._cli.main import main
from minpack._models.terms import in_terms

X = np.linspace(0.0, 10.0, 200)


def peaks(x, a, c, w, b, d, v):
    return a * np.exp(-((x - c) ** 2) / (2 * w**2)) + b * np.exp(-((x - d) ** 2) / (2 * v**2))


TEXT = "a*exp(-(x - c)^2/(2*w^2)) + b*exp(-(x - d)^2/(2*v^2))"
# of which a search of all four shapes at once found a wrong minimum
WHOLE = [[5.8, 2.6, 0.31, 6.1, 4.5, 0.62], [7.6, 1.5, 0.89, 1.4, 3.8, 0.5], [7.2, 3.0, 0.48, 8.0, 4.5, 0.45]]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("a*exp(-(x-c)^2/(2*w^2)) + b*exp(-(x-d)^2/v)",
         {"c": "position", "w": "width", "d": "position", "v": "squared width"}),
        ("a*exp(-k*(x-c)^2) - b/(1 + exp(-l*(x-d)))",
         {"c": "position", "k": "inverse squared width", "d": "position", "l": "inverse width"}),
        ("a*x/(k + x) + b*exp(-x/t) + c*exp(-d*x) + f*log(1 + sqrt(x/g))",
         {"k": "time", "t": "time", "d": "rate", "g": "time"}),
        ("a/(1 + ((x-c)/w)^2)^n + b*e^(-(abs(x-d)/v)^p)",
         {"c": "position", "w": "width", "n": "shape", "d": "position", "v": "width", "p": "shape"}),
        # units that contradict each other, powers that are unknown, waves, and what is not looked into, say nothing
        ("a*exp(x - c + 5*b) + d*x^k + f*exp(-(x-g)/h)",
         {"c": "anything", "b": "anything", "k": "anything", "g": "position", "h": "width"}),
        ("a*sin(b*x + c) + d*hypot(x - f, g) + h*exp(-k*x)",
         {"b": "anything", "c": "anything", "f": "anything", "g": "anything", "k": "rate"}),
    ],
)  # fmt: skip
def test_what_parameters_are(text, kinds):
    model = minpack.model(text, ["x"])
    terms = in_terms(model)
    assert terms.parameters == model.parameters
    assert {name: kind for _, part in terms.parts if part.grid for name, kind in part.grid.kinds.items()} == kinds
    values = np.linspace(1.5, 2.5, len(model.parameters))
    x = np.linspace(3.0, 4.0, 5)
    np.testing.assert_allclose(terms(x, *values), model(x, *values), rtol=1e-14)


def test_terms_without_a_shape_go_together():
    terms = in_terms(minpack.model(f"3 + {TEXT} - g*x + 2*x - h", ["x"]))
    values = 1.0, 2.0, 0.5, 3.0, 4.0, 1.5, 0.25, 7.0
    assert [part.parameters for _, part in terms.parts] == [("a", "c", "w"), ("b", "d", "v"), ("g", "h")]
    np.testing.assert_allclose(terms(X, *values), 3.0 + peaks(X, *values[:6]) - 0.25 * X + 2.0 * X - 7.0, rtol=1e-13)


@pytest.mark.parametrize(
    "text",
    ["a*exp(-(x-c)^2/w) + b*exp(-x/t)",  # few enough to be searched at once
     "a*exp(-(x-c)^2/w) + b*exp(-(x-d)^2/w) + f*exp(-(x-g)^2/w)",  # which share a parameter
     "a*exp(-(x-c)^2/w)*(1 + exp(-(x-d)/v))", "a*exp(-(x-c)^2/w - (y-d)^2/v)"],
)  # fmt: skip
def test_others_stay_as_they_are(text):
    model = minpack.model(text, ["x", "y"] if "y" in text else ["x"])
    assert in_terms(model) is model
    assert in_terms(minpack.models.gaussian) is minpack.models.gaussian


@pytest.mark.parametrize("values", WHOLE)
@pytest.mark.parametrize("model", [peaks, minpack.model(TEXT)], ids=["function", "formula"])
def test_peaks_are_found(model, values):
    y = peaks(X, *values) + 0.05 * np.sin(np.arange(1.0, 201.0) ** 2)
    fit = minpack.fit(model, X, y)
    assert not fit.diagnose()
    np.testing.assert_allclose(sorted(np.abs(fit.values)), sorted(values), rtol=0.15)


def test_the_command_line_finds_them(tmp_path, capsys):
    np.savetxt(tmp_path / "peaks.csv", np.c_[X, peaks(X, *WHOLE[0])], delimiter=",", header="x,y", comments="")
    assert main([str(tmp_path / "peaks.csv"), TEXT, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["chi_square"] < 1e-10
