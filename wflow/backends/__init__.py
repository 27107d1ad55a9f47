"""What executes the attempts of nodes: a ``concurrent.futures.Executor`` each."""
