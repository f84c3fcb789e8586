"""``python -m pt_kata``."""

from pt_kata.cli import main

main(prog_name="pt-kata")
