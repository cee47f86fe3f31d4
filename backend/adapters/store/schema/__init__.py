"""The tables. What is not of the whole installation carries the organisation it belongs to.

Instants are aware UTC datetimes of domain time, except columns named `*_real_at`, which are of real time. Classes
marked `Personal` hold personal data: reading one is written into `audit` by the session, except where a machine handles
one that is marked `Handled` (see session.py).
"""

from backend.adapters.store.schema.alerting import Alert, AlertEvent, Policy, PolicyStep, Timer
from backend.adapters.store.schema.base import Base, Document, Handled, Personal, Scoped, public_id
from backend.adapters.store.schema.calling import CallIn
from backend.adapters.store.schema.gateways import (
    Enrolment,
    Gateway,
    GatewayCommand,
    GatewayReport,
    GatewaySequence,
    Node,
    NodePlace,
    RefusedReport,
)
from backend.adapters.store.schema.installation import Audit, Heartbeat, ProviderRate, Revision
from backend.adapters.store.schema.noise import Maintenance, Snooze
from backend.adapters.store.schema.organisations import Organisation, Worker
from backend.adapters.store.schema.outbox import ClaimLink, DemoMessage, Notification
from backend.adapters.store.schema.people import Contact, Resident, ResidentPhoto, Tenancy
from backend.adapters.store.schema.places import Building, Unit, UnitEntry
from backend.adapters.store.schema.reaching import InboundReply, LineCode, WorkerBrowser
from backend.adapters.store.schema.rotas import CalendarFeed, Partner, Rota, RotaLayer, RotaOverride, WorkerLeave
from backend.adapters.store.schema.watchers import DeadManPing, OperatorNotice, ProviderProbe, SelfTest
from backend.adapters.store.schema.watching import (
    Absence,
    DialTurn,
    RhythmBackup,
    RhythmChange,
    SafetyCheck,
    UnitDial,
    UnitHour,
    UnitLive,
)

__all__ = [
    "Absence",
    "Alert",
    "AlertEvent",
    "Audit",
    "Base",
    "Building",
    "CalendarFeed",
    "CallIn",
    "ClaimLink",
    "Contact",
    "DeadManPing",
    "DemoMessage",
    "DialTurn",
    "Document",
    "Enrolment",
    "Gateway",
    "GatewayCommand",
    "GatewayReport",
    "GatewaySequence",
    "Handled",
    "Heartbeat",
    "InboundReply",
    "LineCode",
    "Maintenance",
    "Node",
    "NodePlace",
    "Notification",
    "OperatorNotice",
    "Organisation",
    "Partner",
    "Personal",
    "Policy",
    "PolicyStep",
    "ProviderProbe",
    "ProviderRate",
    "RefusedReport",
    "Resident",
    "ResidentPhoto",
    "Revision",
    "RhythmBackup",
    "RhythmChange",
    "Rota",
    "RotaLayer",
    "RotaOverride",
    "SafetyCheck",
    "Scoped",
    "SelfTest",
    "Snooze",
    "Tenancy",
    "Timer",
    "Unit",
    "UnitDial",
    "UnitEntry",
    "UnitHour",
    "UnitLive",
    "Worker",
    "WorkerBrowser",
    "WorkerLeave",
    "public_id",
]
