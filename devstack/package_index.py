"""The package index of this machine. Uses only the standard library, since `./dev` needs it before any package."""

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
    """Returns the environment for uv with the mirror from pip's configuration, which uv itself does not read."""
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
