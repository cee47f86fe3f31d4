"""Every sentence the gateway says about an alert, in Japanese and English, for a worker to read aloud."""

from datetime import datetime, tzinfo

from contract.reports import Words

from gateway.core import rooms

_THINGS: dict[str, tuple[str, str]] = {
    "emergency": ("{place}の緊急ボタンが押されました", "The emergency button in {place} was pressed"),
    "smoke": ("{place}の煙感知器が作動しました", "The smoke detector in {place} went off"),
    "leak": ("{place}で水漏れを検知しました", "A leak was sensed in {place}"),
    "tamper": ("{place}のセンサーが開けられたか外されました", "The sensor in {place} was opened or taken down"),
    "battery_low": ("{place}のセンサーの電池が少なくなっています", "The battery of the sensor in {place} is low"),
    "node_lost": ("{place}のセンサーと通信できません", "The sensor in {place} can no longer be heard"),
    "clock": ("{place}のセンサーの時計が合っていません", "The clock of the sensor in {place} is wrong"),
    "sensor_fault": (
        "{place}のセンサーが反応し続けていて、信用できません",
        "The sensor in {place} never stops reporting and is not believed",
    ),
}


def length(seconds: float) -> Words:
    """A length of time in whole minutes: 6時間40分, 6 h 40 min."""
    hours, minutes = divmod(max(0, int(seconds)) // 60, 60)
    if hours:
        return Words(f"{hours}時間{minutes}分", f"{hours} h {minutes} min")
    return Words(f"{minutes}分", f"{minutes} min")


def clock_time(at: float, zone: tzinfo) -> str:
    """The local wall clock: 11-23 02:14."""
    return datetime.fromtimestamp(at, zone).strftime("%m-%d %H:%M")


def about_a_thing(kind: str, place: str, since: float, now: float, zone: tzinfo, times: int = 0) -> Words:
    """What a button, a detector or a sensor's own trouble is about; says the time when the news is old."""
    in_ja, in_en = _THINGS[kind]
    ja, en = in_ja.format(place=rooms.in_japanese(place)), in_en.format(place=f"the {place}")
    if times > 1:
        ja, en = f"{ja}({times}回)", f"{en} ({times} times)"
    if now - since > 60:
        return Words(f"{ja}。発生は{clock_time(since, zone)}。", f"{en} at {clock_time(since, zone)}.")
    return Words(f"{ja}。", f"{en}.")


def monitoring_lost(silence_s: float | None, contact: float, zone: tzinfo) -> Words:
    """Nobody can say how the resident is; the silence so far is part of it."""
    since = clock_time(contact, zone)
    ja, en = f"{since}からこの住戸の見守りができません", f"This unit cannot be watched since {since}"
    if silence_s is None:
        return Words(f"{ja}。生活反応はまだ一度もありません。", f"{en}; there was never a sign of life.")
    so_far = length(silence_s)
    return Words(
        f"{ja}。最後の生活反応から{so_far.ja}たっています。", f"{en}; the last sign of life was {so_far.en} ago."
    )


def with_sensors(words: Words, sensors: int, troubled: int) -> Words:
    """The sentence with what is known of the sensors behind it."""
    if troubled:
        return Words(
            f"{words.ja}センサー{sensors}個のうち{troubled}個に問題があります。",
            f"{words.en} Of {sensors} sensors, {troubled} are in trouble.",
        )
    return Words(f"{words.ja}センサー{sensors}個はすべて正常です。", f"{words.en} All {sensors} sensors are working.")


def still_hot(words: Words, wbgt_c: float) -> Words:
    """The sentence with the heat that makes it urgent."""
    return Words(
        f"{words.ja}室内の暑さ指数は{wbgt_c:.0f}で危険です。", f"{words.en} The WBGT inside is {wbgt_c:.0f}: danger."
    )


def long_stay(room: str, lasted_s: float, longest_s: float, days: int, last: float, zone: tzinfo) -> Words:
    """Somebody does not come out of the bathroom: how long, beside the longest of those days, and the last sign."""
    now, ja, when = length(lasted_s), rooms.in_japanese(room), clock_time(last, zone)
    usual = length(longest_s)
    return Words(
        f"浴室・トイレに入ってから{now.ja}、ほかの部屋での動きがありません。"
        f"記録のある直近{days}日間では最長{usual.ja}でした。最後の動きは{ja}、{when}です。",
        f"In bathroom or toilet for {now.en} without a sign in any other room; the longest in the last {days} "
        f"recorded days was {usual.en}. Last: {room}, {when}.",
    )


def out_at_night(since: float, lasted_s: float, zone: tzinfo) -> Words:
    """Somebody left at an unusual hour of the night: when, and for how long nothing has been seen since."""
    when, now = clock_time(since, zone), length(lasted_s)
    return Words(
        f"{when}に玄関ドアが動いたあと、{now.ja}のあいだ室内で動きがありません。この時間帯の外出はふだんありません。",
        f"Since the entrance door moved at {when} there was no sign inside for {now.en}; to go out at this hour of the "
        "night is unusual here.",
    )


def water_runs(room: str, since: float, lasted_s: float, longest_s: float, days: int, zone: tzinfo) -> Words:
    """Water does not stop running: where, for how long, and beside the longest of those days."""
    now, when, usual = length(lasted_s), clock_time(since, zone), _longest(longest_s, days)
    return Words(
        f"{rooms.in_japanese(room)}で{when}から{now.ja}のあいだ、水が流れ続けています。{usual.ja}",
        f"Water has been running in the {room} for {now.en} without a pause, since {when}; {usual.en}.",
    )


def no_water(
    since: float, lasted_s: float, longest_s: float, days: int, last: tuple[str, float] | None, zone: tzinfo
) -> Words:
    """Somebody is at home and uses no water: for how long, beside the longest of those days, and the last sign."""
    now, when, usual = length(lasted_s), clock_time(since, zone), _longest(longest_s, days)
    ja = f"{when}から、在宅のまま{now.ja}のあいだ水の使用がありません。{usual.ja}"
    en = f"At home and no water used for {now.en}, counted from {when}; {usual.en}."
    if last is None:
        return Words(ja, en)
    room, at = last[0], clock_time(last[1], zone)
    return Words(f"{ja}最後の動きは{rooms.in_japanese(room)}、{at}です。", f"{en} Last: {room}, {at}.")


def _longest(longest_s: float, days: int) -> Words:
    if not longest_s:
        return Words("ふだんの長さはまだ分かりません。", "what is usual is not known yet")
    usual = length(longest_s)
    return Words(
        f"記録のある直近{days}日間では最長{usual.ja}でした。",
        f"the longest in the last {days} recorded days was {usual.en}",
    )


def water_stopped() -> Words:
    """Why the alert that water runs ended by itself."""
    return Words("水が止まりました。", "The water has stopped.")


def water_used() -> Words:
    """Why the alert that no water is used ended by itself."""
    return Words("水の使用がありました。", "Water has been used.")


def left_the_bathroom() -> Words:
    """Why the alert of a stay in the bathroom ended by itself."""
    return Words("ほかの部屋で動きがありました。", "A sign has come from another room.")


def over(stage: str) -> Words:
    """Why an alert ended by itself."""
    if stage == "answered":
        return Words("ご本人から無事との返事がありました。", "The resident answered: all is well.")
    return Words("生活反応が戻りました。", "A sign of life has come.")


def restored(kind: str) -> Words:
    if kind in ("node_lost", "monitoring_lost"):
        return Words("センサーとの通信が戻りました。", "The sensors can be heard again.")
    return Words("元の状態に戻りました。", "It is as it should be again.")
