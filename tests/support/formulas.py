"""A formula as a model, for the tests of formulas."""

from collections.abc import Sequence
from typing import Any

import minpack
from minpack._models.expression import parse
from minpack._models.model import Model


class Curve:
    """A model with its parameters as one sequence."""

    def __init__(self, of: Model) -> None:
        self.of = of

    def value(self, data: Any, parameters: Sequence[float]) -> Any:
        return self.of(data, *parameters)

    def jacobian(self, data: Any, parameters: Sequence[float]) -> Any:
        return self.of.jac(data, *parameters)


def model(text: str, predictors: tuple[str, ...] = ("x",)) -> Curve:
    return Curve(minpack.model(text, [name for name in predictors if name in parse(text).names]))
