from wflow.errors import ExpressionError, WflowError
from wflow.expr.failures import Absent, ExpressionSyntaxError, Failure


def test_a_syntax_error_is_an_expression_error_with_its_place_and_its_cure() -> None:
    error = ExpressionSyntaxError("a b", "an operator is missing", 2, cure="write one")
    assert isinstance(error, ExpressionError)
    assert (error.source, error.reason, error.offset, error.cure) == ("a b", "an operator is missing", 2, "write one")
    assert error.code == "expression-syntax"
    assert str(error) == error.message == "expression `a b` cannot be read: an operator is missing"


def test_a_long_source_is_cut_off_in_the_message_only() -> None:
    error = ExpressionSyntaxError("x" * 5000, "it is long", 0)
    assert len(error.message) < 300
    assert len(error.source) == 5000


def test_failures_stay_inside_the_package() -> None:
    assert issubclass(Absent, Failure)
    assert not issubclass(Failure, WflowError)


def test_a_reason_may_be_made_when_it_is_asked_for() -> None:
    assert Failure("why").reason == "why"
    assert Absent(lambda: "because").reason == "because"
