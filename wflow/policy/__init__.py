"""Policies as arithmetic: each answers one question and never sleeps."""
