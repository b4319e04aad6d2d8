"""Bytes on disk: uploads and archives, temp then fsync then rename."""
