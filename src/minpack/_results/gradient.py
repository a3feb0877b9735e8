"""`GradientCheck`: what `check_gradient` found."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """What `check_gradient` found.

    Attributes
    ----------
    wrong : ndarray, shape (k, 2)
        The components of the Jacobian that disagree with `func`: residual i, parameter j.
    given, estimated : ndarray, shape (k,)
        Those components as `Dfun` gives them and as central differences of `func` estimate them.
    err : ndarray, shape (m,)
        MINPACK's own verdict on each row of the Jacobian, from one step of all parameters together: 1 right, 0 wrong,
        between them in doubt. It errs now and then if a residual is nearly zero; trust `wrong`.
    ok : bool
        Whether nothing is wrong. The object itself is then true, too.

    Examples
    --------
    >>> import numpy as np
    >>> import minpack
    >>> check = minpack.check_gradient(
    ...     lambda x: np.array([x[0] * x[1], x[0] - 1.0]), lambda x: np.array([[x[1], 1.0], [1.0, 0.0]]), [2.0, 3.0]
    ... )
    >>> check.ok, check.wrong.tolist(), check.given.tolist(), check.estimated.round(6).tolist()
    (False, [[0, 1]], [1.0], [2.0])
    """

    wrong: NDArray[np.intp]
    given: NDArray[np.float64]
    estimated: NDArray[np.float64]
    err: NDArray[np.float64] = field(repr=False)

    @property
    def ok(self) -> bool:
        return len(self.wrong) == 0

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        if self.ok:
            return f"all {len(self.err)} rows of the Jacobian agree with func"
        count = len(self.wrong)
        what = "component of the Jacobian disagrees" if count == 1 else "components of the Jacobian disagree"
        lines = [f"{count} {what} with func:"]
        lines += [
            f"  d func[{i}] / d x[{j}]: Dfun gives {given:.6g}, a difference quotient {estimated:.6g}"
            for (i, j), given, estimated in zip(self.wrong[:10], self.given, self.estimated, strict=False)
        ]
        if len(self.wrong) > 10:
            lines.append(f"  and {len(self.wrong) - 10} more")
        return "\n".join(lines)
