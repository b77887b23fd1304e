"""Connectors that no plan owner should have; the kit must live with them."""
