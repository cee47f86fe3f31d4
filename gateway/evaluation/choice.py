"""Each home as a stranger: of every family the dial that was chosen on the other homes."""

from collections.abc import Mapping, Sequence

from gateway.evaluation.score import Score, pooled, quantile
from gateway.evaluation.table import families
from gateway.evaluation.watches import Watch

ALLOWED_PER_30_DAYS = 0.25

Scores = Mapping[Watch, Score]


def held_out(homes: Sequence[Scores]) -> dict[Watch, Score]:
    """What each family came to, pooled over homes none of which had a say in the dial it was judged by.

    Of the dials that kept to the allowed needless checks in the other homes the quickest is taken, else that with the
    fewest. The watch that stands for a family is its first with the dial "chosen elsewhere".
    """
    found: dict[Watch, Score] = {}
    for family, members in families(list(homes[0])).items():
        scores = [home[_choose(members, [*homes[:i], *homes[i + 1 :]])] for i, home in enumerate(homes)]
        found[members[0]._replace(family=family, dial="chosen elsewhere")] = pooled(scores)
    return found


def _choose(members: Sequence[Watch], others: Sequence[Scores]) -> Watch:
    together = {watch: pooled([home[watch] for home in others]) for watch in members}

    def costs(watch: Watch) -> tuple[float, float]:
        one = together[watch]
        needless = one.home_rate.per_30_days + one.away_rate.per_30_days
        return max(ALLOWED_PER_30_DAYS, needless), quantile(one.delays_h, 0.5)

    return min(members, key=costs)
