"""Jobs: long work as a durable row any process can finish."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kgsync.model.feature_calls import FeatureAnswer
from kgsync.model.replica import Created, Synchronized
from kgsync.model.trim import Trimmed

JobResult = Created | Synchronized | Trimmed | FeatureAnswer


class JobKind(StrEnum):
    CREATE = "create"
    SYNCHRONIZE = "synchronize"
    TRIM = "trim"
    CREATE_FEATURES = "create features"
    SYNC_FEATURES = "sync features"

    @property
    def of_features(self) -> bool:
        """Say whether a feature service was asked."""
        return self in (JobKind.CREATE_FEATURES, JobKind.SYNC_FEATURES)


class JobState(StrEnum):
    EXECUTING = "executing"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    FAILED = "failed"
    COMPLETED = "completed"

    @property
    def ended(self) -> bool:
        return self in (JobState.CANCELLED, JobState.FAILED, JobState.COMPLETED)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobError:
    code: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job; `submitted` and `updated` are wall clock ms, `progress` is percent 0-100."""

    id: str
    service: int
    kind: JobKind
    owner: str
    state: JobState
    progress: int
    submitted: int
    updated: int
    result: JobResult | None = None
    error: JobError | None = None
