"""The same lives with the order of events in Hypothesis' hands: a failing one is shrunk to few events."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.backends import BACKENDS
from tests.laws.clauses import Clauses
from tests.laws.clients import Client
from tests.laws.life import Life
from tests.laws.test_histories import Place, place

_WHO = st.integers(min_value=0, max_value=3)


class Lives(RuleBasedStateMachine):
    """One service, up to four replicas, and everything that can happen to them."""

    where: Place

    @initialize(seed=st.integers(min_value=0, max_value=2**32))
    def begin(self, seed: int) -> None:
        self.life = Life(self.where.store, seed)
        self.clients: list[Client] = []
        self.register()

    @precondition(lambda self: len(self.clients) < 4)
    @rule()
    def register(self) -> None:
        self.clients.append(Client(self.life, Clauses(self.life).definition()))

    @rule()
    def edit(self) -> None:
        self.life.step()

    @rule(who=_WHO)
    def upload(self, who: int) -> None:
        client = self._client(who)
        if not client.dead:
            self.life.sender = client.send
            self.life._edit()
            self.life.sender = None

    @rule(who=_WHO)
    def sync(self, who: int) -> None:
        self._client(who).sync()

    @rule(who=_WHO)
    def catch_up_at_once(self, who: int) -> None:
        self._client(who).again()

    @rule(who=_WHO)
    def resend(self, who: int) -> None:
        self._client(who).send_again()

    @rule()
    def trim(self) -> None:
        self.life.trim([client.date for client in self.clients])

    @rule()
    def reencode(self) -> None:
        self.life.reencode()

    @rule()
    def restart(self) -> None:
        self.life.graph.store = self.where.reopen()

    def _client(self, who: int) -> Client:
        return self.clients[who % len(self.clients)]

    def teardown(self) -> None:
        for client in getattr(self, "clients", []):
            client.rest()


def _campaign(backend: str, directory: Path, examples: int) -> None:
    with place(backend, directory) as where:
        machine = type("Lives", (Lives,), {"where": where})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=12,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )


@pytest.mark.timeout(900)
@pytest.mark.parametrize("backend", BACKENDS)
def test_whatever_the_order_of_events_replicas_hold_what_they_should(backend: str, tmp_path: Path) -> None:
    _campaign(backend, tmp_path, 30 if backend == "sqlite" else 8)


@pytest.mark.long
@pytest.mark.timeout(90_000)
@pytest.mark.parametrize("backend", BACKENDS)
def test_whatever_the_order_of_events_over_a_campaign(backend: str, tmp_path: Path) -> None:
    _campaign(backend, tmp_path, 3_000 if backend == "sqlite" else 800)
