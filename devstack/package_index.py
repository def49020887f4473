"""Where packages come from on this machine. Standard library only: `./dev` uses it before anything is installed."""

import os
import re
import subprocess

SAME_SETTING = (
    ("index-url", "UV_DEFAULT_INDEX"),
    ("extra-index-url", "UV_INDEX"),
    ("find-links", "UV_FIND_LINKS"),
    ("cert", "SSL_CERT_FILE"),
)


def uv_environment(python: str) -> dict[str, str]:
    """The environment for uv, which does not read pip's configuration: a mirror that pip is told of is passed on."""
    listed = subprocess.run(
        [python, "-m", "pip", "config", "list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ).stdout
    configured = dict(re.findall(r"^(?:global|install|:env:)\.([a-z-]+)='(.*)'$", listed, re.MULTILINE))
    environment = dict(os.environ)
    for pip_name, uv_name in SAME_SETTING:
        if pip_name in configured:
            environment.setdefault(uv_name, configured[pip_name].replace("\\n", " ").strip())
    return environment
