"""What is counted for /metrics. Labels are names of ours, never of people."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """One process's counters, with a registry of their own so that two apps in one process do not collide."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.messages = Counter(
            "lixiao_messages", "Messages taken in, by how they ended", ["channel", "outcome"], registry=self.registry
        )
        self.seconds = Histogram(
            "lixiao_message_seconds",
            "From message to reply",
            ["channel"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=self.registry,
        )
        self.hooks = Counter("lixiao_hooks", "Calls of platforms", ["channel", "status"], registry=self.registry)
        self.deliveries = Gauge("lixiao_deliveries", "Delivery rows by state", ["status"], registry=self.registry)
        self.overdue = Gauge("lixiao_overdue_seconds", "Since when the oldest message is due", registry=self.registry)
        self.arrivals = Gauge("lixiao_arrivals", "Messages acknowledged, not dealt with yet", registry=self.registry)
        self.oldest = Gauge("lixiao_arrivals_oldest_seconds", "Since when the oldest waits", registry=self.registry)
        self.processes = Gauge("lixiao_processes", "Serving processes by role", ["role"], registry=self.registry)
