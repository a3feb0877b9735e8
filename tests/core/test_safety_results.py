"""What callables return, in any form and of any size: the same bits or a clear refusal, never a crash."""

import contextlib
import sys
import sysconfig
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minpack import leastsq
from support import SANITIZED, START, WAYS, assert_same, ratio, ratio_jac, run_apart


@pytest.mark.parametrize("way", WAYS)
def test_result_in_a_buffer_that_is_used_again(way: str) -> None:
    buffer, matrix = np.empty(6), np.empty((6, 2))

    def func(x: Any) -> Any:
        buffer[:] = ratio(x)
        return buffer

    def jac(x: Any) -> Any:
        matrix[:] = ratio_jac(x)
        return matrix

    settings = {name: jac if name == "Dfun" else value for name, value in WAYS[way].items()}
    assert_same(leastsq(func, START, full_output=True, **settings), way)


class Sub(np.ndarray):
    """A subclass whose every hook gives wrong answers."""

    def __array_finalize__(self, other: Any) -> None:
        self.extra = object()

    def __array_wrap__(self, *args: Any) -> Any:
        raise AssertionError

    @property
    def shape(self) -> Any:  # type: ignore[override]
        return (99, 99)

    def __len__(self) -> int:
        return 10**6


class Arrayish:
    def __init__(self, value: Any) -> None:
        self.value = value

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.value


def read_only(value: Any) -> Any:
    value.flags.writeable = False
    return value


def misaligned(value: Any) -> Any:
    raw = np.zeros(value.nbytes + 1, np.uint8)[1:]
    array = raw.view(np.float64)
    array[:] = value
    assert not array.flags.aligned
    return array


FORMS: dict[str, Callable[[Any], Any]] = {
    "strided": lambda v: np.repeat(v, 3)[::3],
    "backwards": lambda v: v[::-1].copy()[::-1],
    "column": lambda v: np.column_stack([v, v])[:, 1],
    "Fortran": np.asfortranarray,
    "swapped": lambda v: v.astype(">f8" if sys.byteorder == "little" else "<f8"),
    "misaligned": misaligned,
    "list": lambda v: v.tolist(),
    "tuple": tuple,
    "list of 0-d arrays": lambda v: [np.array(e) for e in v],
    "mixed list": lambda v: [float(v[0]), *v[1:]],
    "masked": lambda v: np.ma.masked_array(v, mask=[1, 0, 0, 0, 0, 1]),
    "subclass": lambda v: v.view(Sub),
    "swapped subclass": lambda v: v.astype(">f8").view(Sub),
    "array protocol": Arrayish,
    "array protocol, swapped": lambda v: Arrayish(v.astype(">f8")),
    "buffer": lambda v: memoryview(v),
    "bytes": lambda v: np.frombuffer(v.tobytes()),
    "read-only": read_only,
    "broadcast": lambda v: np.broadcast_to(v, (1, 6))[0],
}


@pytest.mark.parametrize("form", FORMS)
def test_result_in_any_form_gives_the_same_bits(form: str) -> None:
    masked = pytest.warns(RuntimeWarning, match="masked elements") if form == "masked" else contextlib.nullcontext()
    with masked:
        assert_same(leastsq(lambda x: FORMS[form](ratio(x)), START, full_output=True))


@pytest.mark.filterwarnings("ignore:narrow returns .* hides what the small steps", "ignore:the fit ended at the start")
@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int8, np.uint64, np.int64, bool])
def test_result_of_a_smaller_type(dtype: Any) -> None:
    """The same bits as of its values in float64."""

    def narrow(x: Any) -> Any:
        return (8.0 * ratio(x)).astype(dtype)

    eps = np.finfo(dtype).eps if np.issubdtype(dtype, np.floating) else None
    got = leastsq(narrow, START, full_output=True)
    plain = leastsq(lambda x: narrow(x).astype(np.float64), START, full_output=True, epsfcn=eps)
    assert got[0].tobytes() == plain[0].tobytes()
    assert got[2]["fjac"].tobytes() == plain[2]["fjac"].tobytes()
    assert got[2]["fvec"].dtype == np.float64


@pytest.mark.parametrize("value", [2.0, 2, np.float32(2), np.array(2.0), True])
def test_result_of_a_single_number(value: Any) -> None:
    is_integer = isinstance(value, int)
    said = pytest.warns(RuntimeWarning, match="hides what the small steps") if is_integer else contextlib.nullcontext()
    with said:
        *_, info, _, ier = leastsq(lambda x: value, 1.0, full_output=True)
    assert info["fvec"].tolist() == [float(value)]
    assert ier == 4


JUNK = [
    (np.ones((6, 1)), "ValueError", r"shape \(6, 1\) and dtype float64"),
    (np.ones((1, 6)), "ValueError", r"shape \(1, 6\) and dtype float64"),
    ([[1.0] * 6], "ValueError", r"shape \(1, 6\) and dtype float64"),
    (np.ones(6, complex), "TypeError", r"shape \(6,\) and dtype complex128"),
    (np.ones(6, np.longdouble), "TypeError", r"shape \(6,\) and dtype (longdouble|float128|float96)"),
    (np.ones(6, object), "TypeError", r"shape \(6,\) and dtype object"),
    (["a"] * 6, "TypeError", r"shape \(6,\) and dtype <U1"),
    (np.zeros(6, "M8[s]"), "TypeError", r"shape \(6,\) and dtype datetime64\[s\]"),
    (np.zeros(6, "f8,f8"), "TypeError", r"shape \(6,\) and dtype \["),
    ([1.0, None], "TypeError", r"shape \(2,\) and dtype object"),
    (None, "TypeError", r"an object of type 'NoneType'"),
    ({1.0, 2.0}, "TypeError", r"an object of type 'set'"),
    (object(), "TypeError", r"an object of type 'object'"),
    ([[1.0], [1.0, 2.0]], "TypeError", r"an object of type 'list'"),
]


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize(
    ("junk", "error", "found"),
    JUNK,
    ids=lambda v: type(v).__name__ if type(v).__str__ is object.__str__ else str(v)[:25],
)
def test_result_of_the_wrong_kind(junk: Any, error: str, found: str, later: bool, capfd: Any) -> None:
    """The words say which callable, what was expected and what came; nothing is printed."""
    calls = []

    def residuals_of_mine(x: Any) -> Any:
        calls.append(x)
        return ratio(x) if later and len(calls) < 3 else junk

    expected = r"a real vector of shape \(6,\)" if later else r"a real vector"
    with pytest.raises(
        (TypeError, ValueError), match=f"'residuals_of_mine' must return {expected}.*; it returned {found}"
    ) as e:
        leastsq(residuals_of_mine, START)
    assert type(e.value).__name__ == error
    assert len(calls) == (3 if later else 1)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("size", [0, 1, 2, 5, 7, 1000])
def test_result_that_changes_size(size: int) -> None:
    sizes = iter([6, 6])
    with pytest.raises(ValueError, match=rf"shape \(6,\), as at the first call; it returned shape \({size},\)"):
        leastsq(lambda x: np.resize(ratio(x), next(sizes, size)), START)


def test_result_that_changes_type() -> None:
    """Each result is taken for what it is; the first sets the difference step."""
    types = iter([np.float64, np.float32, np.int8, object])
    with pytest.raises(TypeError, match="dtype object"):
        leastsq(lambda x: ratio(x).astype(next(types)), START)


def test_result_whose_conversion_fails() -> None:
    """The cause is chained where the conversion is to blame, and comes out itself where it is none of NumPy's."""
    for error in (ValueError("inner"), TypeError("inner")):

        class Broken:
            def __array__(self, *args: Any, error: Exception = error, **kwargs: Any) -> Any:
                raise error

        with pytest.raises(TypeError, match="must return a real vector.*'Broken'") as failure:
            leastsq(lambda x: Broken(), START)
        assert failure.value.__cause__ is error
        assert failure.value.__context__ is error


def test_sizes_beyond_a_c_int() -> None:
    calls = []

    def func(x: Any) -> Any:
        calls.append(x.size)
        return np.zeros(50_000)

    with pytest.raises(ValueError, match=r"50000 residuals and 50000 parameters are too many"):
        leastsq(func, np.zeros(50_000))
    assert calls == [50_000]
    with pytest.raises(ValueError, match="maxfev must be between -2147483648 and 2147483647"):
        leastsq(ratio, START, maxfev=2**31)


@pytest.mark.skipif(SANITIZED, reason="the sanitizer needs address space of its own")
@pytest.mark.skipif(sys.platform != "linux", reason="limits the memory by setrlimit")
@pytest.mark.parametrize("which", ["x0", "diag", "func", "func later", "dfun"])
def test_arrays_beyond_a_c_int_are_not_copied_first(which: str) -> None:
    """2^31 elements that take 8 bytes, being broadcast, would take 16 GB as a copy."""
    run_apart(f"""
        import resource
        import numpy as np
        from minpack import leastsq

        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
        huge, which, calls = np.broadcast_to(1.0, 2**31), {which!r}, []

        def func(x):
            calls.append(x)
            return huge if which == "func" or which == "func later" and len(calls) > 1 else x

        try:
            leastsq(func, huge if which == "x0" else [1.0], Dfun=(lambda x: huge) if which == "dfun" else None,
                    diag=huge if which == "diag" else None)
        except (ValueError, TypeError) as error:
            limit = {{"func later": "of shape (1,)"}}
            assert limit.get(which, "at most 2147483647") in str(error), error
        else:
            raise SystemExit("accepted")
    """)


@pytest.mark.parametrize("diag", [1.0, [1.0], [1.0, 1.0, 1.0], [], np.ones((2, 2)), np.ones((2, 0))])
def test_diag_of_another_size(diag: Any) -> None:
    never: list[Any] = []
    with pytest.raises(ValueError, match=r"diag must have one element per parameter \(2\); got \d"):
        leastsq(never.append, START, diag=diag)
    assert never == []


@pytest.mark.parametrize("diag", [[1j, 1.0], ["a", "b"], [None, 1.0], np.ones(2, np.longdouble)])
def test_diag_that_is_not_real(diag: Any) -> None:
    with pytest.raises(TypeError, match="Cannot cast array data from"):
        leastsq(ratio, START, diag=diag)


def test_result_shrunk_by_its_owners_finalizer() -> None:
    """A result whose owner, when it dies, takes the memory away: copied before that."""
    run_apart("""
        import numpy as np
        from minpack import leastsq

        class Owner:
            def __init__(self, array):
                self.array = array

            def __array__(self, dtype=None, copy=None):
                return self.array

            def __del__(self):
                self.array.resize(1, refcheck=False)

        m = 5_000_000  # large enough that the memory goes back to the system at once
        x, _, info, _, _ = leastsq(lambda x: Owner(np.full(m, x[0] - 3.0)), [1.0], full_output=True)
        assert abs(x[0] - 3.0) < 1e-6, x
        assert info["fvec"].shape == (m,)
    """)


@pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")), reason="NumPy's resize takes no lock that minpack could hold"
)
@pytest.mark.parametrize("way", ["forward", "rows"])
def test_result_shrunk_by_another_thread(way: str) -> None:
    """A large problem lets other threads run; what has been returned is copied before that, or held by none."""
    run_apart(f"""
        import sys, threading, time
        import numpy as np
        from minpack import leastsq

        sys.setswitchinterval(1e-6)
        m, way, last, running = 5_000_000, {way!r}, [], True

        def shrink():
            while running:
                while last:
                    last.pop().resize((1, 1)[: 1 + (way == "rows")], refcheck=False)
                if way == "rows":
                    time.sleep(1e-4)  # rows take long enough to be met among them

        def func(x):
            value = np.full(m, x[0] - 3.0)
            if way == "forward":
                last.append(value)
            return value

        def rows(x):
            value = np.ones((m, 1))
            last.append(value)
            yield value

        more = dict(Dfun=rows, by_rows=True) if way == "rows" else dict()
        thread = threading.Thread(target=shrink)
        thread.start()
        try:
            for _ in range(2 if way == "rows" else 6):
                leastsq(func, [1.0], full_output=True, maxfev=1, **more)
        except (TypeError, ValueError) as error:  # shrunk before it could be looked at
            print(error)
        finally:
            running = False
            thread.join()
    """)
