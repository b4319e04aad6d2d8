"""Asking a running server by raw HTTP: the answer part by part, as it arrives."""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from esriPBuffer.graph.QueryRequest_pb2 import GraphQueryRequest
from esriPBuffer.graph.QueryResponse_pb2 import GraphQueryResultFrame, GraphQueryResultHeader

from tests.conformance.service import Service
from tests.conformance.wire import BINARY


@contextmanager
def streamed(service: Service, text: str, **members: Any) -> Iterator[http.client.HTTPResponse]:
    """Send a query and give the response before it is read; the connection ends with the block."""
    client = service.client
    connection = client.connect(service.url)
    body = GraphQueryRequest(open_cypher_query=text, **members).SerializeToString()
    path = client.path(f"{service.url}/graph/query", {"f": "pbf"})
    connection.request("POST", path, body=body, headers=client.headers({"Content-Type": BINARY}, False))
    response = connection.getresponse()
    try:
        yield response
    finally:
        response.close()
        connection.close()


def parts(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """Give the messages of a stream as they arrive."""
    while True:
        size = shift = 0
        while True:
            byte = response.read(1)
            if not byte:
                assert not shift, "the stream ends inside a length"
                return
            size |= (byte[0] & 127) << shift
            shift += 7
            if byte[0] < 128:
                break
        data = response.read(size)
        assert len(data) == size, "the stream ends inside a message"
        yield data


def frames(response: http.client.HTTPResponse) -> Iterator[GraphQueryResultFrame]:
    """Read the header, which has no error, and give the frames behind it."""
    stream = parts(response)
    header = GraphQueryResultHeader.FromString(next(stream))
    assert not header.HasField("error"), header.error
    for data in stream:
        yield GraphQueryResultFrame.FromString(gzip.decompress(data) if header.compressed_frames else data)
