"""Random clauses: what SQL selects is what they mean."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.backends import BACKENDS
from tests.filters import generator
from tests.store.things import THING, Table, random_rows, table_of


def campaign(table: Table, random: Random, clauses: int) -> None:
    """Compare clause after clause; fail too when they were too tame to show anything."""
    samples = list(table.rows.values())
    telling = unknown = exact = 0
    for _ in range(clauses):
        text, parameters = generator.clause(random, THING, samples)
        is_exact, verdicts = table.agrees(text, parameters)
        exact += is_exact
        share = sum(v is True for v in verdicts) / len(verdicts)
        telling += 0.05 <= share <= 0.95
        unknown += None in verdicts
    assert telling >= 0.4 * clauses, f"only {telling} of {clauses} clauses select 5 to 95 % of the rows"
    assert unknown >= 0.3 * clauses, f"only {unknown} of {clauses} clauses are null for some row"
    assert exact >= 0.5 * clauses, f"only {exact} of {clauses} clauses are exact in SQL"


# 20,000 clauses in a run, in shards so that the workers of a run share them; 100 times that with --long.
SHARDS, CLAUSES, LONG = 10, 1_000, 100


def _shard(backend: str, seed: int, directory: Path, clauses: int) -> None:
    random = Random(seed)
    with table_of(backend, directory, random_rows(random, 30)) as table:
        campaign(table, random, clauses)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("backend", BACKENDS)
def test_sql_selects_what_a_clause_means(backend: str, shard: int, tmp_path: Path) -> None:
    _shard(backend, 20_240_229 + shard, tmp_path, CLAUSES)


@pytest.mark.long
@pytest.mark.timeout(90_000)
@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("backend", BACKENDS)
def test_sql_selects_what_any_clause_means(backend: str, shard: int, tmp_path: Path) -> None:
    for part in range(LONG):  # rows of their own for each
        _shard(backend, 1_000 * shard + part, tmp_path / str(part), CLAUSES)
