"""Which rows of gammu-smsd's inbox are one SMS."""

import pytest

from backend.channels.modem.parts import MISSING, PARTS_S, Row, joined
from backend.core.call_in import is_answer, wish_of


def row(
    id_: int,
    header: str,
    text: str,
    *,
    age_s: float = 1.0,
    network_age_s: float = 1.0,
    number: str = "+819011110002",
) -> Row:
    return Row(id_, number, text, "2026-01-06 10:32:00", age_s, network_age_s, header)


def texts(*rows: Row) -> list[str]:
    return [one.text for one in joined(rows)]


def test_parts_are_put_in_their_order_and_have_the_name_of_the_row_that_came_first() -> None:
    other = row(2, "", "間")
    arrived, between = joined([row(1, "0500032A0202", "後"), other, row(3, "0500032A0201", "前")])
    assert (arrived.text, arrived.id, arrived.ids, arrived.waits) == ("前後", 1, (1, 3), False)
    assert (between.text, between.ids, between.waits) == ("間", (2,), False)


def test_a_text_that_gammu_smsd_has_joined_is_not_split_again() -> None:
    assert texts(row(1, "0500032A0201", "前後"), row(2, "0500032A0202", "")) == ["前後"]


def test_a_reference_of_sixteen_bits_behind_other_headers_is_found() -> None:
    assert texts(row(1, "0B05040B8423F00804012A0201", "a"), row(2, "060804012A0202", "b")) == ["ab"]


def test_what_only_looks_alike_is_kept_apart() -> None:
    first = row(1, "0500032A0201", "a")
    assert len(joined([first, row(2, "0500032B0202", "b")])) == 2
    assert len(joined([first, row(2, "0500032A0302", "b")])) == 2
    assert len(joined([first, row(2, "0500032A0202", "b", number="+819011110003")])) == 2
    assert texts(first, row(2, "0500032A0201", "c"), row(3, "0500032A0202", "d")) == [f"a{MISSING}", "cd"]
    assert len(joined([row(1, "0500032A0201", "a", age_s=PARTS_S + 2), row(2, "0500032A0202", "b")])) == 2


@pytest.mark.parametrize(
    "header", ["", "zz", "05", "0500032A0200", "0500032A0203", "0500032A", "0A22080000000000000000"]
)
def test_a_header_that_says_nothing_of_parts_makes_a_message_of_its_own(header: str) -> None:
    assert [(one.text, one.waits) for one in joined([row(1, header, "1")])] == [("1", False)]


@pytest.mark.parametrize(("age_s", "waits"), [(0, True), (PARTS_S - 1, True), (PARTS_S, False), (-1800.0, False)])
def test_missing_parts_are_waited_for_by_a_clock_that_can_be_believed(age_s: float, waits: bool) -> None:
    assert joined([row(1, "0500032A0201", "a", age_s=age_s)])[0].waits == waits


@pytest.mark.parametrize(
    ("age_s", "network_age_s", "sent_ago_s"),
    [(1.0, 600.0, 600.0), (600.0, 1.0, 600.0), (1.0, -32400.0, 1.0), (-1.0, -1.0, 0.0)],
    ids=["late in the network", "late at the modem", "a network in the future", "no clock to believe"],
)
def test_it_was_sent_at_the_earliest_that_anybody_says(age_s: float, network_age_s: float, sent_ago_s: float) -> None:
    assert joined([row(1, "", "1", age_s=age_s, network_age_s=network_age_s)])[0].age_s == sent_ago_s


def test_parts_that_were_long_in_the_network_are_waited_for_all_the_same() -> None:
    assert joined([row(1, "0500032A0201", "a", network_age_s=3600.0)])[0].waits


@pytest.mark.parametrize("header", ["0500032A0201", "0500032A0202"])
def test_a_fragment_settles_nothing_and_is_no_key(header: str) -> None:
    (said,) = texts(row(1, header, "入院"))
    (key,) = texts(row(1, header, "1"))
    assert wish_of(said) is None
    assert not is_answer(key)
