"""The nearest known name to one that is not known, and lists of names as a sentence has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

__all__ = ["Speller", "did_you_mean", "listed", "nearest", "there_are"]

#: Names longer than this, and vocabularies larger than that, are compared no more: a typing slip is in neither.
_LONGEST = 80
_MOST = 2_000


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` is a slip of, or None: at most a third of its letters differ."""
    lowered = name.lower().replace("-", "_")
    best: tuple[int, str] | None = None
    if len(name) > _LONGEST:
        return None
    for count, other in enumerate(known):
        if count >= _MOST:
            break
        allowed = max(1, max(len(name), len(other)) // 3)
        if abs(len(other) - len(name)) > allowed or len(other) > _LONGEST:
            continue
        far = _distance(lowered, other.lower().replace("-", "_"))
        if far <= allowed and far < min(len(name), len(other)) and (best is None or far < best[0]):
            best = (far, other)
    return best[1] if best else None


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """``did you mean `x`?``, or None where nothing is near."""
    found = nearest(name, known)
    return f"did you mean `{found}`?" if found is not None else None


def listed(names: Sequence[str], *, quote: str = "`", last: str = "and") -> str:
    """The names as a sentence lists them: ```a`, `b` and `c```; after twenty it says how many more there are."""
    shown = [f"{quote}{name}{quote}" for name in names[:20]]
    if len(names) > 20:
        return ", ".join(shown) + f" and {len(names) - 20} more"
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def there_are(names: Sequence[str]) -> str:
    """The names there are, as a cure: ``there is `x` ``, ``there are `x` and `y` ``."""
    return f"there {'is' if len(names) == 1 else 'are'} {listed(names)}"


def _distance(one: str, other: str) -> int:
    """Edits (insert, delete, change, swap of neighbours) between two words: optimal string alignment."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, above, row = row, before, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
    return row[-1]


class Speller:
    """`did_you_mean` for the names of one file, with a bound on the work that a file full of slips can cause."""

    def __init__(self, comparisons: int = 20_000) -> None:
        self._left = comparisons

    def did_you_mean(self, name: str, known: Iterable[str]) -> str | None:
        """As the function of that name; None as soon as too many names have been compared."""
        candidates = list(islice(known, min(_MOST, max(0, self._left))))
        self._left -= len(candidates)
        return did_you_mean(name, candidates)
