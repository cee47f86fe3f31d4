"""What is said and written when one call or message stands for many alerts."""

from dataclasses import dataclass

from backend.core.words.fitting import fullest, line
from backend.core.words.subject import Subject, name_of, place_en, place_ja, room_en, room_ja, spoken_place_en


@dataclass(frozen=True)
class Storm:
    """An incident: how many alerts wait, which is the first of them, and in how many buildings they are."""

    count: int
    first: Subject
    buildings: int
    clock: str  # when it began, "10:32"


def others_call(waiting: int, emergencies: int, language: str) -> str:
    """Said after a call's own alert: `waiting` others wait for the same person, of which so many are emergencies."""
    if language == "en":
        urgent = f", {emergencies} of them with an emergency" if emergencies else ""
        return f"{waiting} more {'alert waits' if waiting == 1 else 'alerts wait'} for you{urgent}. 1 takes this one."
    urgent = f"うち{emergencies}件は緊急です。" if emergencies else ""
    return f"ほかに{waiting}件の通報が待っています。{urgent}1を押すと、いまの通報を引き受けます。"


def storm_call(storm: Storm, language: str) -> str:
    """The call of an incident."""
    if language == "en":
        opening = f"This is Tomoshibi. {storm.count} alerts have come within a short time, {_where_en(storm)}."
        return f"{opening} The first: {spoken_place_en(storm.first)}. To take all of them, press 1."
    where = f"{storm.buildings}棟で" if storm.buildings > 1 else ""
    opening = f"見守りの、ともしびです。短い間に、{where}{storm.count}件の通報が重なっています。"
    return f"{opening}最初は、{place_ja(storm.first)}です。1を押すと、まとめて引き受けます。"


def _where_en(storm: Storm) -> str:
    return f"in {storm.buildings} buildings" if storm.buildings > 1 else f"in {storm.first.building}"


def storm_sms(storm: Storm, language: str, link: str, *, overdue: bool = False) -> str:
    """The page of an incident, with the link that claims all of it.

    What there is no room for goes in this order: the building, long words, the time, the mark. How many, the first and
    the link stay; in English the first goes as well where its name is Japanese, since it takes the room of all else.
    """
    first = storm.first
    if language == "en":
        many = ("NOBODY HAS TAKEN: " if overdue else "") + f"{storm.count} alerts"
        texts = [
            line(f"{many} at once, first", place_en(first), storm.clock, link),
            line(f"{many} at once, first", room_en(first), storm.clock, link),
            line(f"{many} at once", storm.clock, link),
        ]
        return fullest(texts, "", lambda _name: line(f"{storm.count} alerts", link))
    mark, many = "【未対応】" if overdue else "【灯】", f"通報{storm.count}件"
    texts = [
        line(f"{mark}{many}が重なりました", f"最初は{place_ja(first)}", storm.clock, link),
        line(f"{mark}{many}が重なりました", f"最初は{room_ja(first)}", storm.clock, link),
        line(f"{mark}{many}", room_ja(first), storm.clock, link),
        line(f"{mark}{many}", room_ja(first), link),
    ]
    return fullest(texts, name_of(first), lambda name: line(many, name, link))


def storm_claimed_sms(storm: Storm, language: str, by: str) -> str:
    """To those who were told: somebody else has taken all of it."""
    if language == "en":
        taker, done = by or "the on-call number", "has taken them. You need not do anything."
        return fullest(
            [f"Alerts at once ({storm.clock}): {taker} {done}", f"Alerts at once: {taker} has taken them."],
            "",
            lambda _name: f"Alerts at once ({storm.clock}): somebody else {done}",
        )
    taker = f"{by}さん" if by else "予備の連絡先"
    return fullest(
        [f"【灯】{storm.clock}に重なった通報：{taker}が引き受けました。対応は不要です。"],
        "",
        lambda _name: f"【灯】{storm.clock}に重なった通報：ほかの方が引き受けました。対応は不要です。",
    )


def storm_over_sms(storm: Storm, language: str) -> str:
    """To those who were told: nothing of it is left to be taken."""
    if language == "en":
        return f"Alerts at once ({storm.clock}): all of them are taken or over. You need not do anything."
    return f"【灯】{storm.clock}に重なった通報は、すべて担当が決まったか終了しました。対応は不要です。"
