from django.contrib.auth.hashers import Argon2PasswordHasher


class ModestArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with OWASP's minimum (19 MiB, two passes, one lane).

    Django's default takes 100 MiB for each sign-in, which many sign-ins at once on a small machine do not survive.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
