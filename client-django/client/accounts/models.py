import uuid
from contextlib import suppress
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from servicekit.emails import LONGEST as LONGEST_ADDRESS
from servicekit.emails import EmailError, email_key, normalised_email
from servicekit.text import TextError, one_line

from client.accounts.addresses import validate_address
from client.accounts.names import LONGEST, validate_one_line


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        """Returns the account with this e-mail address in any spelling. Both queries use the unique index on
        lower(email).
        """
        typed = username or ""
        accounts = self.alias(address=Lower("email"))
        # The typed spelling comes first: accounts that are older than the rule may have two spellings of one address.
        found = accounts.filter(address=typed.strip().lower()).first()
        return found or accounts.get(address=email_key(typed))


class User(AbstractBaseUser):
    """A buyer or a member of staff.

    A deleted account stays as an anonymous row, so that its bookings keep their owner.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.CharField(max_length=LONGEST_ADDRESS, validators=[validate_address])
    name = models.CharField(max_length=LONGEST, validators=[validate_one_line])
    is_staff = models.BooleanField("staff", default=False, help_text="May use this administration and the staff calls.")
    is_active = models.BooleanField("active", default=True)
    anonymised_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.IntegerField(
        default=1, db_default=1, editable=False, help_text="Grows with every change of the account (docs/adr/0028)."
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_account_per_email")]
        # For staff's list of users, newest first.
        indexes = [models.Index(fields=["-created_at", "-id"], name="users_newest_first")]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"

    def clean(self) -> None:
        """Normalises name and address for forms. The checks of the fields report what cannot be normalised."""
        super().clean()
        with suppress(TextError):
            self.name = one_line(self.name)
        with suppress(EmailError):
            self.email = normalised_email(self.email)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Returns whether the user is staff: there is one kind of staff, and it may do everything."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff


class TokenFamily(models.Model):
    """All refresh tokens that descend from one sign-in. Only the newest is valid (docs/adr/0027)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    newest = models.TextField(help_text="The newest refresh token.")
    newest_jti = models.TextField()
    previous_jti = models.TextField(null=True, help_text="The token that was exchanged for the newest.")
    renewed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="When a spent token came back: none of the family is valid.")
    expires_at = models.DateTimeField()

    class Meta:
        # For the cleanup.
        indexes = [models.Index(fields=["expires_at"], name="token_families_by_end")]

    def __str__(self) -> str:
        return str(self.id)
