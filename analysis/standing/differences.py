"""What a finding would change in the themes that stand: new, split, merged and gone themes, and ideas that move."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest

from analysis.results import IdeaMove, ThemeChange


def idea_moves(
    before: Mapping[int, Mapping[str, float]], after: Mapping[int, Mapping[str, float]], but: Collection[int] = ()
) -> list[IdeaMove]:
    """Return the moves that turn the themes of each idea from ``before`` into ``after``, but for the ideas ``but``."""
    moves = []
    for idea in sorted(before.keys() | after.keys()):
        old, new = before.get(idea, {}), after.get(idea, {})
        if idea in but or old.keys() == new.keys():
            continue
        gone, come = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys(), key=lambda key: (-new[key], key))
        for source, target in zip_longest(gone, come):
            moves.append(IdeaMove(idea, source, target, new[target] if target is not None else 0.0))
    return moves


def theme_changes(
    moves: Sequence[IdeaMove], answer_of: Sequence[int], before: Collection[str], after: Collection[str]
) -> list[ThemeChange]:
    """Sort moves into changes, each of which can be accepted by itself.

    ``before`` and ``after`` are the keys of the themes that stand and of those found; ``answer_of`` has the answer of
    each idea. Changes of themes come first, those of most people first.
    """
    own: dict[tuple[str, str | None, str | None], list[IdeaMove]] = defaultdict(list)
    for move in moves:
        if move.target is not None and move.target not in before:
            own["new", move.target, None].append(move)
        elif move.source is not None and move.source not in after:
            own["gone", move.source, None].append(move)
        else:
            own["moved", move.source, move.target].append(move)
    changes = []
    for (kind, key, other), group in own.items():
        people = len({answer_of[move.idea] for move in group})
        if kind == "moved":
            changes.append(ThemeChange("moved", key, other, people, tuple(group)))
            continue
        ends = Counter(move.source if kind == "new" else move.target for move in group)
        most, count = max(ends.items(), key=lambda end: (end[1], end[0] or ""))
        if most is not None and 2 * count > len(group):
            changes.append(ThemeChange("split" if kind == "new" else "merged", key, most, people, tuple(group)))
        else:
            changes.append(ThemeChange("new" if kind == "new" else "gone", key, None, people, tuple(group)))
    return sorted(changes, key=lambda each: (each.kind == "moved", -each.people, each.key or "", each.other or ""))
