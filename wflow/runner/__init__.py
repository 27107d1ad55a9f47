"""The one place with effects: the loop, its workers, and how a run is started, read and taken up again."""
