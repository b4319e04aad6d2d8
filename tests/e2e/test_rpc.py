"""gRPC from outside: beside HTTP in one process, with the same certificate and the same tokens."""

from __future__ import annotations

from pathlib import Path

import grpc
from esriPBuffer.graph.QueryDataModelResponse_pb2 import GraphDataModel
from kgsync_api.v1 import sync_pb2 as api

from tests.conformance.context import Context, Target
from tests.harness import PASSWORD, free_port, running_server
from tests.people import add_person, token_of

_METHOD = "/kgsync.v1.KnowledgeSync/QueryDataModel"


def _model(channel: grpc.Channel, token: str, service: str) -> GraphDataModel:
    ask = channel.unary_unary(
        _METHOD,
        request_serializer=api.QueryDataModelCall.SerializeToString,
        response_deserializer=GraphDataModel.FromString,
    )
    call = api.QueryDataModelCall(service=service)
    return ask(call, metadata=(("authorization", f"Bearer {token}"),), timeout=30, wait_for_ready=True)


def test_both_faces_answer_from_one_process() -> None:
    port = free_port()
    with running_server(arguments=("--grpc-port", str(port))) as server:
        context = Context(Target(server.url, server.user, PASSWORD))
        service = context.service()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            model = _model(channel, token_of(server, server.user), f"Hosted/{service.name}")
        assert {t.entity.name for t in model.entity_types} >= {"Person"}
        context.close()


def test_grpc_speaks_tls_by_the_certificate_of_http(tmp_path: Path) -> None:
    port = free_port()
    with running_server(tmp_path, arguments=("--grpc-port", str(port), "--tls-self-signed")) as server:
        add_person(server, "ann")
        certificate = (tmp_path / "tls" / "certificate.pem").read_bytes()
        with grpc.secure_channel(f"127.0.0.1:{port}", grpc.ssl_channel_credentials(certificate)) as channel:
            try:
                _model(channel, token_of(server, "ann"), "Hosted/nothing")
            except grpc.RpcError as error:
                assert error.code() is grpc.StatusCode.NOT_FOUND, "it was understood"
            else:
                raise AssertionError("there is no such service")
