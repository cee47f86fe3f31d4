"""What a worker's test of their own phone says: the same way as a page, and plainly no alert."""

from backend.core.words.letters import Letter


def trial_call(language: str) -> str:
    if language == "en":
        return "This is Tomoshibi. This is a test of your phone. Nothing has happened."
    return "見守りの、ともしびです。これは、電話の試験です。異変ではありません。"


def trial_keys(language: str) -> str:
    if language == "en":
        return "To confirm that you heard this, press 1. To hear it again, 2."
    return "聞こえた方は1を、もう一度聞くには2を押してください。"


def trial_message(language: str) -> str:
    if language == "en":
        return "Tomoshibi: a test of your phone. Nothing has happened."
    return "【灯】試験の送信です。異変ではありません。"


def trial_letter(language: str) -> Letter:
    return Letter("Test" if language == "en" else "【灯】試験", trial_message(language))


def self_test_letter(language: str) -> Letter:
    """To the organisation's test number."""
    if language == "en":
        return Letter("Self-test", "Tomoshibi: the daily self-test. Nothing has happened.")
    return Letter("【灯】自己点検", "【灯】毎日の自己点検です。異変ではありません。")
