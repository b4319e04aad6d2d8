"""The knowledge graph contract in protobuf: messages, frames, archives."""
