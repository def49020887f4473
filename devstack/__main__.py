"""`python -m devstack`, which `./dev` hands over to."""

from devstack.cli import main

main()
