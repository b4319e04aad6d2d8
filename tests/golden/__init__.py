"""Tests against files that only change on purpose."""
