"""The server: verbs, jobs, settings, and the faces that call them."""
