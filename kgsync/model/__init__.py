"""Frozen values every room shares; no I/O."""
