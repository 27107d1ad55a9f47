"""A workflow's graph: what is wrong with it, and the plan that the engine runs."""
