"""Fit NIST's 27 sets in each way that promises the same bits on every machine, and print digests of all bits.

    python tests/nist_ways.py [WAY ...]

prints for each WAY (numpy, numba, formula, command) a digest of its 54 fits, one from each of NIST's
starts. Ways that must agree have one digest, in tests/data/nist_ways.txt; the exit status is 1 if another was found.
tools/everywhere.py runs this with several processors and compilers.
"""

import ast
import contextlib
import hashlib
import io
import json
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "examples"))

import minpack  # noqa: E402
import minpack.functions  # noqa: E402
import nist_models  # noqa: E402
from minpack._cli.main import main as command_line  # noqa: E402
from nist_models import Dataset  # noqa: E402

Result = tuple[Any, Any, int, int]

PARAMETERS = [f"b{j}" for j in range(1, 10)]
STORED = ROOT / "tests" / "data" / "nist_ways.txt"
LANCZOS = "b1*exp(-b2*x) + b3*exp(-b4*x) + b5*exp(-b6*x)"
GAUSS = "b1*exp(-b2*x) + b3*exp(-((x - b4)/b5)**2) + b6*exp(-((x - b7)/b8)**2)"
CUBIC = "(b1 + b2*x + b3*x**2 + b4*x**3) / (1 + b5*x + b6*x**2 + b7*x**3)"
ENSO = " + ".join(
    ["b1 + b2*cos(2*pi*x/12) + b3*sin(2*pi*x/12)"]
    + [f"b{j + 1}*cos(2*pi*x/b{j}) + b{j + 2}*sin(2*pi*x/b{j})" for j in (4, 7)]
)
FORMULAS = {
    "Bennett5": "b1*(b2 + x)**(-1/b3)",
    "BoxBOD": "b1*(1 - exp(-b2*x))",
    "Chwirut1": "exp(-b1*x)/(b2 + b3*x)",
    "Chwirut2": "exp(-b1*x)/(b2 + b3*x)",
    "DanWood": "b1*x**b2",
    "ENSO": ENSO,
    "Eckerle4": "b1/b2*exp(-0.5*((x - b3)/b2)**2)",
    "Gauss1": GAUSS,
    "Gauss2": GAUSS,
    "Gauss3": GAUSS,
    "Hahn1": CUBIC,
    "Kirby2": "(b1 + b2*x + b3*x**2) / (1 + b4*x + b5*x**2)",
    "Lanczos1": LANCZOS,
    "Lanczos2": LANCZOS,
    "Lanczos3": LANCZOS,
    "MGH09": "b1*(x**2 + x*b2)/(x**2 + x*b3 + b4)",
    "MGH10": "b1*exp(b2/(x + b3))",
    "MGH17": "b1 + b2*exp(-x*b4) + b3*exp(-x*b5)",
    "Misra1a": "b1*(1 - exp(-b2*x))",
    "Misra1b": "b1*(1 - (1 + b2*x/2)**-2)",
    "Misra1c": "b1*(1 - (1 + 2*b2*x)**-0.5)",
    "Misra1d": "b1*b2*x/(1 + b2*x)",
    "Nelson": "b1 - b2*x*exp(-b3*z)",
    "Rat42": "b1/(1 + exp(b2 - b3*x))",
    "Rat43": "b1/(1 + exp(b2 - b3*x))**(1/b4)",
    "Roszman1": "b1 - b2*x - arctan(b3/(x - b4))/pi",
    "Thurber": CUBIC,
}


class Powers(ast.NodeTransformer):
    """`power(x, y)` instead of `x**y`, which Python computes by the C library; squares are products."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Pow) or ast.unparse(node.right) == "2":
            return node
        return ast.Call(ast.Name("power", ast.Load()), [node.left, node.right], [])


def predictors(data: Dataset) -> tuple[str, ...]:
    return ("x", "z") if data.x.ndim == 2 else ("x",)


def function(data: Dataset) -> Callable[..., Any]:
    """The set's model, written with `minpack.functions`."""
    names = [f"b{j}" for j in range(1, data.certified.size + 1)]
    formula = ast.unparse(Powers().visit(ast.parse(FORMULAS[data.name], mode="eval")))
    unpack = "" if data.x.ndim == 1 else "    x, z = x[0], x[1]\n"
    source = f"def model(x, {', '.join(names)}):\n{unpack}    return {formula}\n"
    space: dict[str, Any] = {"pi": np.pi} | vars(minpack.functions)
    exec(source, space)
    return space["model"]  # type: ignore[no-any-return]


def named(names: Iterable[str], values: Iterable[float]) -> dict[str, float]:
    return dict(zip(names, (float(value) for value in values), strict=False))


# ---- each way: parameters, covariance, evaluations and status of the fits from both starts


def with_engine(engine: Any, data: Dataset) -> Iterator[Result]:
    y = np.array([data.y, data.y])
    result = minpack.curve_fit_batch(function(data), data.x.T, y, np.array(data.starts), engine=engine)
    return zip(result.x, result.cov, result.nfev, result.status, strict=True)


def of_formula(data: Dataset) -> Iterator[Result]:
    model = minpack.model(FORMULAS[data.name], predictors(data))
    for start in data.starts:
        result = minpack.fit(model, data.x.T, data.y, named(PARAMETERS, start))
        yield result.values, result.covariance, result.nfev, result.status


def by_command(data: Dataset) -> Iterator[Result]:
    names = predictors(data)
    table = np.column_stack([data.x, data.y]).tolist()
    lines = [",".join([*names, "y"]), *(",".join(map(repr, row)) for row in table)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{data.name}.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        for start in data.starts:
            words = ",".join(f"{name}={value!r}" for name, value in named(PARAMETERS, start).items())
            out = io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
                command_line([str(path), f"y = {FORMULAS[data.name]}", "--p0", words, "--json"])
            result = json.loads(out.getvalue())
            yield result["values"], result["covariance"], result["nfev"], result["status"]


WAYS = {
    "numpy": ("differences", partial(with_engine, "numpy")),
    "numba": ("differences", partial(with_engine, "numba")),
    "formula": ("derivatives", of_formula),
    "command": ("derivatives", by_command),
}


def digest(way: str) -> str:
    """All bits of the fits of all sets, and what they were, in one number."""
    found = hashlib.sha256()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # some of NIST's far starts lead nowhere
        for data in nist_models.load().values():
            for x, cov, nfev, status in WAYS[way][1](data):
                numbers = np.append(np.ravel(x), np.ravel(cov)).astype(float)  # in JSON, None if not finite
                bits = [number.hex() if np.isfinite(number) else "not finite" for number in numbers.tolist()]
                found.update(repr((data.name, bits, int(nfev), int(status))).encode())
    return found.hexdigest()[:16]


def main(ways: list[str]) -> int:
    expected = dict(line.split() for line in STORED.read_text(encoding="utf-8").splitlines())
    found = {way: digest(way) for way in ways or WAYS}
    for way, value in found.items():
        print(way, value, "same" if value == expected[WAYS[way][0]] else "other bits", flush=True)
    return int(any(value != expected[WAYS[way][0]] for way, value in found.items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
