"""Text to model: workflow files read, checked and cached. ruamel.yaml and jsonschema stop here."""

from wflow.loading.cache import cached
from wflow.loading.load import digest_of, load, load_text
from wflow.loading.loaded import Check, Loaded
from wflow.loading.render import render_problem

__all__ = ["Check", "Loaded", "cached", "digest_of", "load", "load_text", "render_problem"]
