"""The gRPC face: the verbs of the server for programs inside an organization."""
