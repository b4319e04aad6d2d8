"""Job rows: a lease and a heartbeat, so that any process can finish what a dead one began."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from kgsync.model.jobs import Job, JobError, JobKind, JobState
from kgsync.model.replica import Created, Synchronized
from kgsync.store.documents import ERROR, RESULT
from kgsync.store.tables import job

_ENDED = tuple(state.value for state in JobState if state.ended)


class Work(NamedTuple):
    """A job taken to be run, and its request as JSON text of the runner's own making."""

    job: Job
    request: str


def _job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        service=row.svc,
        kind=JobKind(row.kind),
        owner=row.owner,
        state=JobState(row.state),
        progress=row.progress,
        submitted=row.submitted,
        updated=row.updated,
        result=None if row.result is None else RESULT.load(row.result),
        error=None if row.error is None else ERROR.load(row.error),
    )


class Jobs:
    """Ask and change job rows inside one transaction of the caller's; times are wall clock ms."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, value: Job, request: str, runner: str, lease: int) -> None:
        self._connection.execute(
            insert(job).values(
                id=value.id,
                svc=value.service,
                kind=value.kind.value,
                owner=value.owner,
                state=value.state.value,
                progress=value.progress,
                request=request,
                submitted=value.submitted,
                updated=value.updated,
                runner=runner,
                lease=lease,
            )
        )

    def find(self, job_id: str) -> Job | None:
        found = self._connection.execute(select(job).where(job.c.id == job_id)).one_or_none()
        return None if found is None else _job(found)

    def beat(self, job_id: str, progress: int, lease: int, now: int) -> JobState:
        """Note progress and prolong the lease; give the state, which a caller may have set to CANCELLING."""
        found = self._connection.execute(
            update(job)
            .where(job.c.id == job_id, job.c.state.not_in(_ENDED))
            .values(progress=progress, lease=lease, updated=now)
            .returning(job.c.state)
        ).scalar_one_or_none()
        return JobState.CANCELLED if found is None else JobState(found)

    def request_cancel(self, job_id: str, now: int) -> bool:
        """Ask a running job to stop; False when it has ended."""
        changed = self._connection.execute(
            update(job)
            .where(job.c.id == job_id, job.c.state.not_in(_ENDED))
            .values(state=JobState.CANCELLING.value, updated=now)
        )
        return changed.rowcount > 0

    def end(
        self, job_id: str, state: JobState, now: int, result: Created | Synchronized | None, error: JobError | None
    ) -> None:
        self._connection.execute(
            update(job)
            .where(job.c.id == job_id)
            .values(
                state=state.value,
                progress=100 if state is JobState.COMPLETED else job.c.progress,
                updated=now,
                result=None if result is None else RESULT.dump(result),
                error=None if error is None else ERROR.dump(error),
            )
        )

    def _abandoned(self, now: int) -> Select[Any]:
        return select(job).where(job.c.state.not_in(_ENDED), job.c.lease < now)

    def abandoned(self, now: int) -> bool:
        """Say whether a running job's lease ran out."""
        return self._connection.execute(self._abandoned(now).limit(1)).first() is not None

    def old(self, before: int) -> bool:
        """Say whether a job ended before `before`."""
        query = select(job.c.id).where(job.c.state.in_(_ENDED), job.c.updated < before).limit(1)
        return self._connection.execute(query).first() is not None

    def take_abandoned(self, runner: str, lease: int, now: int) -> list[Work]:
        """Take over every job whose lease ran out; two processes never take the same."""
        taken = []
        for row in self._connection.execute(self._abandoned(now)).all():
            won = self._connection.execute(
                update(job).where(job.c.id == row.id, job.c.lease == row.lease).values(runner=runner, lease=lease)
            )
            if won.rowcount:
                taken.append(Work(_job(row), row.request))
        return taken

    def forget(self, before: int) -> list[str]:
        """Drop jobs that ended before `before`; give their ids."""
        gone = self._connection.execute(
            delete(job).where(job.c.state.in_(_ENDED), job.c.updated < before).returning(job.c.id)
        )
        return list(gone.scalars())
