"""Bounds and losses on the command line: the answers of `fit`, and messages."""

import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest

import minpack
from minpack._cli import main as _cli

pytest.importorskip("sympy")

DECAY = "t,signal\n0,3.01\n0.5,2.02\n1,1.42\n1.5,1.03\n2,0.82\n3,0.63\n4,0.54\n5,0.51\n"
MODEL = "a*exp(-b*t) + c"


def decay(t, a, b, c):
    return a * np.exp(-b * t) + c


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "decay.csv").write_text(DECAY, encoding="utf-8")
    return tmp_path


def run(*arguments: str) -> str:
    """What the command prints of a fit that converges."""
    with redirect_stdout(io.StringIO()) as out:
        assert _cli.main(arguments) == 0
    return out.getvalue()


def fitted(*arguments: str) -> dict[str, object]:
    return dict(json.loads(run(*arguments, "--json")))


def test_bounds_agree_with_the_function() -> None:
    t, y = np.loadtxt(DECAY.splitlines(), delimiter=",", skiprows=1).T
    fit = minpack.fit(decay, t, y, bounds={"a": (0, 9), "c": (None, 0.45)})
    result = fitted("decay.csv", f"signal = {MODEL}", "--bounds", "a=0:9,c=:0.45")
    np.testing.assert_allclose(result["values"], fit.values, rtol=1e-5)
    assert (result["lower"], result["upper"]) == ([0, None, None], [9, None, 0.45])
    assert (result["active_mask"], result["method"]) == ([0, 0, 1], "trf")
    assert result["errors"][2] is None  # type: ignore[index]
    np.testing.assert_allclose(result["errors"][:2], fit.errors[:2], rtol=1e-4)  # type: ignore[index]
    assert result["confidence_intervals"][2] == [None, None]  # type: ignore[index]
    (doubt,) = result["doubts"]  # type: ignore[misc]
    assert doubt.startswith("c ended at its upper bound, 0.45")
    out = run("decay.csv", f"signal = {MODEL}", "--bounds", "a=0:9", "--bounds", "c=:0.45")
    assert any(line.split(maxsplit=2) == ["c", "0.45", "at its upper bound"] for line in out.splitlines())


@pytest.mark.parametrize(
    ("bounds", "limits", "held"),
    [
        ("a=2:,b=:0,c=2:4", {"a": (2, None), "b": (None, 0), "c": (2, 4)}, {}),
        ("a=0:9,b=2:2,c=-3:-1", {"a": (0, 9), "c": (-3, -1)}, {"b": 2.0}),
        ("a=-inf:inf,b=:Infinity,c=-inf:0.45", {"c": (None, 0.45)}, {}),
    ],
)
def test_starts_from_the_data_within_bounds(
    bounds: str, limits: dict[str, tuple[float | None, float | None]], held: dict[str, float]
) -> None:
    t, y = np.loadtxt(DECAY.splitlines(), delimiter=",", skiprows=1).T
    result = json.loads(run("decay.csv", MODEL, "--y", "signal", "--bounds", bounds, "--json"))
    assert result["start"] == minpack.model(MODEL).guess(t, y, fixed=held, bounds=limits).tolist()
    assert result["fixed"] == [*held]


@pytest.mark.parametrize("bounds", ["a=-inf:inf", "a=:inf", "a=-Infinity:", "a=\u2212inf:+inf"])
def test_endless_bounds_are_none(bounds: str) -> None:
    assert fitted("decay.csv", MODEL, "--bounds", bounds)["values"] == fitted("decay.csv", MODEL)["values"]


def test_a_loss_agrees_with_the_function(folder: Path) -> None:
    text = DECAY.replace("0.63", "2.63")
    (folder / "slip.csv").write_text(text, encoding="utf-8")
    t, y = np.loadtxt(text.splitlines(), delimiter=",", skiprows=1).T
    fit = minpack.fit(decay, t, y, loss="soft_l1", f_scale=0.05)
    arguments = ("slip.csv", f"signal = {MODEL}", "--loss", "soft_l1", "--f-scale", "0.05")
    result = fitted(*arguments)
    np.testing.assert_allclose(result["values"], fit.values, rtol=1e-4)
    np.testing.assert_allclose(result["errors"], fit.errors, rtol=1e-3)
    assert (result["loss"], result["f_scale"], result["aic"]) == ("soft_l1", 0.05, None)
    out = run(*arguments)
    assert "soft_l1, f_scale = 0.05; 1 of 8 points count less than half" in out
    assert "robust (sandwich)" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--bounds", "c=5"], "--bounds: 'c=5' is not of the form name=lower:upper"),
        (["--bounds", "c=:"], "--bounds: 'c=:' is not of the form"),
        (["--bounds", "c=0:many"], "--bounds: 'many', given for 'c', is not a finite number"),
        (["--bounds", "c=nan:"], "--bounds: 'nan', given for 'c', is not a finite number"),
        (["--bounds", "c=5:1"], "--bounds: the lower bound of 'c', 5, is above the upper, 1"),
        (["--bounds", "c=0:1,c=0:2"], "--bounds: 'c' is given twice"),
        (["--bounds", "d=0:1"], "parameter 'd' is not in the expression"),
        (["--bounds", "t=0:1"], "the expression has no data in it"),
        (["--bounds", "c=0:1", "--fix", "c=0.5"], "'c' is in both --bounds and --fix"),
        (["--bounds", "c=0:1", "--p0", "a=1,b=1,c=2"], "--p0: 'c' starts at 2, out of its bounds, 0 and 1"),
        (["--bounds", "a=1:1,b=1:1,c=1:1"], "nothing is left to fit"),
        (["--loss", "quartic"], "--loss: invalid choice: 'quartic'"),
        (["--f-scale", "0.1"], "--f-scale is of use with a --loss only"),
        (["--loss", "huber", "--f-scale", "0"], "--f-scale: '0' is not a positive number"),
    ],
)
def test_bad_input_is_one_line(capfd: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    assert _cli.main(["decay.csv", MODEL, *arguments]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("minpack: ")
    assert words in err
    assert err.count("\n") == 1
