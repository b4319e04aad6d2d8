"""The portal face: log-in, items, creating services."""
