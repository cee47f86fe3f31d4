"""The ring of unsent entries, in the dialect both interpreters understand."""
# ruff: noqa: PTH107, PTH123 - MicroPython has no pathlib

import os

from node.store import MOST_TELLINGS, STALE_LINES, Entry, Store

FOLDER = os.getenv("TMPDIR") or "/tmp"


def fresh_path():
    return FOLDER + "/store-" + "".join([f"{byte:02x}" for byte in os.urandom(8)])


def door(seq, boot="b1"):
    return Entry(boot, seq, "door", "open", 1795400000000 + seq, seq)


def press(seq, boot="b1"):
    return Entry(boot, seq, "emergency", "pressed", None, seq)


def drained(store):
    """Tell all there is to tell, each confirmed at once."""
    found = []
    while True:
        entry = store.next(0)
        if entry is None:
            return found
        store.done(entry.boot, entry.seq)
        found.append((entry.boot, entry.seq))


def tell(store, entry):
    store.telling(entry)
    store.told(entry)


def told(store):
    """Tell all that is not a call for help, and hear no receipt."""
    found = []
    while True:
        entry = store.next(-1)
        if entry is None:
            return found
        tell(store, entry)
        found.append(entry.seq)


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


def test_what_was_told_is_kept_until_its_receipt_and_is_not_told_again_meanwhile():
    path = fresh_path()
    store = Store(path)
    for seq in range(3):
        store.put(door(seq))
    assert told(store) == [0, 1, 2]
    assert (store.unsent(), len(store)) == (0, 3)
    assert store.next(0) is None
    store.done("b1", 0)
    assert (store.next(0), len(store)) == (None, 2)
    assert [entry[1] for entry in drained(Store(path))] == [0, 1, 2], "after a power cut all of it is told again"
    os.remove(path)


def test_a_receipt_for_something_told_later_shows_what_was_lost_on_its_way():
    path = fresh_path()
    store = Store(path)
    for seq in range(5):
        store.put(door(seq))
    told(store)
    store.done("b1", 1)
    assert told(store) == [0], "what was told after it may still be on its way"
    store.done("b1", 4)
    assert told(store) == [2, 3]
    store.done("b1", 0)
    assert told(store) == [], "it was told again before those"
    store.done("b1", 3)
    assert told(store) == [2]
    os.remove(path)


def test_the_receipt_of_a_health_report_shows_it_too_and_health_itself_is_not_told_again():
    path = fresh_path()
    store = Store(path)
    store.put(door(1))
    store.put(Entry("b1", 2, "health", {"uptime_s": 2}, None, 2))
    store.put(door(3))
    assert told(store) == [1, 2, 3]
    store.done("b1", 3)
    assert told(store) == [1]
    store.put(Entry("b1", 4, "health", {"uptime_s": 4}, None, 4))
    assert told(store) == [4]
    store.done("b1", 4)
    assert told(store) == [1]
    os.remove(path)


def test_a_receipt_that_is_faster_than_the_brokers_acknowledgement_shows_it_too():
    path = fresh_path()
    store = Store(path)
    store.put(door(1))
    told(store)
    store.put(door(2))
    second = store.next(0)
    store.telling(second)
    store.done("b1", 2)
    store.told(second)
    assert told(store) == [1]
    os.remove(path)


def test_a_call_for_help_goes_by_its_own_clock_and_shows_only_what_was_told_before_its_first_time():
    path = fresh_path()
    store = Store(path)
    store.put(door(1))
    store.put(press(2))
    told(store)
    tell(store, store.next(0))
    store.put(door(3))
    told(store)
    tell(store, store.next(0))
    store.done("b1", 2)
    assert told(store) == [1]
    store.put(press(4))
    tell(store, store.next(0))
    store.put(door(5))
    told(store)
    store.done("b1", 5)
    assert told(store) == [1, 3], "and not the press"
    assert store.next(0).seq == 4
    os.remove(path)


def test_what_the_gateway_never_takes_is_given_up_and_counted():
    path = fresh_path()
    store = Store(path)
    store.put(door(1))
    times = 0
    for seq in range(2, 20):
        store.put(door(seq))
        times += told(store).count(1)
        store.done("b1", seq)
    assert (times, store.lost, len(store)) == (MOST_TELLINGS, 1, 0)
    os.remove(path)


def test_what_a_broker_has_gives_way_before_what_nobody_has_heard_and_is_not_lost():
    path = fresh_path()
    store = Store(path, capacity=10)
    for seq in range(10):
        store.put(door(seq))
    for _ in range(5):
        tell(store, store.next(0))
    for seq in range(10, 16):
        store.put(door(seq))
    assert (len(store), store.lost) == (10, 1)
    assert [seq for _, seq in drained(store)] == list(range(6, 16))
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
    table = (
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"null",
        b"[1,2,3,4,5]",
        b'["a","b",3,4,5]',
        b"[[[[",
        b"[" * 100000,
        b'["a",1,"door","open",' + b"9" * 400 + b"]",
        b'["a",' + b"9" * 400 + b',"door","open",1]',
        b'["a",1,"door","open",1e999]',
        b'["a",1,"door","open","5"]',
        b'["a",1,[],"open",5]',
        b'["a",1,"motion",' + b'{"a":' * 1000,
        b'["\\ud800",1,"door","open",null]',
        b'["a",1,"door","\x00",null]',
    )
    with open(path, "ab") as file:
        for nasty in table:
            file.write(nasty + b"\n")
    store.put(door(2))
    again = Store(path)
    assert again.damaged == len(table)
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


def test_a_call_for_help_outlives_a_power_cut_after_a_long_outage():
    path = fresh_path()
    store = Store(path, capacity=10)
    store.put(press(0))
    for seq in range(1, 19):
        store.put(door(seq))
    again = Store(path, capacity=10)
    assert again.urgent_ids() == store.urgent_ids() == [("b1", 0)]
    assert again.lost == store.lost == 9
    assert drained(again) == drained(store)
    os.remove(path)


def test_a_call_for_help_that_has_arrived_is_not_told_again_after_a_restart():
    path = fresh_path()
    store = Store(path)
    store.put(door(1))
    store.put(press(2))
    store.put(press(3))
    store.done("b1", 2)
    assert drained(Store(path)) == [("b1", 3), ("b1", 1)]
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
