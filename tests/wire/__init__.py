"""Tests of kgsync.wire."""
