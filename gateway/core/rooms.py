"""What rooms are called in Japanese, and which are wet; a room that somebody named otherwise keeps its name."""

_JAPANESE = {
    "bedroom": "寝室",
    "living": "居間",
    "kitchen": "台所",
    "dining": "食堂",
    "toilet": "トイレ",
    "bathroom": "浴室",
    "shower": "浴室",
    "washroom": "洗面所",
    "hall": "廊下",
    "entrance": "玄関",
    "balcony": "ベランダ",
}
WET = frozenset(("bathroom", "shower", "washroom", "toilet"))


def in_japanese(room: str) -> str:
    return _JAPANESE.get(room, room)
