"""Bytes in, values out, both ways; no sockets, no clock."""
