"""Registers the "pure" Hypothesis profile before the tests beside it are imported."""

from tests.wire.campaign import pytest_configure as pytest_configure
