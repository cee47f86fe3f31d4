"""Telling a repetition by a node's own numbering, in bounded memory.

For each start of a node (its boot id) the numbers seen are kept as ranges: steady traffic is one range, a report that
is kept back leaves a gap until it comes. Of too many starts the one heard of longest ago is forgotten: at each start a
node tells its calls for help from earlier ones first, and those must not count twice. A node that numbers wildly can
make us forget its oldest ranges, and then only its own reports could count twice; a report never seen is never taken
for a repetition.
"""

from bisect import bisect_right

MOST_BOOTS = 32  # a node may tell 31 lines again at every start, each of another start; and there is its present one
MOST_RANGES = 64

Ranges = list[list[int]]  # [first, last], ascending, never touching


def is_new(seen: dict[str, Ranges], boot: str, seq: int) -> bool:
    """Whether (boot, seq) was not seen before; remembers it."""
    ranges = seen.pop(boot, None)
    if ranges is None:
        if len(seen) >= MOST_BOOTS:
            del seen[next(iter(seen))]
        seen[boot] = [[seq, seq]]
        return True
    seen[boot] = ranges
    if seq == ranges[-1][1] + 1:
        ranges[-1][1] = seq
        return True
    return _insert(ranges, seq)


def _insert(ranges: Ranges, seq: int) -> bool:
    place = bisect_right(ranges, seq, key=lambda found: found[0])
    if place and seq <= ranges[place - 1][1]:
        return False
    before = place > 0 and ranges[place - 1][1] == seq - 1
    after = place < len(ranges) and ranges[place][0] == seq + 1
    if before and after:
        ranges[place - 1][1] = ranges.pop(place)[1]
    elif before:
        ranges[place - 1][1] = seq
    elif after:
        ranges[place][0] = seq
    else:
        ranges.insert(place, [seq, seq])
        if len(ranges) > MOST_RANGES:
            del ranges[0]
    return True
