"""Options of the suite: what runs only when asked for."""

import pytest

# Marks whose tests run only when their option is given.
CAMPAIGNS = {"long": "run the long campaigns too", "planted": "plant bugs and see that the laws kill them"}


def pytest_addoption(parser: pytest.Parser) -> None:
    for name, text in CAMPAIGNS.items():
        parser.addoption(f"--{name}", action="store_true", help=text)
    parser.addoption("--seed", type=int, help="replay one random history (tests/laws/test_histories.py)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [name for name in CAMPAIGNS if not config.getoption(f"--{name}")]
    deselected = [item for item in items if any(item.get_closest_marker(name) for name in left_out)]
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = [item for item in items if item not in deselected]
