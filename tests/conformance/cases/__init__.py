"""Every case file, imported for its registrations."""

from importlib import import_module

from tests.conformance.registry import CASES

SUBJECTS = (
    "root",
    "portal",
    "datamodel",
    "domains",
    "values",
    "geometry",
    "applyedits",
    "cascades",
    "definitions",
    "replicas",
    "synchronize",
    "delta",
    "filters",
    "history",
    "upload",
    "uploadfile",
    "once",
    "archive",
    "jobs",
    "trim",
    "http",
    "jsonforms",
    "badinput",
    "features",
    "provenance",
    "tracking",
    "rules",
    "query",
    "layers",
    "layerreplicas",
)

for subject in SUBJECTS:
    import_module(f"{__name__}.{subject}")

__all__ = ["CASES", "SUBJECTS"]
