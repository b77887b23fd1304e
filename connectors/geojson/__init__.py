"""Connector for GeoJSON and for the JSON records of geo services."""
