"""Which implementation of protobuf runs: only the one in C checks what hostile bytes would exploit."""

from __future__ import annotations

from google.protobuf.internal import api_implementation

from kgsync.errors import NotSupported


def require_native() -> None:
    """Refuse protobuf's pure-Python implementation, whose depth checks can be got around. Raises NotSupported."""
    if api_implementation.Type() == "python":
        raise NotSupported(
            "protobuf runs in pure Python here, which is not safe with bytes from outside; install a wheel of "
            "protobuf for this platform, and unset PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"
        )
