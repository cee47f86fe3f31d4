"""The field's words for what the code calls by short names. Japanese is the source; translations/ holds English."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from backend.core import daily_call, numbers
from backend.services import enrolments, own_settings, self_tests, trials

PRIORITY = {"P1": _("緊急"), "P2": _("異変"), "P3": _("気がかり"), "T": _("機器")}
KIND = {
    "emergency": _("緊急ボタン"),
    "smoke": _("煙・火災"),
    "inactivity": _("動きがない"),
    "bathroom": _("浴室・トイレから出ない"),
    "night_out": _("夜間の外出から戻らない"),
    "water_running": _("水が出たまま"),
    "no_water": _("水を使っていない"),
    "monitoring_lost": _("見守り不能"),
    "leak": _("水漏れ"),
    "node_lost": _("センサー応答なし"),
    "sensor_fault": _("センサー異常"),
    "battery_low": _("電池残量が少ない"),
    "tamper": _("センサーが外された"),
    "clock": _("時計のずれ"),
    "gateway_silent": _("ゲートウェイ応答なし"),
    "storm": _("まとめ通報"),
    "call_in": _("随時の通報"),
    "daily_call": _("安否確認コール"),
    "self_test": _("自己点検"),
    "self_test_failed": _("自己点検に失敗"),
    "provider_down": _("電話・メッセージの会社とつながらない"),
    "report_stuck": _("報告を取り込めない"),
}
REPORT = {  # contract.reports
    "alert": _("通報"),
    "unit_live": _("住戸の今の様子"),
    "unit_hour": _("1時間の記録"),
    "change": _("生活リズムの変化"),
    "dial": _("確認を始める早さの見込み"),
    "health": _("機器の状態"),
    "rhythm_backup": _("生活リズムの控え"),
    "self_test": _("自己点検"),
    "": _("種類不明"),
}
SELF_TEST_TROUBLE = {  # services.self_tests.trouble
    "not_set": _("自己点検は設定されていません"),
    "failed": _("自己点検に失敗しました"),
    "missing": _("今日の自己点検が行われていません"),
}
SELF_TEST_CALLS = {"weekly": _("毎週月曜日"), "daily": _("毎日"), "never": _("かけない")}  # core.self_tests.CALLS
STATE = {
    "asking": _("本人に確認中"),
    "open": _("未対応"),
    "claimed": _("対応中"),
    "coming": _("向かっている"),
    "on_site": _("現地で対応中"),
    "closed": _("完了"),
}
OUTCOME = {
    "safe_home": _("在宅・無事"),
    "safe_out": _("外出・無事"),
    "forgot_away": _("外出の連絡忘れ"),
    "hospitalised": _("入院していた"),
    "accidental": _("誤操作"),
    "device_fault": _("機器の不具合"),
    "visitor_or_pet": _("来客・ペット"),
    "helped": _("手助けした"),
    "transported": _("救急搬送"),
    "deceased": _("死亡"),
    "unable_to_confirm": _("確認できず"),
    "follow_up": _("経過観察が必要"),
    "resumed": _("動きが戻った"),
    "answered": _("本人が無事と応答"),
    "told": _("本人が無事・外出・帰宅・入院を連絡"),
    "subsided": _("すべて担当が決まったか終了"),
    "self_test_passed": _("自己点検に合格"),
    "self_test_failed": _("自己点検に失敗"),
}
HELD = {
    "snooze": _("保留"),
    "maintenance": _("作業中のため呼び出さない"),
    "flapping": _("続けば呼び出す"),
    "storm": _("まとめて呼び出し中"),
}
SNOOZE_REASON = {
    "spoken": _("本人と話せた"),
    "known_cause": _("原因が分かっている"),
    "somebody_goes": _("誰かが見に行く"),
    "repair_ordered": _("修理を手配した"),
    "other": _("その他"),
}
WATCHING = {
    "watching": _("見守り中"),
    "learning": _("学習中"),
    "cannot_watch": _("見守り不能"),
    "paused": _("一時停止"),
    "unknown": _("不明"),
}
UNHEARD = {  # why nobody knows how a unit is now: views.present.Blind
    "not_connected": _("まだつながっていません。今の様子は分かりません"),
    "revoked": _("ゲートウェイの登録が取り消されたため、今の様子は分かりません"),
    "silent": _("ゲートウェイから連絡がないため、今の様子は分かりません"),
    "not_heard": _("ゲートウェイがこの住戸の様子をまだ伝えていないため、今の様子は分かりません"),
}
PRESENCE = {"home": _("在宅"), "away": _("外出"), "asleep": _("就寝"), "unknown": _("不明")}
DOOR = {"open": _("開いている"), "closed": _("閉まっている"), "unknown": _("不明")}
SENSOR = {
    "ok": _("正常"),
    "offline": _("応答なし"),
    "stuck": _("反応しっぱなし"),
    "chattering": _("送信過多"),
    "battery_low": _("電池少"),
    "tamper": _("外された"),
    "never_seen": _("未確認"),
    "unknown": _("不明"),
}
SIGN = {
    "motion": _("人の動き"),
    "door": _("ドア"),
    "emergency": _("緊急ボタン"),
    "fine": _("「大丈夫」ボタン"),
    "away": _("外出ボタン"),
    "presence": _("在室"),
    "power": _("電気"),
    "water": _("水道"),
    "light": _("照明"),
    "press": _("ボタン"),
}
HABIT = {  # contract.reports.Change.what
    "night_rising": _("夜中に起きる回数"),
    "toilet_night": _("夜中のトイレの回数"),
    "toilet_day": _("昼間のトイレの回数"),
    "bathroom_night": _("夜中の浴室・トイレの回数"),
    "bathroom_day": _("昼間の浴室・トイレの回数"),
    "outings": _("外出の回数"),
    "rising": _("起きる時刻"),
    "bedtime": _("寝る時刻"),
    "active_day": _("日中に家の中で動いている時間"),
}
ROOM = {
    "living": _("居間"),
    "bedroom": _("寝室"),
    "kitchen": _("台所"),
    "bathroom": _("浴室"),
    "bath": _("浴室"),
    "toilet": _("トイレ"),
    "entrance": _("玄関"),
    "hall": _("廊下"),
    "washroom": _("洗面所"),
}
ABSENCE = {"away": _("外出・外泊"), "hospital": _("入院"), "visit": _("訪問中")}
WHERE = {"fine": _("無事"), "away": _("外出・外泊"), "back": _("帰宅"), "hospital": _("入院")}  # core.call_in.Wish
DIAL = {  # the positions of contract.reports.DIAL: months
    1: _("約1か月に1回"),
    2: _("約2か月に1回"),
    4: _("約4か月に1回"),
    8: _("約8か月に1回"),
    12: _("約1年に1回"),
}
DIAL_WHOLE = {
    1: _("お一人につき約1か月に1回、不要な確認が入ります"),
    2: _("お一人につき約2か月に1回、不要な確認が入ります"),
    4: _("お一人につき約4か月に1回、不要な確認が入ります"),
    8: _("お一人につき約8か月に1回、不要な確認が入ります"),
    12: _("お一人につき約1年に1回、不要な確認が入ります"),
}
BROKER = {"ok": _("正常"), "down": _("停止"), "unknown": _("不明")}
CONTACT = {
    "family": _("家族"),
    "neighbour": _("近隣"),
    "landlord": _("家主"),
    "doctor": _("主治医"),
    "hospital": _("病院"),
    "welfare": _("民生委員"),
    "care": _("介護事業者"),
    "caretaker": _("管理人"),
    "other": _("その他"),
}
TOLD_IN = {"ja": _("やさしい日本語"), "en": _("英語")}
CALL_RESULT = {"started": _("電話をかけた"), "reached": _("話せた"), "no_answer": _("出なかった")}
CHANNEL = {
    "voice": _("電話"),
    "sms": _("SMS"),
    "line": _("LINE"),
    "push": _("ブラウザへの通知"),
    "email": _("メール"),
}
VIA = {**CHANNEL, "web": _("画面"), "link": _("リンク"), "api": _("API"), "incident": _("まとめ通報")}
PROBLEM = {
    numbers.UNREADABLE: _("電話番号として読めません"),
    numbers.UNASSIGNED: _("この番号は存在しません"),
    numbers.NO_SMS: _("この番号にはSMSが届きません（固定電話・IP電話など）。携帯電話の番号を入れてください"),
    own_settings.NO_EMAIL: _("メールアドレスとして読めません"),
    daily_call.NO_TIME: _("時刻として読めません"),
    daily_call.NOT_BY_NIGHT: _("電話する時刻は6時から21時までにしてください"),
    own_settings.NO_TIME: _("時刻として読めません"),
    own_settings.HALF_A_SPAN: _("始まりと終わりの両方を入れてください"),
    own_settings.NO_ZONE: _("この時間帯はありません（例: Asia/Tokyo）"),
    trials.NO_ADDRESS: _("先に連絡先を登録してください"),
    trials.TOO_SOON: _("さきほど試したばかりです。少し待ってください"),
    enrolments.UNKNOWN: _("この番号を表示しているゲートウェイがありません。いま表示されている番号か確かめてください"),
    enrolments.EXPIRED: _("この番号は期限が切れました。ゲートウェイに表示された新しい番号を入れてください"),
    enrolments.USED: _("この番号はもう使われました"),
    enrolments.STILL_HEARD: _("このゲートウェイは動いています。取り替えるときは、先に止めてください"),
    self_tests.NO_NUMBER: _("試験番号を入れてください"),
    self_tests.NO_CALLS: _("選択肢から選んでください"),
    self_tests.TOO_SOON: _("いま自己点検の途中です"),
}
ACTOR = {
    "worker": _("支援員"),
    "resident": _("本人"),
    "contact": _("連絡先"),
    "gateway": _("ゲートウェイ"),
    "system": _("システム"),
    "fallback": _("予備の番号"),
    "partner": _("連携先"),
    "nobody": _("登録のない番号"),
}
SENDING = {
    "pending": _("送信待ち"),
    "sending": _("送信中"),
    "sent": _("送信した"),
    "delivered": _("届いた"),
    "answered": _("応答あり"),
    "failed": _("届かなかった"),
    "unanswered": _("応答なし"),
    "unknown": _("届いたか不明"),
    "cancelled": _("取りやめた"),
}
MISSED = {  # why a call or message reached nobody; what a provider says beyond these is shown as it said it
    "no answer": _("呼び出したが出なかった"),
    "busy": _("話し中"),
    "voicemail": _("留守番電話"),
    "no key": _("電話に出たが、ボタンが押されなかった"),
    "no address": _("連絡先がない"),
    "its end was never reported": _("結果の知らせが届かなかった"),
    "the provider says that it failed": _("電話会社から失敗の知らせ"),
}
EVENT = {
    "asking": _("本人への確認を始めた"),
    "received": _("通報を受けた"),
    "resident_called": _("本人へ自動で電話"),
    "no_answer": _("本人の応答なし"),
    "opened": _("支援員への通報になった"),
    "raised": _("緊急度を上げた"),
    "paged": _("支援員を呼び出した"),
    "exhausted": _("コーディネーターと予備の番号を呼び出した"),
    "gap": _("呼び出せる人がいない段階があった"),
    "overdue": _("引き受けの制限時間を過ぎた"),
    "claimed": _("引き受けた"),
    "released": _("担当を外れた"),
    "claim_forgotten": _("引き受け後の連絡がなく、未対応に戻した"),
    "coming": _("向かっている"),
    "arrived": _("到着した"),
    "resumed": _("動きがあった"),
    "answered": _("本人が無事と応答"),
    "told": _("本人から連絡"),
    "said_where": _("本人が無事・外出・帰宅・入院を連絡"),
    "called_again": _("同じ番号からまた連絡があった"),
    "pressed_again": _("ボタンがまた押された"),
    "passed_on": _("次の人に回した"),
    "not_me": _("対応できないと答えた"),
    "note": _("メモ"),
    "called": _("電話"),
    "contacts_called": _("連絡先へ自動で順に電話"),
    "contact_coming": _("様子を見に行くと答えた"),
    "contact_cannot": _("行けないと答えた"),
    "visitor_asked": _("見に行くよう頼んだ"),
    "visitor_coming": _("見に行くと答えた"),
    "visitor_cannot": _("見に行けないと答えた"),
    "closed": _("完了した"),
    "joined": _("まとめ通報に入った"),
    "grew": _("まとめ通報に通報が加わった"),
    "held_back": _("呼び出しを止めた"),
    "hold_over": _("呼び出しを止めるのをやめた"),
    "snoozed": _("保留にした"),
    "woken": _("保留をやめた"),
}
GAP = {"resident": _("本人の電話番号なし"), "exhausted": _("最後の段階"), "quiet": _("全員が休止時間帯")}
GAPS = frozenset({"claim_forgotten", "gap", "no_answer", "overdue"})


def word(table: Mapping[Any, object], key: str | int | None) -> str:
    """The word for `key`; a key nobody translated is shown as it is rather than hidden."""
    if key is None:
        return str(_("不明"))
    return str(table.get(key, key))
