"""The connector kit: what every connector is built on."""
