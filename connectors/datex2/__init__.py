"""DATEX II road works and events, as the Dutch national feed (NDW) publishes them."""
