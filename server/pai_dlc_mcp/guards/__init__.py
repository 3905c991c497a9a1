"""The guards: what keeps a call from leaving, in one order, for every tool alike."""
