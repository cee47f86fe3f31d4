"""The sensors, as the journal has them."""

from collections.abc import Callable

from gateway.core.inspection import NodeSeen, UnitSeen, unit_seen
from gateway.doctor.findings import NO_JOURNAL, Finding, Patient, notice, ok, wrong


def units(patient: Patient) -> Finding:
    if patient.core is None:
        return NO_JOURNAL
    found = _units(patient)
    blind = [unit.unit for unit in found if unit.watching == "cannot_watch"]
    if not found:
        return wrong(
            "住戸が設定されていません",
            "no unit is configured",
            "サーバーで建物と住戸を登録してください",
            "enter the building and its units in the backend",
        )
    if blind:
        return wrong(
            f"見守り不能の住戸: {', '.join(blind)}",
            f"units that cannot be watched: {', '.join(blind)}",
            "その住戸のセンサーの電源、電池、電波を見てください",
            "look at power, batteries and radio of their sensors",
        )
    return ok(f"{len(found)}住戸すべて見守れます", f"all {len(found)} units can be watched")


def lost(patient: Patient) -> Finding:
    return _those(
        patient,
        lambda node: node.state == "offline",
        "通信できないセンサー",
        "sensors that cannot be heard",
        "電源と電池を確かめ、だめなら近づけるか中継器を足してください",
        "check power and batteries; else move them, or add a repeater",
    )


def never_seen(patient: Patient) -> Finding:
    return _those(
        patient,
        lambda node: node.state == "never_seen",
        "一度も届いていないセンサー",
        "sensors never heard",
        "電源を入れ、名前が設定と同じか確かめてください",
        "switch them on, and check that they bear the names of the configuration",
    )


def faulty(patient: Patient) -> Finding:
    return _those(
        patient,
        lambda node: node.state in ("stuck", "tamper"),
        "反応し続ける、または外されたセンサー",
        "sensors that never stop reporting or were taken down",
        "向き、日差し、取り付けを直してください",
        "mend where they look, the sun on them, how they hang",
    )


def batteries(patient: Patient) -> Finding:
    return _those(
        patient,
        lambda node: node.state == "battery_low",
        "電池の少ないセンサー",
        "sensors with a low battery",
        "電池を交換してください",
        "change their batteries",
        urgent=False,
    )


def radio(patient: Patient) -> Finding:
    return _those(
        patient,
        lambda node: node.weak,
        "電波の弱いセンサー",
        "sensors heard weakly",
        "ゲートウェイか中継器を近づけてください",
        "bring the gateway or a repeater nearer",
        urgent=False,
    )


def unassigned(patient: Patient) -> Finding:
    if patient.core is None:
        return NO_JOURNAL
    names = patient.core.unassigned()
    if names:
        return notice(
            f"どの住戸にもないセンサー: {', '.join(names)}",
            f"sensors that hang in no unit: {', '.join(names)}",
            "サーバーで住戸と部屋に割り当ててください",
            "give them a unit and a room in the backend",
        )
    return ok("すべてのセンサーが住戸に割り当てられています", "every sensor heard hangs in a unit")


def _units(patient: Patient) -> list[UnitSeen]:
    core = patient.core
    return [] if core is None else [unit_seen(unit, patient.now) for unit in core.units.values()]


def _those(
    patient: Patient,
    which: Callable[[NodeSeen], bool],
    ja: str,
    en: str,
    todo_ja: str,
    todo_en: str,
    *,
    urgent: bool = True,
) -> Finding:
    if patient.core is None:
        return NO_JOURNAL
    found = [f"{node.node} ({unit.unit})" for unit in _units(patient) for node in unit.nodes if which(node)]
    if not found:
        return ok(f"{ja}: なし", f"{en}: none")
    names = ", ".join(found)
    return (wrong if urgent else notice)(f"{ja}: {names}", f"{en}: {names}", todo_ja, todo_en)
