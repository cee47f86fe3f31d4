"""What nodes that hang nowhere said last is kept short, and of so many."""

import msgspec
from contract.reports import Health

from gateway.adapters.last_words import MOST_NODES, LastWords


def test_the_last_message_on_each_of_three_topics_is_shown_the_latest_first() -> None:
    words = LastWords()
    for topic in ("a", "b", "c", "d", "b"):
        words.note("n", topic, b'{"x":1}')
    (found,) = words.of([("n", 5.0, ["motion"])])
    assert found.messages == ['b {"x":1}', 'd {"x":1}', 'c {"x":1}']


def test_whatever_was_said_can_be_reported() -> None:
    words, strangers = LastWords(), []
    for n in range(3 * MOST_NODES):
        node = f"n{n}"
        strangers.append((node, 5.0, [f"k{n}" for n in range(30)]))
        for topic in ("x" * 500, "\0\ud800", "寝室\u3000窓"):
            words.note(node, topic, b"\x00\xff\n" * 50_000)
    found = words.of(strangers[::-1])
    health = Health("1", 1.0, "ok", strangers=found)
    assert msgspec.json.decode(msgspec.json.encode(health), type=Health) == health
    assert len(found) == 20 and "寝室\u3000窓" in found[0].messages[0]
    assert not any("\0" in said or "\n" in said for one in found for said in one.messages)
    assert len(words._said) == MOST_NODES
