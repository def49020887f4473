"""`python -m devstack`, which `./dev` runs."""

from devstack.cli import main

main()
