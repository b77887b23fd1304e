"""The embedded Apache Kafka: launch and stop, nothing else."""
