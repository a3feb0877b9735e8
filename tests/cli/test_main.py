"""The command line: answers, messages and exit codes; as a process where that is the matter."""

import gzip
import importlib.util
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest

import minpack
import nist_models
from minpack._cli import main as _cli
from minpack._cli.advice import ADVICE
from minpack._results import words

matplotlib = pytest.mark.skipif(importlib.util.find_spec("matplotlib") is None, reason="needs matplotlib")

DECAY = """\
# a decay
t,signal,dy
0,3.01,0.02
0.5,2.02,0.02
1,1.42,0.02
1.5,1.03,0.02
2,0.82,0.02
3,0.63,0.02
4,0.54,0.02
5,0.51,0.02
"""
MODEL = "a*exp(-b*t) + c"
SCRIPT = [sys.executable, "-W", "error", "-m", "minpack"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "decay.csv").write_text(DECAY, encoding="utf-8")
    return tmp_path


def run(*arguments: str, text: str = "") -> tuple[int, str, str]:
    """Exit status, standard output and standard error of the command, run in this process."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        status = _cli.main(arguments)
    return status, out.getvalue(), err.getvalue()


def run_apart(*arguments: str, text: bytes = b"", environment: dict[str, str] | None = None) -> tuple[int, str, str]:
    """The same in a process of its own."""
    done = subprocess.run(
        [*SCRIPT, *arguments], input=text, capture_output=True, check=False, timeout=120,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"} | (environment or {}),
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def fitted(*arguments: str, text: str = "") -> dict[str, object]:
    status, out, err = run(*arguments, "--json", text=text)
    assert (status, err) == (0, "")

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return dict(json.loads(out, parse_constant=refuse))


# ---- good input


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("Misra1a", "b1*(1 - exp(-b2*x))"),
        ("Thurber", "(b1 + b2*x + b3*x**2 + b4*x**3) / (1 + b5*x + b6*x**2 + b7*x**3)"),
        ("Eckerle4", "b1/b2*exp(-0.5*((x - b3)/b2)**2)"),
        ("Roszman1", "b1 - b2*x - arctan(b3/(x - b4))/pi"),
        ("Bennett5", "b1*(b2 + x)**(-1/b3)"),
    ],
)
def test_certified_values(folder: Path, name: str, expression: str) -> None:
    problem = nist_models.load()[name]
    rows = "".join(f"{y!r},{x!r}\n" for x, y in zip(problem.x.tolist(), problem.y.tolist(), strict=True))
    (folder / "nist.csv").write_text("y,x\n" + rows, encoding="utf-8")
    start = ",".join(f"b{j}={value!r}" for j, value in enumerate(problem.starts[1].tolist(), 1))
    result = fitted("nist.csv", f"y = {expression}", "--p0", start, "--ftol", "1e-14", "--xtol", "1e-14")
    order = [result["names"].index(f"b{j}") for j in range(1, problem.certified.size + 1)]  # type: ignore[attr-defined]
    values, errors = np.array(result["values"])[order], np.array(result["errors"])[order]
    assert nist_models.log_relative_error(values, problem.certified).min() > 6
    assert nist_models.log_relative_error(errors, problem.certified_sd).min() > 5
    assert result["degrees_of_freedom"] == problem.degrees_of_freedom
    assert result["residual_sd"] == pytest.approx(problem.residual_sd, rel=1e-6)


def test_report() -> None:
    arguments = ("decay.csv", f"signal = {MODEL}", "--p0", "a=1,b=1,c=0", "--sigma", "dy")
    status, out, err = run(*arguments)
    assert (status, err) == (0, "")
    assert run_apart(*arguments) == (0, out, "")
    lines = out.splitlines()
    assert lines[:2] == [
        "signal = a*exp(-b*t) + c",
        "decay.csv: t is column 't', fitted is column 'signal', sigma is column 'dy'",
    ]
    assert "2.518 ± 0.013" in out
    assert "95 %" in out


def test_json_agrees_with_the_function() -> None:
    t, y, dy = np.loadtxt(DECAY.splitlines(), delimiter=",", skiprows=2).T
    fit = minpack.fit(lambda t, a, b, c: a * np.exp(-b * t) + c, t, y, sigma=dy, absolute_sigma=True)
    result = fitted("decay.csv", MODEL, "--sigma", "dy", "--absolute-sigma", "--level", "0.9",
                    "--derived", "half = log(2)/b", "--derived", "top=a+c")  # fmt: skip
    np.testing.assert_allclose(result["values"], fit.values, rtol=1e-6)
    np.testing.assert_allclose(result["covariance"], fit.covariance, rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(result["confidence_intervals"], fit.confidence_intervals(0.9), rtol=1e-5)
    half = fit.derived(lambda b: np.log(2) / b)
    assert result["derived"]["half"] == {  # type: ignore[index]
        "value": pytest.approx(half.value, rel=1e-6), "error": pytest.approx(half.error, rel=1e-5),
    }  # fmt: skip
    assert result["version"] == minpack.__version__
    assert result["expression"] == MODEL
    assert result["columns"] == {"t": "t", "y": "signal", "sigma": "dy"}
    assert result["n_points"] == 8


def test_doubts_speak_of_options() -> None:
    table = "\n".join(f"{x} {x * x}" for x in range(20))
    status, out, _ = run("-", "a + b*x", "--p0", "a=1,b=1", "--maxfev", "1", text=table)
    assert status == 1
    assert "(--p0), raise --maxfev, or look at --plot" in " ".join(out.split())
    _, out, _ = run("-", "a + b*x", text=table)
    assert "misses something, and the errors are too small: see --plot" in " ".join(out.split())
    result = fitted("-", "a*x + b", text="0 1\n1 2\n")
    assert "hold a parameter by --fix, or give --sigma with --absolute-sigma" in result["doubts"][0]  # type: ignore[index]


def test_json_has_null_for_what_is_not_finite() -> None:
    result = fitted("-", "a*x + b", text="0 1\n1 2\n")
    assert result["errors"] == [None, None]
    assert result["reduced_chi_square"] is None


def test_standard_input_and_fixed_parameters() -> None:
    result = fitted("-", MODEL, "--fix", "c=0.5", text=DECAY)
    assert result["source"] == "standard input"
    assert result["fixed"] == ["c"]
    assert dict(zip(result["names"], result["values"], strict=True))["c"] == 0.5  # type: ignore[call-overload]
    assert result["degrees_of_freedom"] == 6


def test_several_predictors() -> None:
    result = fitted("-", "z = p*u + q*v + r", text="u v z\n1 2 9\n2 1 8\n3 5 22\n4 4 21\n")
    assert result["values"] == pytest.approx([2.0, 3.0, 1.0])


def test_missing_cells_are_left_out_when_asked() -> None:
    text = "x,y\n1,2\n2,\n3,6\nNA,1\n"
    assert run("-", "a*x", text=text)[::2] == (
        2, "minpack: standard input, line 3: column 'y' is empty; --omit-missing leaves such rows out\n",
    )  # fmt: skip
    result = fitted("-", "a*x", "--omit-missing", text=text)
    assert (result["values"], result["n_points"], result["n_omitted"]) == ([2.0], 2, 2)


def test_an_expression_may_begin_with_a_minus() -> None:
    assert fitted("-", "-a*x", text="1 2\n2 4\n")["values"] == [-2.0]


def test_level_and_derived_are_printed_and_quiet_is_quiet() -> None:
    status, out, _ = run("decay.csv", MODEL, "--level", "0.99", "--derived", "half=log(2)/b")
    assert status == 0
    assert "99 % intervals" in out
    assert "\nhalf = 0.6840 ± 0.0083\n" in out
    assert run("decay.csv", MODEL, "--quiet") == (0, "", "")


@matplotlib
@pytest.mark.parametrize(("name", "magic"), [("fit.png", b"\x89PNG"), ("fit.PDF", b"%PDF"), ("a b.svg", b"<?xml")])
def test_plot(folder: Path, name: str, magic: bytes) -> None:
    text = DECAY.replace("signal", "signal $x_{$")
    status, _, err = run("-", MODEL, "--sigma", "dy", "--plot", name, text=text)
    assert (status, err) == (0, "")
    data = (folder / name).read_bytes()
    importlib.import_module("matplotlib.pyplot").close("all")
    assert data.startswith(magic)
    assert 8_000 < len(data) < 1_000_000


def test_help_and_version() -> None:
    status, out, err = run_apart("--help")
    assert (status, err) == (0, "")
    for code in (_cli.SOLVED, _cli.NOT_CONVERGED, _cli.BAD_INPUT, _cli.MISSING_PACKAGE, _cli.INTERRUPTED):
        assert f"\n  {code:<4} " in out
    assert run_apart("--version") == (0, f"minpack {minpack.__version__}\n", "")


# ---- exit codes


def test_no_convergence_is_1_and_still_reported() -> None:
    status, out, err = run("decay.csv", MODEL, "--maxfev", "1")
    assert (status, err) == (1, "")
    assert "did not converge" in out
    status, out, err = run("decay.csv", MODEL, "--maxfev", "1", "--json")
    assert status == 1
    assert json.loads(out)["success"] is False
    assert err.startswith("minpack: the fit did not converge: ")


def test_a_missing_package_is_3() -> None:
    code = "import sys; sys.modules['matplotlib'] = None; from minpack._cli.main import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, "decay.csv", MODEL, "--plot", "fit.png"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (3, "")
    assert "pip install " in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_interruption_is_130() -> None:
    # in the process itself a signal that the parent ignores would stay ignored
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); import minpack._cli.main as c; " \
           "print('ready', flush=True); c.run_as_script()"  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", code, "-", MODEL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    try:
        assert process.wait(60) == 130
        assert process.stderr is not None
        assert process.stderr.read() == b"minpack: interrupted\n"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_a_reader_that_leaves_is_no_trouble() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*SCRIPT, "decay.csv", MODEL], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*SCRIPT, "decay.csv", MODEL], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr == b"minpack: standard output: No space left on device\n"


def test_a_terminal_without_the_letters() -> None:
    status, out, err = run_apart("decay.csv", MODEL, environment={"PYTHONIOENCODING": "ascii"})
    assert (status, err) == (0, "")
    assert "2.51" in out


# ---- bad input: main is called in this process, for speed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.csv", MODEL], "missing.csv: No such file or directory"),
        ([".", MODEL], ".: Is a directory"),
        (["decay.csv"], "the following arguments are required: expression"),
        (["decay.csv", MODEL, "--bogus"], "unrecognized arguments: --bogus"),
        (["--", "decay.csv", MODEL, "--quiet"], "--quiet; options stand before a --"),
        (["decay.csv", MODEL, "--fix", "t=1"], "no data in it ('t' is a parameter, as --p0, --fix or --bounds gives"),
        (["decay.csv", "5"], "the expression has no data in it (no names)"),
        (["decay.csv", MODEL, "--maxfev", "9999999999"], "'9999999999' is not a whole number from 1 to 2147483647"),
        (["decay.csv", MODEL, "--p0", "a=1,b=1,c=1,d=1"], "parameter 'd' is not in the expression"),
        (["decay.csv", MODEL, "--p0", "1,1,1"], "--p0: '1' is not of the form name=value"),
        (["decay.csv", MODEL, "--p0", "a=one,b=1,c=1"], "--p0: 'one', given for 'a', is not a finite number"),
        (["decay.csv", MODEL, "--p0", "a=1,b=1,c=nan"], "not a finite number"),
        (["decay.csv", MODEL, "--p0", "a=1", "--p0", "a=2"], "'a' is given twice"),
        (["decay.csv", MODEL, "--fix", "a=1,b=1,c=1"], "nothing is left to fit"),
        (["decay.csv", MODEL, "--fix", "d=1"], "parameter 'd' is not in the expression"),
        (["decay.csv", MODEL, "--fix", "c=1", "--p0", "a=1,b=1,c=1"], "in both --p0 and --fix"),
        (["decay.csv", MODEL, "--sigma", "error"], "no column 'error'; the columns are 't', 'signal', 'dy'"),
        (["decay.csv", MODEL, "--y", "t"], "cannot also be fitted"),
        (["decay.csv", MODEL, "--ftol", "0"], "--ftol: '0' is not a positive number"),
        (["decay.csv", MODEL, "--maxfev", "many"], "--maxfev: 'many' is not a whole number"),
        (["decay.csv", MODEL, "--level", "95"], "--level: '95' is not a probability"),
        (["decay.csv", MODEL, "--derived", "half"], "--derived: 'half' is not of the form"),
        (["decay.csv", MODEL, "--derived", "half=d"], "--derived half: func must be a formula of a, b, c; got 'd'"),
        (["decay.csv", MODEL, "--derived", "half=a.b"], "--derived half: expression, character 1"),
        (["decay.csv", "a*log(b*t)"], "line 3: the expression is not finite at t = 0 with the start a=1, b=1"),
        (["decay.csv", "a*sqrt(b + t - 1)", "--p0", "b=1"], "line 3: a derivative of the expression is not finite at"),
        (["decay.csv", "+".join(f"a{i}*t" for i in range(9))], "8 rows cannot determine 9 parameters"),
        (["decay.csv", "__import__('os').system('touch hacked')*t"], "only a function can be followed"),
        (["decay.csv", "a*x^2*"], "not a formula"),
        (["decay.csv", "a + b*c"], "the expression has no data in it"),
        (["decay.csv", "2*t"], "no parameters"),
        (["zero_sigma.csv", "a*x", "--sigma", "s"], "line 3: column 's' has 0, but a standard deviation"),
        (["text.csv", "a*x"], "text.csv, line 4: column 'y' has 'half' where a number was expected"),
        pytest.param(["decay.csv", MODEL, "--plot", "none/fit.png"], "there is no folder 'none'", marks=matplotlib),
        pytest.param(["decay.csv", MODEL, "--plot", "fit.csv"], "must end in .png", marks=matplotlib),
        pytest.param(["decay.csv", MODEL, "--plot", "folder.png"], "is a folder", marks=matplotlib),
        pytest.param(["four.csv", "a*p+b*q+c*r", "--plot", "fit.png"], "over one or two columns", marks=matplotlib),
    ],
)
def test_bad_input_is_2_and_one_line(
    folder: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    (folder / "zero_sigma.csv").write_text("x,y,s\n1,2,1\n2,4,0\n", encoding="utf-8")
    (folder / "text.csv").write_text("x,y\n1,2\n\n2,half\n", encoding="utf-8")
    (folder / "four.csv").write_text("p,q,r,y\n1,2,3,4\n2,4,5,6\n3,5,6,7\n", encoding="utf-8")
    (folder / "folder.png").mkdir()
    before = {*folder.iterdir()}
    assert _cli.main(arguments) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("minpack: ")
    assert words in err
    assert err.count("\n") == 1
    assert {*folder.iterdir()} == before


def test_bad_input_ends_the_process_without_a_traceback() -> None:
    status, out, err = run_apart("decay.csv", "a.b*t")
    assert (status, out) == (2, "")
    assert err == "minpack: expression, character 1, at 'a.b*t': names have no dots\n"
    assert run_apart("-", MODEL, text=b"\x00\x01\xff")[::2] == (
        2, "minpack: standard input: not a text file; save a spreadsheet as CSV first\n",
    )  # fmt: skip


def test_an_overflowing_fit_prints_no_warnings() -> None:
    status, _, err = run("decay.csv", "a*exp(b*t**3)")
    assert status in (0, 1)
    assert err == ""


def test_advice_is_in_terms_of_options(folder: Path) -> None:
    """No step, as x is zero: derivatives are exact, so epsfcn would not help."""
    (folder / "none.txt").write_text("x y\n0 2\n0 2\n0 -2\n", encoding="utf-8")
    status, out, _ = run("none.txt", "a*x", "--p0", "a=0")
    assert (status, "no step was made" in out, "by --p0" in out) == (0, True, True)
    assert "epsfcn" not in out


def test_advice_for_every_finding() -> None:
    """Unless derivatives by differences, a callback or counts are its cause; and no word of Python in it."""
    unheard_of = {
        "stopped_by_callback", "no_step", "ill_conditioned_differences", "short_floats", "counts_scatter",
        "counts_agree", "rests_on_zeros", "as_good_as_differences",
    }  # fmt: skip
    assert set(words.ADVICE) - set(ADVICE) == unheard_of
    assert set(ADVICE) <= set(words.STATEMENTS) == set(words.ADVICE)
    python = re.compile(r"fixed|fit\.|epsfcn|p0=|absolute_sigma|\bjac\b|(?<!--)(maxfev|[fxg]tol)")
    assert [text for text in ADVICE.values() if python.search(text)] == []


# ---- what is around a table


def test_a_table_as_a_spreadsheet_exports_it() -> None:
    text = "sep=;\nt;signal\ns;mV\n0;3,01\n0,5;2,02\n1;#N/A\n1,5;1,03\n2;0,82\n3;0,63\n"
    result = fitted("-", "signal = a*exp(-b*t) + c", "--decimal-comma", "--omit-missing", text=text)
    assert (result["n_points"], result["n_omitted"]) == (5, 1)


def test_a_compressed_table(folder: Path) -> None:
    packed = gzip.compress(DECAY.encode())
    (folder / "decay.csv.gz").write_bytes(packed)
    expected = fitted("decay.csv", MODEL)["values"]
    assert fitted("decay.csv.gz", MODEL)["values"] == expected
    for damaged in (packed[:-20], packed[:40] + b"#" + packed[41:]):
        (folder / "damaged.csv.gz").write_bytes(damaged)
        status, out, err = run("damaged.csv.gz", MODEL)
        assert (status, out) == (2, "")
        assert err.startswith("minpack: damaged.csv.gz: is damaged, or not compressed by gzip")


def test_preamble(folder: Path) -> None:
    (folder / "preamble.csv").write_text("Instrument, run, 7, of May\n" + DECAY, encoding="utf-8")
    assert fitted("preamble.csv", MODEL, "--skip", "1")["values"] == fitted("decay.csv", MODEL)["values"]
    status, _, err = run("preamble.csv", MODEL, "--skip", "-1")
    assert status == 2
    assert "--skip" in err


def test_columns_are_listed_where_one_is_missing() -> None:
    _, _, err = run("decay.csv", "signal = a*exp(-b*time)")
    assert "there is no column 'a', 'b', 'time'; the columns are 't', 'signal', 'dy'" in err
    _, out, _ = run("decay.csv", "signal = a*exp(-b*t) + time", "--p0", "a=1,b=1")
    assert "\nstart from the data: time = 0.9465\n" in out


def test_quiet_json_prints_nothing() -> None:
    assert run("decay.csv", MODEL, "--json", "--quiet") == (0, "", "")


def test_one_parameter_is_singular() -> None:
    _, _, err = run("-", "a*x", "--omit-missing", text="x,y\n1,\n")
    assert "0 rows without missing cells cannot determine 1 parameter\n" in err


def test_it_works_without_sympy() -> None:
    code = "import sys; sys.modules['sympy'] = None; from minpack._cli.main import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "decay.csv", MODEL, "--quiet"], capture_output=True, check=False, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
