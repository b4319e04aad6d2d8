"""trimChangeLog: what each mode asks for, and where each answer stands in the message."""

from __future__ import annotations

import pytest
from esriPBuffer.graph import AsyncResultResponse_pb2 as async_result
from esriPBuffer.graph import TrimChangeLogRequest_pb2 as request
from esriPBuffer.graph import TrimChangeLogResponse_pb2 as response

from kgsync.errors import Conflict, MalformedInput
from kgsync.model.history import Moment
from kgsync.model.jobs import Job, JobError, JobKind, JobState
from kgsync.model.trim import (
    ReplicaShare,
    TrimBefore,
    TrimCall,
    TrimError,
    TrimKind,
    Trimmed,
    TrimPreserving,
    TrimStatistics,
)
from kgsync.store.documents import RESULT
from kgsync.wire.pbf.jobs import encode_result
from kgsync.wire.pbf.json_form import render_answer
from kgsync.wire.pbf.trim import decode_trim, encode_trim_error, encode_trim_job, encode_trimmed
from tests.wire.samples import DEST, ID

_BEFORE = {"trim_before_date": 5}
MODES = [
    ({"trim_before": _BEFORE}, TrimBefore(date=Moment(5))),
    ({"trim_before": {**_BEFORE, "force_trim": {}}}, TrimBefore(date=Moment(5), force=True)),
    (
        {"trim_before": {**_BEFORE, "force_trim": {"unregister_stale_replicas": True}}},
        TrimBefore(date=Moment(5), force=True, unregister=True),
    ),
    ({"trim_preserve_replicas": {}}, TrimPreserving()),
    ({"change_log_statistics": {}}, TrimStatistics()),
    ({"change_log_statistics": {"candidate_trim_before_date": 0}}, TrimStatistics(candidate=Moment(0))),
]
STALE = Trimmed(
    kind=TrimKind.BEFORE, date=Moment(9), stale=(ID, DEST), error=TrimError(code=409, message="two are stale")
)
RESULTS = [
    STALE,
    Trimmed(kind=TrimKind.BEFORE, date=Moment(9), rows=3, total=4, unregistered=(ID,)),
    Trimmed(kind=TrimKind.PRESERVING, date=Moment(9)),
    Trimmed(
        kind=TrimKind.STATISTICS,
        date=Moment(9),
        rows=1,
        total=4,
        shares=(ReplicaShare(replica_id=ID, served=Moment(7), percent=12.5),),
    ),
]


def _answer(result: Trimmed) -> response.TrimChangeLogResult:
    return response.TrimChangeLogResponse.FromString(encode_trimmed(result)).trim_result


@pytest.mark.parametrize(("message", "mode"), MODES)
def test_each_mode_is_read(message: dict[str, object], mode: object) -> None:
    data = request.TrimChangeLogRequest(**message, **{"async": True}).SerializeToString()
    assert decode_trim(data) == TrimCall(mode=mode, asynchronous=True)  # type: ignore[arg-type]  # a table of cases


def test_a_request_without_a_mode_is_refused() -> None:
    with pytest.raises(MalformedInput, match="trim_mode"):
        decode_trim(b"")


def test_stale_replicas_stand_beside_the_error_of_the_result() -> None:
    found = _answer(STALE)
    assert (found.error.error_code, found.error.error_message) == (409, "two are stale")
    assert found.trim_before_result.existing_stale_replica_id_array == ID.bytes + DEST.bytes


def test_unregistered_replicas_have_a_list_of_their_own() -> None:
    before = _answer(RESULTS[1]).trim_before_result
    assert before.WhichOneof("replica_id_array") == "unregistered_replica_id_array"
    assert before.unregistered_replica_id_array == ID.bytes


def test_statistics_give_percent_from_0_to_100() -> None:
    stats = _answer(RESULTS[3]).trim_log_stats
    assert (stats.candidate_trim_before_date, stats.percent_rows_deleted_by_candidate_trim_before_date) == (9, 25.0)
    (share,) = stats.replica_log_stats
    assert (share.replica_id, share.last_sync_date) == (ID.bytes, 7)
    assert share.percent_rows_deleted_by_last_sync_date == 12.5


def test_an_error_of_the_call_has_an_empty_result_beside_it() -> None:
    found = response.TrimChangeLogResponse.FromString(encode_trim_error(Conflict("no")))
    assert (found.error.error_code, found.WhichOneof("result")) == (409, "trim_result")


def test_a_job_answers_its_address_only() -> None:
    found = response.TrimChangeLogResponse.FromString(encode_trim_job("http://u"))
    assert (found.async_status_url, found.HasField("error")) == ("http://u", False)


@pytest.mark.parametrize("result", RESULTS)
def test_a_kept_result_reads_as_it_was(result: Trimmed) -> None:
    assert RESULT.load(RESULT.dump(result)) == result


def _job(result: Trimmed | None, error: JobError | None) -> async_result.AsyncResultResponse:
    state = JobState.COMPLETED if error is None else JobState.FAILED
    job = Job(
        id="j",
        service=1,
        kind=JobKind.TRIM,
        owner="a",
        state=state,
        progress=0,
        submitted=1,
        updated=2,
        result=result,
        error=error,
    )
    return async_result.AsyncResultResponse.FromString(encode_result(job, None))


def test_a_jobs_result_is_the_result_itself_empty_on_failure() -> None:
    assert _job(RESULTS[2], None).trim_result == _answer(RESULTS[2])
    failed = _job(None, JobError(code=400, message="future"))
    assert failed.WhichOneof("operation_response") == "trim_result"
    assert failed.error.error_code == 400


def test_id_arrays_in_json_are_lists_however_few_they_hold() -> None:
    told = render_answer("trimmed", encode_trimmed(RESULTS[1]))["trimResult"]
    assert told == {"trimBeforeResult": {"unregisteredReplicaIdArray": [str(ID)]}}
