from django.contrib.auth.hashers import Argon2PasswordHasher


class ModestArgon2PasswordHasher(Argon2PasswordHasher):
    """Hashes with Argon2id and the minimum that OWASP recommends (19 MiB, two passes, one lane).

    Django's default takes 100 MiB for each sign-in. A small machine runs out of memory when many people sign in at
    once.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
