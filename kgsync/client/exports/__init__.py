"""Local replicas into the tools people use, and back; each module needs its own extra, and imports it when called."""
