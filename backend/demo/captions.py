"""What the strip on every page says while a step of the story is under way, and where there is something to see."""

from typing import Literal

from msgspec import Struct

Place = Literal["board", "units", "alert", "phones", "controls"]


class Caption(Struct, frozen=True):
    """`look`: the page on which it is to be seen."""

    ja: str
    en: str
    look: Place


WHILE: dict[str, Caption] = {
    "ordinary life": Caption(
        "6人のふだんの暮らしです。部屋のセンサーの小さな動きが届いています。まもなく101号室で何かが起こります。",
        "Six people go about their day, and sensors report small movements. Something is about to happen in room 101.",
        "units",
    ),
    "emergency pressed": Caption(
        "101号室の山本さんが緊急ボタンを押しました。",
        "Ms Yamamoto in room 101 has pressed her emergency button.",
        "board",
    ),
    "press received": Caption(
        "ボタンの灯りが、届いたことを山本さんに知らせます。",
        "The light on the button tells her that it got through.",
        "controls",
    ),
    "emergency rings": Caption(
        "灯が1人目の支援員、佐藤さんにSMSを送り、電話をかけます。",
        "Tomoshibi sends an SMS to the first worker, Ms Sato, and calls her.",
        "phones",
    ),
    "emergency taken": Caption(
        "佐藤さんの電話が鳴っています。「1」を押すか、通報一覧で「引き受ける」を押してください。",
        "Ms Sato's phone rings. Press 1 on it, or claim the alert in the list.",
        "phones",
    ),
    "someone is coming": Caption(
        "引き受けたことが、ボタンの灯りで山本さんに伝わります。",
        "The light on the button tells the resident that somebody is coming.",
        "controls",
    ),
    "emergency closed": Caption(
        "支援員が訪ねます。押し間違いでした。結果を記録して完了します。",
        "The worker visits: pressed by accident. The alert is closed with its outcome.",
        "alert",
    ),
    "silence noticed": Caption(
        "203号室の吉田さんは2時間前に倒れて動けません。まだ誰も知りません。いつもより長い静けさに灯が気づくまで、早送りします。",
        "Ms Yoshida in room 203 collapsed two hours ago, and nobody knows. Time runs fast until the watch notices.",
        "units",
    ),
    "silence noticed in a recording": Caption(
        "203号室から動きが届きません。いつもより長い静けさに灯が気づくまで、早送りします。",
        "No movement comes from room 203. Time runs fast until the watch notices that it is silent for too long.",
        "units",
    ),
    "recording plays": Caption(
        "203号室では、実際の住まいの記録が再生されています。",
        "In room 203 the recording of a real home is played.",
        "units",
    ),
    "recording cut": Caption(
        "まもなく203号室の動きの報告が止まり、センサーの状態だけが届くようになります。",
        "Soon the sensors of room 203 will report only their health, and no movement.",
        "units",
    ),
    "node asks": Caption(
        "灯が静けさに気づきました。まず部屋の灯りと音が吉田さんに「大丈夫ですか」とたずねます。",
        "The watch has noticed. Light and sound in the room ask first whether all is well.",
        "alert",
    ),
    "resident called": Caption(
        "返事がないので、灯が吉田さん本人に電話します。「1」を押せば無事と分かります。",
        "No answer, so Tomoshibi calls Ms Yoshida herself. 1 on her phone would mean that all is well.",
        "phones",
    ),
    "nobody answered": Caption(
        "吉田さんにもう一度電話しています。出なければ、支援員を呼びます。",
        "She is called once more. If she does not answer, workers are called out.",
        "phones",
    ),
    "first worker, SMS": Caption(
        "通報になりました。1人目の佐藤さんにSMSが届きます。",
        "The alert is open. The first worker, Ms Sato, gets an SMS.",
        "alert",
    ),
    "first worker, call": Caption(
        "佐藤さんに電話しています。",
        "Ms Sato is called.",
        "phones",
    ),
    "second worker, call": Caption(
        "佐藤さんが出ません。20秒待って、2人目の鈴木さんを呼びます（本来は数分）。",
        "Ms Sato does not answer. After 20 s (minutes, outside this demo) the second worker is called.",
        "phones",
    ),
    "second worker takes it": Caption(
        "2人目の鈴木さんの電話が鳴っています。「1」を押すと引き受けます。",
        "The second worker's phone rings. Press 1 on it to take the alert.",
        "phones",
    ),
    "on the way, on site": Caption(
        "鈴木さんが引き受け、203号室へ向かいます。",
        "Mr Suzuki has taken it and is on the way to room 203.",
        "alert",
    ),
    "silence closed": Caption(
        "鈴木さんが吉田さんを見つけ、救急車を呼びました。結果を記録して完了します。",
        "He has found Ms Yoshida and called an ambulance. The alert is closed with its outcome.",
        "alert",
    ),
}
OVER = Caption(
    "物語は終わりました。通報は結果とともに記録されています。ここからはご自由に：ボタンを押す、センサーを切る、回線を切る。",
    "The story is over; both alerts are closed with an outcome. Now try it: press a button, cut a sensor or the line.",
    "controls",
)
BEFORE = Caption("建物の準備をしています。", "The building is getting ready.", "board")


def caption(step: str, *, recorded: bool) -> Caption:
    """What is said during a step. Raises KeyError for one that nobody has put into words."""
    return WHILE.get(f"{step} in a recording", WHILE[step]) if recorded else WHILE[step]
