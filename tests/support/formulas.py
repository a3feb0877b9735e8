"""A formula as a model, for the tests of formulas."""

from minpack._cli.expression import parse
from minpack._cli.symbolic import Model, compile_model


def model(text: str, predictors: tuple[str, ...] = ("x",)) -> Model:
    expression = parse(text)
    parameters = [name for name in expression.names if name not in predictors]
    return compile_model(expression, parameters, [name for name in predictors if name in expression.names])
