"""What executes the work of nodes; a runtime is looked up by its node type on first use."""
