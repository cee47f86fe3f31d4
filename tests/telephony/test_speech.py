"""What is said is really made by the programs that say it."""

import subprocess
import wave
from pathlib import Path

import numpy
import pyopenjtalk
import pytest

from backend.channels.sip import speech as speech_module
from backend.channels.sip.speech import KEPT, RATE_HZ, Speech, Speechless, plain, sentences_of
from backend.core.words import asking, spoken
from backend.core.words.subject import Subject
from tests.telephony.exchange import share_heard, words_of
from tests.telephony.world import Whistler

EMERGENCY = Subject("emergency", "ひだまり荘", "203", 0.0, "10:32")


def test_japanese_is_read_as_it_is_spoken() -> None:
    read = pyopenjtalk.g2p(spoken.alert_call(EMERGENCY, "ja"), kana=True)
    assert "キンキュー" in read  # espeak-ng reads "Chinese letter"
    assert "ヒダマリソー" in read
    assert "ゴーシツ" in read
    assert "ボタンガオサレマシタ" in read


def test_both_languages_are_said_for_a_telephone(speech: Speech, tmp_path: Path) -> None:
    for language in ("ja", "en"):
        texts = (spoken.alert_call(EMERGENCY, language), spoken.keys_call(language))
        clip = speech.clip(language, texts, tmp_path / f"{language}.wav")
        words = words_of(clip)
        assert 5 < clip.words_s < 40
        loud_s = numpy.count_nonzero(numpy.abs(words) > 300) / RATE_HZ
        assert loud_s > clip.words_s / 4
        assert numpy.abs(words).max() > 15000  # as loud as a telephone carries
        with wave.open(str(clip.path)) as file:
            assert file.getnframes() / RATE_HZ > clip.words_s + 20


def test_a_recorded_sentence_is_said_in_place_of_the_programs(tmp_path: Path) -> None:
    recordings = tmp_path / "recordings" / "en"
    recordings.mkdir(parents=True)
    tone = ["sox", "-n", "-r", "44100", "-c", "2", str(recordings / "Thank you.wav"), "synth", "1", "sine", "500"]
    subprocess.run(tone, check=True)
    (tmp_path / "made").mkdir()
    own = Speech(tmp_path / "made", tmp_path / "recordings")
    clip = own.clip("en", ("Thank you. Goodbye.",), tmp_path / "clip.wav")
    at_500_hz = numpy.sin(2 * numpy.pi * 500 * numpy.arange(RATE_HZ // 2) / RATE_HZ) * 10000
    assert share_heard(words_of(clip), at_500_hz) == 1.0
    assert clip.words_s > 1.7  # the other sentence is there too


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "緊急です。ひだまり荘 203号室。1分前に、押されました。",
            ["緊急です。", "ひだまり荘 203号室。", "1分前に、押されました。"],
        ),
        (
            "This is Tomoshibi. Room 2 0 3: it began 1.5 hours ago.",
            ["This is Tomoshibi.", "Room 2 0 3: it began 1.5 hours ago."],
        ),
        (
            asking.ask_keys("ja"),
            ["だいじょうぶなら、1を おしてください。", "もういちど きくには、2を おしてください。"],
        ),
        ("two\nlines。", ["two lines。"]),
        (" 。", ["。"]),
        ("", []),
    ],
)
def test_a_text_is_cut_behind_its_full_stops(text: str, sentences: list[str]) -> None:
    assert sentences_of(text) == sentences


def test_a_sentence_and_its_recording_have_one_name_however_they_are_written() -> None:
    assert plain("１号室です。") == plain("1号室です") == plain("1号室です ")
    assert plain("がんばれ") == plain("か\u3099んばれ")  # as some file systems keep it
    assert "/" not in plain("../../etc/passwd")


def test_a_text_is_never_an_option_of_a_program(tmp_path: Path) -> None:
    clip = Speech(tmp_path).clip("en", ("--help. -w /tmp/x.",), tmp_path / "clip.wav")
    assert clip.words_s > 0.5


def test_a_program_that_is_missing_or_fails_or_hangs_leaves_us_speechless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech_module, "PROGRAM_S", 0.5)
    for command in (("no-such-program",), ("false",), ("sleep", "60")):
        monkeypatch.setattr(speech_module, "JAPANESE", command)
        with pytest.raises(Speechless):
            Speech(tmp_path).prepare("ja", "緊急です。")


def test_a_file_that_cannot_be_written_leaves_us_speechless(tmp_path: Path) -> None:
    with pytest.raises(Speechless, match="written"):
        Speech(tmp_path / "gone").prepare("en", "Fire.")
    with pytest.raises(Speechless, match="written"):
        Whistler(tmp_path).clip("en", ("Fire.",), tmp_path / "gone" / "clip.wav")


def test_only_the_sentences_said_last_are_kept(tmp_path: Path) -> None:
    whistler = Whistler(tmp_path)
    for n in range(KEPT + 20):
        whistler.prepare("en", f"Room {n}.")
    assert len(list(tmp_path.glob("*.wav"))) == KEPT
    clip = whistler.clip("en", ("Room 0.",), tmp_path / "clip.wav")
    assert clip.words_s > 0
