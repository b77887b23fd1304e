"""One module per rule; found by being here."""
