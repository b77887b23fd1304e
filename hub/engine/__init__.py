"""Register and detect as pure folds: given a state and a change, what follows from it."""
