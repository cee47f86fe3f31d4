"""`/metrics`: the building's figures as Prometheus reads them. A unit's or a node's name is never a label."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.adapters.view import Figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_UNITS = ("in_order", "learning", "cannot_watch")
_NODES = ("ok", "offline", "stuck", "battery_low", "tamper", "never_seen", "unknown")


def exposition(figures: Figures) -> bytes:
    """The text of one scrape."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once(figures))
    return generate_latest(registry)


class _Once(Collector):
    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        found, notes = self._figures, self._figures.notes
        yield _by("info", "Always 1", "version", {found.version: 1})
        yield _by("units", "Units", "state", {state: found.units[state] for state in _UNITS})
        yield _by("nodes", "Nodes that hang in a unit", "state", {state: found.nodes[state] for state in _NODES})
        yield _one("unassigned_nodes", "Nodes heard that hang in no unit", found.unassigned)
        queued = {"alert": notes.queued_alerts, "routine": notes.queued_routine}
        yield _by("queued_reports", "Reports that wait for the backend", "lane", queued)
        oldest = {"alert": notes.oldest_alert_at, "routine": notes.oldest_routine_at}
        waited = {lane: 0.0 if at is None else max(0.0, found.now - at) for lane, at in oldest.items()}
        yield _by("oldest_report_seconds", "How long the first of them has waited; domain time", "lane", waited)
        yield _one("put_aside_reports", "Reports that the backend refused", notes.refused_reports)
        refused = CounterMetricFamily(
            _name("refused"), "Messages and reports that nobody could take", labels=["reason"]
        )
        for reason, count in notes.refused.items():
            refused.add_metric([reason], count)
        yield refused
        yield _one("disk_free_bytes", "Room beside the journal", found.disk_free_bytes)
        yield _one("running_until_timestamp_seconds", "When it last committed; domain time", notes.running_until or 0)
        if found.broker is not None:
            yield _one("broker_connected", "Whether the broker is connected; absent: not known yet", found.broker)


def _name(what: str) -> str:
    return f"tomoshibi_gateway_{what}"


def _one(what: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(_name(what), said, value=value)


def _by(what: str, said: str, label: str, values: Mapping[str, float]) -> Metric:
    found = GaugeMetricFamily(_name(what), said, labels=[label])
    for value, figure in values.items():
        found.add_metric([value], figure)
    return found
