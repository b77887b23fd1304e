"""Connector for Microsoft Project XML (MSPDI)."""
