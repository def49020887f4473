from django.contrib.auth.hashers import Argon2PasswordHasher

from client.concurrency.native import in_native_thread


class ModestArgon2PasswordHasher(Argon2PasswordHasher):
    """Hashes with Argon2id and the minimum that OWASP recommends (19 MiB, two passes, one lane).

    Django's default takes 100 MiB for each sign-in. A small machine runs out of memory when many people sign in at
    once. One hash takes tens of milliseconds, so it is computed beside the loop that serves requests.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        hashing = super().encode
        return in_native_thread(lambda: hashing(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        verifying = super().verify
        return in_native_thread(lambda: verifying(password, encoded))
