"""The key by which an organizer of the simulator knows the platform (contracts/README.md, Hold)."""

import hashlib
import hmac


def own_key(root: str, organizer: str) -> str:
    """Returns the organizer's own key, which the simulator derives from ORGANIZER_API_KEY in the same way."""
    return hmac.new(root.encode(), f"organizer:{organizer}".encode(), hashlib.sha256).hexdigest()
