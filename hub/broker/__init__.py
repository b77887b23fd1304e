"""The embedded Apache Kafka: launch and stop, nothing else.

The rest of the hub is given a bootstrap address and never learns what kind of broker answers it.
"""

from hub.broker.launcher import Broker, Cluster, launch, launch_cluster

__all__ = ["Broker", "Cluster", "launch", "launch_cluster"]
