"""The last messages of nodes that hang nowhere, for whoever has to say what they are. In memory alone."""

from unicodedata import category

from contract.reports import Stranger

MOST_NODES = 100
MOST_TOPICS = 3
MOST_SHOWN = 20
_LONGEST_TOPIC, _LONGEST_BODY = 120, 170


class LastWords:
    """For each node the last message on each of the last three topics, cut short."""

    def __init__(self) -> None:
        self._said: dict[str, dict[str, bytes]] = {}

    def note(self, node: str, topic: str, body: bytes) -> None:
        topics = self._said.pop(node, {})
        self._said[node] = topics
        topics.pop(topic, None)
        topics[topic] = body[: _LONGEST_BODY + 1]
        if len(topics) > MOST_TOPICS:
            del topics[next(iter(topics))]
        if len(self._said) > MOST_NODES:
            del self._said[next(iter(self._said))]

    def of(self, strangers: list[tuple[str, float, list[str]]]) -> list[Stranger]:
        """The strangers heard last, with what they said."""
        return [Stranger(node, at, kinds[:20], self._messages(node)) for node, at, kinds in strangers[:MOST_SHOWN]]

    def _messages(self, node: str) -> list[str]:
        said = self._said.get(node, {})
        return [
            f"{_shown(topic, _LONGEST_TOPIC)} {_shown(body.decode('utf-8', 'replace'), _LONGEST_BODY)}"
            for topic, body in reversed(said.items())
        ]


def _shown(text: str, longest: int) -> str:
    short = text[:longest] + ("…" if len(text) > longest else "")
    return "".join("\N{REPLACEMENT CHARACTER}" if category(one) in ("Cc", "Cs") else one for one in short)
