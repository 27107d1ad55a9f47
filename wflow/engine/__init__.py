"""The engine: pure. Stimuli go in, state changes, commands and events come out (`engine.decide`)."""
