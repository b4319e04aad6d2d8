"""Tests of kgsync.model."""
