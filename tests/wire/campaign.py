"""How long the properties of the pure rooms run: short by default, 20 times as long with --long."""

import pytest
from hypothesis import settings

EXAMPLES = 60


def pytest_configure(config: pytest.Config) -> None:
    scale = 20 if config.getoption("--long") else 1
    settings.register_profile("pure", max_examples=EXAMPLES * scale, deadline=None)
