"""Sample graphs from public data."""
