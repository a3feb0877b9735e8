"""A fit in other forms."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from . import exchange
from .intervals import Repeatable
from .synonyms import Synonyms


@dataclass(frozen=True, eq=False, repr=False)
class Saved(Repeatable, Synonyms):
    """A solution that can be kept and shown elsewhere."""

    def to_dict(self) -> dict[str, Any]:
        """Give all that the fit has, except its functions, as a dict for `minpack.restore`.

        Returns
        -------
        dict
            Dicts, lists, strings and numbers; "parameters" has values and errors by name. Arrays are dicts of dtype,
            shape and values. `xdata` that is no array of numbers is left out.

        Examples
        --------
        >>> import minpack
        >>> fit = minpack.fit(lambda x, slope: slope * x, [1.0, 2.0, 3.0], [2.1, 3.9, 6.0])
        >>> round(fit.to_dict()["parameters"]["slope"]["value"], 4)
        1.9929
        """
        return exchange.to_dict(self)

    def to_json(self, *, indent: int | None = None) -> str:
        """Write `to_dict` as JSON, without NaN or infinity, which are strings.

        Parameters
        ----------
        indent : int, optional
            As of ``json.dumps``.

        Returns
        -------
        str
            For `minpack.restore`.

        Examples
        --------
        >>> import minpack
        >>> fit = minpack.fit(lambda x, slope: slope * x, [1.0, 2.0, 3.0], [2.1, 3.9, 6.0])
        >>> minpack.restore(fit.to_json())
        Fit(slope = 1.993 ± 0.026)
        """
        return json.dumps(self.to_dict(), allow_nan=False, indent=indent)

    def to_dataframe(self, level: float = 0.95) -> Any:
        """Make a table of the parameters; needs pandas.

        Parameters
        ----------
        level : float, optional
            The probability of the intervals.

        Returns
        -------
        pandas.DataFrame
            One row per parameter: value, error, lower and upper end of the interval, and whether it was held.

        Raises
        ------
        ImportError
            If pandas is not installed.
        ValueError
            If `level` is not between 0 and 1.

        Examples
        --------
        >>> fit.to_dataframe().to_excel("fit.xlsx")  # doctest: +SKIP
        """
        return exchange.to_dataframe(self, level)

    def to_latex(self) -> str:
        """Write a table of the parameters in LaTeX.

        Returns
        -------
        str
            A tabular, each value to two digits of its error.

        Examples
        --------
        >>> import minpack
        >>> fit = minpack.fit(lambda x, slope: slope * x, [1.0, 2.0, 3.0], [2.1, 3.9, 6.0])
        >>> print(fit.to_latex().splitlines()[4])
        slope & $1.993 \\pm 0.026$ \\\\
        """
        return exchange.to_latex(self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        exchange.check_picklable({"f": self.f, "jac": self.jac})
        return super().__reduce_ex__(protocol)
