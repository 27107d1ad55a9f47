"""Workflows of the .NET ExecutionEngine made ours: a value tree and its comments become the text of a workflow file."""
