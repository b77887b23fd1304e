"""What the campaign does to workers and brokers, by name; each returns when the trouble is over.

Whatever waits here waits for a time that is the fault itself (a standstill beyond the session), or
for a condition.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.chaos.crew import Crew
from tests.chaos.nodes import Nodes
from tests.support.brokers import wait_until

MIN_ISR_SECONDS = 20.0
BROKER_AWAY_SECONDS = 6.0
WITHOUT_LEADER_SECONDS = 2.0
"""How long after a broker's death a worker is killed: it reads and sends, and partitions that the
dead one led take nothing until it is declared dead (4 s after its last sign of life)."""
JOINED = "c"
BOUNCE_SECONDS = 90.0


@dataclass(frozen=True)
class Scene:
    """Who takes part, and the chance that decides whom it hits."""

    workers: Crew
    connectors: Crew
    nodes: Nodes
    chance: random.Random
    session_seconds: float
    proxied: str
    join: Callable[[str], None]
    is_ready: Callable[[], bool]

    def somebody(self) -> str:
        return self.chance.choice(sorted(self.workers.members))

    def some_connector(self) -> str:
        return self.chance.choice(sorted(self.connectors.members))

    def some_node(self) -> int:
        return self.chance.randrange(self.nodes.count)


def worker_kill(scene: Scene) -> str:
    name = scene.somebody()
    scene.workers.kill(name)
    return name


def worker_stop(scene: Scene) -> str:
    name = scene.somebody()
    code = scene.workers.stop(name)
    scene.workers.start(name)
    return f"{name}, exit {code}"


def worker_freeze(scene: Scene) -> str:
    name = scene.somebody()
    scene.workers.freeze(name)
    time.sleep(scene.session_seconds + 5)
    scene.workers.thaw(name)
    return name


def worker_cut_off(scene: Scene) -> str:
    scene.nodes.proxy.cut()
    time.sleep(scene.session_seconds + 8)
    scene.nodes.proxy.heal()
    return scene.proxied


def worker_joins(scene: Scene) -> str:
    if JOINED in scene.workers.members:
        return worker_stop(scene)
    scene.join(JOINED)
    return JOINED


def workers_bounced(scene: Scene) -> str:
    """Bounce every worker in order, one after the other, then by force."""
    for name in sorted(scene.workers.members):
        scene.workers.stop(name)
        scene.workers.start(name)
        wait_until(scene.is_ready, "every worker ready", seconds=BOUNCE_SECONDS)
    for name in sorted(scene.workers.members):
        scene.workers.kill(name)
        time.sleep(1)
    return "all"


def connector_kill(scene: Scene) -> str:
    name = scene.some_connector()
    scene.connectors.kill(name)
    return name


def connectors_bounced(scene: Scene) -> str:
    """Bounce every connector in order, one after the other, then by force."""
    for name in sorted(scene.connectors.members):
        scene.connectors.stop(name)
        scene.connectors.start(name)
    for name in sorted(scene.connectors.members):
        scene.connectors.kill(name)
        time.sleep(1)
    return "all"


def worker_and_broker_kill(scene: Scene) -> str:
    """Kill every worker while a broker is dead and not yet declared so."""
    index = scene.some_node()
    scene.nodes.kill(index)
    time.sleep(WITHOUT_LEADER_SECONDS)
    for name in sorted(scene.workers.members):
        scene.workers.kill(name)
    time.sleep(BROKER_AWAY_SECONDS - WITHOUT_LEADER_SECONDS)
    scene.nodes.restart(index)
    return f"node {index} and all workers"


def broker_kill(scene: Scene) -> str:
    index = scene.some_node()
    scene.nodes.kill(index)
    time.sleep(BROKER_AWAY_SECONDS)
    scene.nodes.restart(index)
    return f"node {index}"


def brokers_bounced(scene: Scene) -> str:
    """Bounce every node in order, one after the other, then by force."""
    for end in (scene.nodes.end_in_order, scene.nodes.kill):
        for index in range(scene.nodes.count):
            end(index)
            scene.nodes.restart(index)
    return "all"


def min_isr_not_met(scene: Scene) -> str:
    kept = scene.some_node()
    away = [index for index in range(scene.nodes.count) if index != kept]
    for index in away:
        scene.nodes.kill(index)
    time.sleep(MIN_ISR_SECONDS)
    scene.nodes.restart_all(away)
    return f"node {kept} alone"


Fault = Callable[[Scene], str]
FAULTS: dict[str, Fault] = {
    "worker-kill": worker_kill,
    "worker-stop": worker_stop,
    "worker-freeze": worker_freeze,
    "worker-cut-off": worker_cut_off,
    "worker-joins": worker_joins,
    "workers-bounced": workers_bounced,
    "connector-kill": connector_kill,
    "connectors-bounced": connectors_bounced,
    "broker-kill": broker_kill,
    "worker-and-broker-kill": worker_and_broker_kill,
    "brokers-bounced": brokers_bounced,
    "min-isr": min_isr_not_met,
}
NEED_THREE_NODES = ("min-isr",)
START = "start"
MEANING = {
    START: "two workers start and find changes waiting",
    "worker-kill": "SIGKILL of a worker",
    "worker-stop": "SIGTERM of a worker",
    "worker-freeze": "SIGSTOP of a worker beyond its session",
    "worker-cut-off": "a worker alive, but cut off from the brokers beyond its session",
    "worker-joins": "a third worker joins (later: SIGTERM of one)",
    "workers-bounced": "every worker bounced, in order and then by force",
    "connector-kill": "SIGKILL of a connector",
    "connectors-bounced": "every connector bounced, in order and then by force",
    "worker-and-broker-kill": "SIGKILL of a broker, and of every worker before it is missed",
    "broker-kill": "SIGKILL and restart of a broker",
    "brokers-bounced": "every broker bounced, in order and then by force",
    "min-isr": "min.insync.replicas not met for 20 s",
}


def drawn(names: list[str], *, rounds: int, seed: int) -> Iterator[str]:
    """Yield every name once a round, in an order that the seed decides."""
    chance = random.Random(seed)
    for _ in range(rounds):
        order = list(names)
        chance.shuffle(order)
        yield from order
