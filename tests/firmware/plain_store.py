"""The ring of unsent entries, in the dialect both interpreters understand."""
# ruff: noqa: PTH107, PTH123 - MicroPython has no pathlib

import os

from node.store import STALE_LINES, Entry, Store

FOLDER = os.getenv("TMPDIR") or "/tmp"


def fresh_path():
    return FOLDER + "/store-" + "".join([f"{byte:02x}" for byte in os.urandom(8)])


def door(seq, boot="b1"):
    return Entry(boot, seq, "door", "open", 1795400000000 + seq, seq)


def press(seq, boot="b1"):
    return Entry(boot, seq, "emergency", "pressed", None, seq)


def drained(store):
    found = []
    while True:
        entry = store.next(0)
        if entry is None:
            return found
        store.done(entry.boot, entry.seq)
        found.append((entry.boot, entry.seq))


def lines_of(path):
    with open(path) as file:
        return len(file.read().splitlines())


def test_what_is_put_comes_out_in_order():
    path = fresh_path()
    store = Store(path)
    for seq in range(5):
        store.put(door(seq))
    assert drained(store) == [("b1", seq) for seq in range(5)]
    os.remove(path)


def test_a_call_for_help_goes_first_and_stays_until_it_is_done():
    path = fresh_path()
    store = Store(path)
    store.put(door(1))
    store.put(press(2))
    first = store.next(0)
    assert first.seq == 2
    first.repeat_at = 5000
    assert store.next_deadline() == 5000
    assert store.next(4999).seq == 1
    assert store.next(5000).seq == 2
    assert store.waiting()
    assert store.done("b1", 2) is first
    assert not store.waiting()
    assert store.done("b1", 2) is None
    os.remove(path)


def test_a_cut_in_the_power_loses_nothing_that_was_put():
    path = fresh_path()
    store = Store(path)
    store.put(door(1))
    store.put(press(2))
    again = Store(path)
    assert len(again) == 2
    assert again.urgent_ids() == [("b1", 2)]
    entry = again.next(0)
    assert (entry.seq, entry.at, entry.noted) == (2, None, 0)
    again.done("b1", 2)
    assert again.next(0).at == 1795400000001
    os.remove(path)


def test_power_cut_at_any_byte_of_the_file_loses_only_what_was_being_written():
    path = fresh_path()
    store = Store(path)
    for seq in range(3):
        store.put(door(seq))
    with open(path, "rb") as file:
        whole = file.read()
    for length in range(len(whole) + 1):
        with open(path, "wb") as file:
            file.write(whole[:length])
        complete = whole[:length].count(b"\n")
        found = Store(path)
        # A last line that lacks nothing but its end is whole.
        assert len(found) in (complete, complete + 1), length
        found.put(door(9))
        after = drained(Store(path))
        assert after[-1] == ("b1", 9), length
        assert len(after) == len(found), length
    os.remove(path)


def test_a_damaged_file_costs_its_damaged_lines_and_nothing_else():
    path = fresh_path()
    store = Store(path)
    store.put(door(1))
    with open(path, "ab") as file:
        for nasty in (b"\xff\xfe", b"[]", b"{}", b"null", b"[1,2,3,4,5]", b'["a","b",3,4,5]', b"[[[["):
            file.write(nasty + b"\n")
    store.put(door(2))
    again = Store(path)
    assert again.damaged == 7
    assert drained(again) == [("b1", 1), ("b1", 2)]
    os.remove(path)


def test_a_full_flash_does_not_stop_what_is_kept_in_memory():
    store = Store(FOLDER + "/no-such-folder-here/store")
    store.put(door(1))
    assert store.unwritten == 1
    assert drained(store) == [("b1", 1)]


def test_the_oldest_gives_way_when_the_ring_is_full_and_is_counted():
    path = fresh_path()
    store = Store(path, capacity=10)
    store.put(press(0))
    for seq in range(1, 40):
        store.put(door(seq))
    assert len(store) == 10
    assert store.lost == 30
    assert drained(store) == [("b1", 0)] + [("b1", seq) for seq in range(31, 40)]
    os.remove(path)


def test_the_file_does_not_grow_without_end():
    path = fresh_path()
    store = Store(path, capacity=10)
    for seq in range(500):
        store.put(door(seq))
        if seq % 3:
            store.done("b1", seq)
    assert lines_of(path) <= 21
    drained(store)
    for seq in range(200):
        store.put(door(seq))
        store.done("b1", seq)
    assert lines_of(path) < STALE_LINES
    os.remove(path)


def test_only_the_newest_health_is_kept_and_none_of_it_wears_the_flash():
    path = fresh_path()
    store = Store(path)
    store.put(door(1))
    for seq in range(2, 50):
        store.put(Entry("b1", seq, "health", {"uptime_s": seq}, None, seq))
    assert lines_of(path) == 1
    assert drained(store) == [("b1", 1), ("b1", 49)]
    os.remove(path)
