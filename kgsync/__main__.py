"""Run the command line as `python -m kgsync`."""

from kgsync.cli.main import main

main()
