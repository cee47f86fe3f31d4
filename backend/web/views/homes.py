"""Who lives where and how one gets in, as the pages show it."""

from datetime import datetime

from backend.adapters.store.schema import Alert, Resident, Unit, UnitEntry
from backend.core.call_in import KIND
from backend.core.words.languages import told_in
from backend.web.formats import age
from backend.web.translate import _
from backend.web.views.shapes import Person, Place


def person(resident: Resident, now: datetime, zone: str) -> Person:
    return Person(
        id=resident.id,
        name=resident.name,
        kana=resident.kana,
        age=None if resident.birth_date is None else age(resident.birth_date, now, zone),
        phone=resident.phone,
        language=resident.language,
        told_in=told_in(resident.language, resident=True),
        medical=resident.medical_notes,
        communication=resident.communication_needs,
        risks=resident.risks,
        daily_call_at=resident.daily_call_at,
    )


def unit_place(unit: Unit, entry: UnitEntry | None = None) -> Place:
    """Where a unit is; without `entry` nothing is said about keys."""
    return Place(
        unit_id=unit.id,
        building=unit.building.name,
        unit=unit.name,
        floor=unit.floor,
        address=unit.building.address,
        zone=unit.building.zone,
        key_place="" if entry is None else entry.key_place,
        entry_consent=None if entry is None else entry.entry_consent,
        consent_note="" if entry is None else entry.consent_note,
        protocol=unit.protocol,
    )


def alert_place(alert: Alert, entry: UnitEntry | None = None) -> Place:
    """Where an alert is: its unit, or the whole building; of a caller nobody knows where they are."""
    if alert.unit is not None:
        return unit_place(alert.unit, entry)
    building = alert.building
    somewhere = alert.kind == KIND
    return Place(
        unit_id=None,
        building=_("場所不明") if somewhere else building.name,
        unit="",
        floor=None,
        address="" if somewhere else building.address,
        zone=building.zone,
        key_place="",
        entry_consent=None,
        consent_note="",
        protocol="",
    )
