from __future__ import annotations

import re

import pytest

from wflow import errors
from wflow.errors import DefinitionError, ExpressionError, JournalDamaged, ValueNotJson, WflowError


def classes(base: type[WflowError] = WflowError) -> list[type[WflowError]]:
    own = [kind for kind in base.__subclasses__() if kind.__module__ == "wflow.errors"]
    return [base, *(found for kind in own for found in classes(kind))]


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    drawn = re.findall(r"^ *(?:[│├└─ ]*)(\w+) +(\d)\b", errors.__doc__ or "", re.MULTILINE)
    assert [(name, int(code)) for name, code in drawn] == [(kind.__name__, kind.exit_code) for kind in classes()]


def test_every_error_carries_its_sentence_and_its_cure() -> None:
    error = WflowError("the file is empty", cure="write a workflow into it")
    assert (str(error), error.message, error.cure) == (
        "the file is empty",
        "the file is empty",
        "write a workflow into it",
    )


def test_an_expression_error_names_the_expression_the_reason_and_the_values_it_saw() -> None:
    error = ExpressionError("input.a > 5", "`a` is text", {"input.a": '"x"'})
    assert str(error) == 'expression `input.a > 5` could not be evaluated: `a` is text (with input.a = "x")'
    assert str(ExpressionError("1 +", "it ends too early")).endswith("it ends too early")


def test_the_data_of_an_error_is_at_hand_as_attributes() -> None:
    assert DefinitionError("no", problems=["p"]).problems == ("p",)
    assert ValueNotJson("rows[3].when", "is a set").key == "rows[3].when"
    damaged = JournalDamaged("record 7 was changed", position=7, lost="records 7 to 9")
    assert (damaged.position, damaged.lost, damaged.exit_code) == (7, "records 7 to 9", errors.EXIT_STORE)


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.__name__)
def test_every_error_has_an_exit_code_that_is_listed_and_is_no_success(kind: type[WflowError]) -> None:
    codes = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    assert kind.exit_code in codes - {errors.EXIT_COMPLETED}
