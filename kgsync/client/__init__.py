"""The Python client and the local replica it keeps. Empty for now."""
