"""The module of python-call.yaml."""


def greet(context):
    """Return a greeting for the run's parameter ``who``."""
    return {"text": f"good morning, {context.params['who']}"}
