"""Options of the suite: what runs only when asked for."""

from pathlib import Path

import pytest

# Marks whose tests run only when their option is given.
CAMPAIGNS = {
    "long": "run the long campaigns too",
    "fuzz": "only fuzz, a minute for each target",
    "planted": "only plant bugs and see that the laws catch them",
}
_ALONE = ("fuzz", "planted")


def pytest_addoption(parser: pytest.Parser) -> None:
    for name, text in CAMPAIGNS.items():
        parser.addoption(f"--{name}", action="store_true", help=text)
    parser.addoption("--seed", type=int, help="replay one random history (tests/laws/test_histories.py)")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count the planted bugs that were caught, and say how often each kind of fault fired in the offline runs."""
    factory = getattr(terminalreporter.config, "_tmp_path_factory", None)  # where the runs left their counts
    for name in ("offline", "offline-long"):
        counts = Path(factory.getbasetemp() if factory is not None else ".") / name / "counts.txt"
        if counts.exists():
            terminalreporter.write_line(f"{name} runs: {counts.read_text()}")
    done = [r for word in ("passed", "failed") for r in terminalreporter.getreports(word)]
    planted = [r for r in done if "planted" in r.keywords and r.when == "call"]
    if planted:
        caught = [r for r in planted if r.outcome == "passed"]
        terminalreporter.write_line(f"{len(caught)} caught of {len(planted)}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for name in _ALONE:
        if config.getoption(f"--{name}"):
            _select(config, items, [item for item in items if item.get_closest_marker(name)])
            return
    left_out = [name for name in CAMPAIGNS if not config.getoption(f"--{name}")]
    _select(config, items, [i for i in items if not any(i.get_closest_marker(name) for name in left_out)])


def _select(config: pytest.Config, items: list[pytest.Item], kept: list[pytest.Item]) -> None:
    deselected = [item for item in items if item not in kept]
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = kept
