"""Job rows, so that any process can finish what a dead one began.

A lease is a number its runner raises with every beat. Whoever sees it stand still for long enough, by a
clock of its own, may take the job over: wall clocks of servers may differ by hours.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from kgsync.model.jobs import Job, JobError, JobKind, JobResult, JobState
from kgsync.store.documents import ERROR, RESULT
from kgsync.store.tables import job

_ENDED = tuple(state.value for state in JobState if state.ended)


class Work(NamedTuple):
    """A job to be run, its request as JSON text of the runner's own making, and its lease as last seen."""

    job: Job
    request: str
    lease: int


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

    def add(self, value: Job, request: str, runner: str) -> None:
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
                lease=0,
            )
        )

    def find(self, job_id: str) -> Job | None:
        found = self._connection.execute(select(job).where(job.c.id == job_id)).one_or_none()
        return None if found is None else _job(found)

    def beat(self, job_id: str, runner: str, progress: int, now: int) -> JobState | None:
        """Note progress and show that the runner lives; None when the job is no longer this runner's.

        The state may have been set to CANCELLING by a caller.
        """
        found = self._connection.execute(
            update(job)
            .where(job.c.id == job_id, job.c.runner == runner, job.c.state.not_in(_ENDED))
            .values(progress=progress, lease=job.c.lease + 1, updated=now)
            .returning(job.c.state)
        ).scalar_one_or_none()
        return None if found is None else JobState(found)

    def request_cancel(self, job_id: str, now: int) -> bool:
        """Ask a running job to stop; False when it has ended."""
        changed = self._connection.execute(
            update(job)
            .where(job.c.id == job_id, job.c.state.not_in(_ENDED))
            .values(state=JobState.CANCELLING.value, updated=now)
        )
        return changed.rowcount > 0

    def end(
        self,
        job_id: str,
        runner: str,
        state: JobState,
        now: int,
        result: JobResult | None,
        error: JobError | None,
    ) -> bool:
        """End a job once; False when it is no longer this runner's or has ended."""
        ended = self._connection.execute(
            update(job)
            .where(job.c.id == job_id, job.c.runner == runner, job.c.state.not_in(_ENDED))
            .values(
                state=state.value,
                progress=100 if state is JobState.COMPLETED else job.c.progress,
                updated=now,
                result=None if result is None else RESULT.dump(result),
                error=None if error is None else ERROR.dump(error),
            )
        )
        return ended.rowcount > 0

    def running(self) -> list[Work]:
        """List the jobs that have not ended, with their requests."""
        rows = self._connection.execute(select(job).where(job.c.state.not_in(_ENDED)))
        return [Work(_job(row), row.request, row.lease) for row in rows]

    def running_of(self, owner: str) -> int:
        """Count the jobs of one owner that have not ended."""
        mine = select(func.count()).where(job.c.owner == owner, job.c.state.not_in(_ENDED))
        return int(self._connection.execute(mine).scalar_one())

    def take(self, work: Work, runner: str) -> bool:
        """Take a job over if it has not been beaten since `work` was read; two never take the same."""
        won = self._connection.execute(
            update(job)
            .where(job.c.id == work.job.id, job.c.lease == work.lease, job.c.state.not_in(_ENDED))
            .values(runner=runner, lease=job.c.lease + 1)
        )
        return won.rowcount > 0

    def old(self, before: int) -> bool:
        """Say whether a job ended before `before`."""
        query = select(job.c.id).where(job.c.state.in_(_ENDED), job.c.updated < before).limit(1)
        return self._connection.execute(query).first() is not None

    def forget(self, before: int) -> list[str]:
        """Drop jobs that ended before `before`; give their ids."""
        gone = self._connection.execute(
            delete(job).where(job.c.state.in_(_ENDED), job.c.updated < before).returning(job.c.id)
        )
        return list(gone.scalars())
