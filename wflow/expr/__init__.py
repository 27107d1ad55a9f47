"""The expression language: sources compiled once into closures, ``${{ }}`` templates, and their static checks."""

from wflow.expr.check import check
from wflow.expr.expression import Expression, compile_expression, compile_value
from wflow.expr.failures import ExpressionSyntaxError
from wflow.expr.functions import FUNCTIONS, Function
from wflow.expr.references import Reference
from wflow.expr.template import Template, compile_template, has_template, render
from wflow.expr.values import plain
from wflow.expr.vocabulary import Finding, Vocabulary

__all__ = [
    "FUNCTIONS",
    "Expression",
    "ExpressionSyntaxError",
    "Finding",
    "Function",
    "Reference",
    "Template",
    "Vocabulary",
    "check",
    "compile_expression",
    "compile_template",
    "compile_value",
    "has_template",
    "plain",
    "render",
]
