# The script of python-file.yaml: `output` is there without an import, as in any script of a workflow.
text = "the quick brown fox"
output["words"] = len(text.split())  # noqa: F821 - a name that wflow gives to a script
