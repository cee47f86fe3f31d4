"""The field's words for rotas, and for what is wrong with what was entered about them."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _

from backend.adapters.calendars import apart, reading
from backend.core import numbers
from backend.errors import Invalid
from backend.services import calendar_import, partners, rota_checks, rota_layers
from backend.web import words
from backend.web.pages import rota_input

WEEKDAY = {"0": _("月"), "1": _("火"), "2": _("水"), "3": _("木"), "4": _("金"), "5": _("土"), "6": _("日")}
ROTATION = {"1": _("毎日交代"), "7": _("毎週交代"), "14": _("2週ごとに交代"), "28": _("4週ごとに交代")}
HOLIDAYS = {"ignored": _("祝日も曜日どおり"), "excluded": _("祝日を除く"), "included": _("祝日も含む")}
EXCEPTION = {"override": _("差し替え"), "instead": _("代番"), "swap": _("交代"), "leave": _("休み")}
FIELD = {
    "until": _("終わり"),
    "since": _("始まり"),
    "people": _("当番にする人"),
    "person": _("誰が"),
    "instead_of": _("誰の代わり"),
    "one": _("一人目"),
    "other": _("二人目"),
    "note": _("メモ"),
    "name": _("名前"),
    "phone": _("電話番号"),
    "language": _("言語"),
    "zone": _("時間帯（地域）"),
    "days": _("交代の間隔"),
    "start": _("最初の日"),
    "handover": _("交代の時刻"),
    "turns": _("順番"),
    "hours": _("曜日と時間"),
    "buildings": _("建物"),
}
PROBLEM = {
    numbers.UNREADABLE: _("電話番号として読めません"),
    numbers.UNASSIGNED: _("この番号は存在しません"),
    rota_checks.NOT_AFTER: _("始まりより後にしてください"),
    rota_checks.OVER: _("もう終わっています"),
    rota_checks.TOO_LONG: _("1年より長くはできません"),
    rota_checks.TOO_FAR: _("2年より先にはできません"),
    rota_checks.NOBODY_NAMED: _("同じ人を重ねずに、一人以上選んでください"),
    rota_checks.UNKNOWN: _("当番になれない人です"),
    rota_checks.OUT_OF_REACH: _("連絡先がないか、今は在籍していません"),
    rota_checks.ON_LEAVE: _("その間は休みです"),
    rota_checks.NOT_ON_CALL: _("その間は当番ではありません"),
    rota_checks.SAME_PERSON: _("同じ人です"),
    rota_checks.SAME_TIME: _("二人の時間が重なっています"),
    rota_checks.NO_WORKER: _("支援員ではありません"),
    rota_checks.NOTE_TOO_LONG: _("%(n)d文字までです", n=rota_checks.LONGEST_NOTE),
    rota_checks.NAME_WRONG: _("1文字から%(n)d文字で入れてください", n=rota_checks.LONGEST_NAME),
    rota_layers.NO_ZONE: _("この時間帯はありません（例: Asia/Tokyo）"),
    rota_layers.NO_DAY: _("日付として読めません"),
    rota_layers.NO_BUILDING: _("登録のない建物です"),
    rota_layers.DAYS_WRONG: _("1日から%(n)d日までです", n=rota_layers.LONGEST_TURN_DAYS),
    rota_layers.START_WRONG: _("遠すぎる日付です"),
    rota_layers.TURNS_WRONG: _("1番から%(n)d番まで決められます", n=rota_layers.MOST_TURNS),
    rota_layers.HOURS_WRONG: _("%(n)dまでです", n=rota_layers.MOST_HOURS),
    rota_layers.NO_SUCH_DAY: _("曜日として読めません"),
    rota_layers.ON_NO_DAY: _("曜日を一つ以上選ぶか、祝日を含めてください"),
    rota_layers.ORDER_WRONG: _("この当番表の層ではありません"),
    partners.NO_LANGUAGE: _("日本語か英語を選んでください"),
    rota_input.NO_TIME: _("時刻として読めません"),
    rota_input.NO_NUMBER: _("数として読めません"),
    calendar_import.NOTHING_TO_COME: _("これからの予定が一つもありません"),
    calendar_import.NOBODY_KNOWN: _("誰の予定か分かりません（件名を登録名と同じにするか、人を選んでください）"),
    reading.TOO_LARGE: _("ファイルが大きすぎます（%(n)d KBまで）", n=reading.MOST_BYTES // 1024),
    reading.NOT_UTF8: _("文字コードがUTF-8ではありません"),
    reading.NO_CALENDAR: _("カレンダーのファイル（.ics）ではありません"),
    reading.CROSSED: _("ファイルの中の区切りが合っていません"),
    reading.CUT_OFF: _("ファイルが途中で切れています"),
    reading.TOO_MANY_EVENTS: _("予定が多すぎます（%(n)d件まで）", n=reading.MOST_EVENTS),
    reading.TOO_MANY_DATES: _("日付が多すぎます（%(n)d件まで）", n=reading.MOST_DATES),
    reading.UNREADABLE: _("読めない内容があります"),
    reading.BAD_LINE: _("読めない行があります"),
    reading.BY_EXRULE: _("除外の規則（EXRULE）は使えません"),
    reading.BY_PERIODS: _("期間での繰り返し（PERIOD）は使えません"),
    reading.NO_SUCH_ZONE: _("知らない時間帯です"),
    reading.NO_BEGINNING: _("始まりがありません"),
    reading.TWO_BEGINNINGS: _("始まりが二つあります"),
    reading.DAY_AND_TIME: _("終日と時刻が混ざっています"),
    reading.TWO_RULES: _("繰り返しの規則が二つあります"),
    reading.TOO_OLD: _("2年より前に始まる繰り返しは使えません"),
    reading.TOO_OFTEN: _("1日に2回以上の繰り返しは使えません"),
    reading.ENDLESS: _("繰り返しの日付を求められません"),
    apart.TOO_MUCH: _("読み取りに時間がかかりすぎるファイルです"),
}


def said(problems: Sequence[Invalid]) -> tuple[str, ...]:
    """Each problem as a sentence, by its field: 終わり: 始まりより後にしてください."""
    return tuple(dict.fromkeys(map(_sentence, problems)))


def _sentence(problem: Invalid) -> str:
    text = words.word(PROBLEM, problem.problem)
    if problem.detail:
        text = f"{text}（{problem.detail}）"
    return f"{FIELD[problem.field]}: {text}" if problem.field in FIELD else text
