"""kgsync: a replica-sync server for knowledge graphs."""

from importlib.metadata import version

__version__ = version("kgsync")
