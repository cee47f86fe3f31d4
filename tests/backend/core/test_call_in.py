"""What a word or a key settles, and what only a person can."""

import pytest

from backend.core.call_in import is_answer, role_of, wish_of


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("外出", "away"),
        ("　外出。", "away"),
        ("帰宅！", "back"),
        ("入院", "hospital"),
        ("AWAY", "away"),
        ("ｂａｃｋ", "back"),
        ("Hospital.", "hospital"),
        ("無事。", "fine"),
        ("大丈夫！", "fine"),
        ("Fine.", "fine"),
        ("ＯＫ", "fine"),
        ("大丈夫？", None),
        ("大丈夫じゃない", None),
        ("外出したくない", None),
        ("病院から帰宅できない", None),
        ("away from help", None),
        ("", None),
        ("1", None),
    ],
)
def test_only_a_single_word_is_written_down(text: str, wish: str | None) -> None:
    assert wish_of(text) == wish


@pytest.mark.parametrize(
    ("text", "expected"), [("1", True), (" ９ ", True), ("", False), ("12", False), ("119", False), ("1です", False)]
)
def test_only_a_mere_key_is_a_reply(text: str, expected: bool) -> None:
    assert is_answer(text) is expected


def test_of_those_who_share_a_number_a_resident_goes_first() -> None:
    assert role_of(("contact:2", "resident:5")) == "resident"
    assert role_of(("contact:2", "worker:1")) == "contact"
    assert role_of(()) == "nobody"
