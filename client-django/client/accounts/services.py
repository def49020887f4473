"""Creates, changes and closes accounts."""

from typing import TypedDict, Unpack
from uuid import UUID, uuid4

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils import timezone
from servicekit.emails import EmailError, normalised_email
from servicekit.versions import ANY_VERSION, ExpectedVersion, require_version

from client.accounts.errors import EmailTakenError, OwnAccountError
from client.accounts.models import User
from client.domain.errors import InvalidFieldError

# Two requests for one address take turns: the second finds the account of the first. The constraint is the last guard,
# but an error of the database would put the address and the hash of the password into its log.
LOCK_ADDRESS = "SELECT pg_advisory_xact_lock(hashtextextended(lower(%(email)s), 0))"


class UserChanges(TypedDict, total=False):
    email: str
    name: str
    password: str
    is_staff: bool
    is_active: bool


def user_create(*, email: str, password: str, name: str, is_staff: bool = False, user_id: UUID | None = None) -> User:
    """Creates an account, or returns the one that an earlier attempt of the same request has created as `user_id`.

    Raises InvalidFieldError for a weak password or an unusable address, and EmailTakenError.
    """
    earlier = User.objects.filter(id=user_id).first() if user_id else None
    if earlier is not None:
        return earlier
    user = User(id=user_id or uuid4(), email=_normalised(email), name=name, is_staff=is_staff)
    _set_password(user, password)
    _save(user)
    return user


def user_update(*, user: User, actor: User, expected: ExpectedVersion | None, **changes: Unpack[UserChanges]) -> User:
    """Changes the given fields of the expected version. Staff cannot remove their own access, so that somebody always
    has access.

    Raises OwnAccountError, VersionMissingError, VersionChangedError, EmailTakenError, and InvalidFieldError for a weak
    password.
    """
    loses_access = (user.is_staff and not changes.get("is_staff", True)) or not changes.get("is_active", True)
    if user == actor and loses_access:
        raise OwnAccountError
    password = changes.pop("password", None)
    fields = list(changes)
    for field, value in changes.items():
        setattr(user, field, value)
    if password is not None:
        # Before the lock, because it takes long.
        _set_password(user, password)
        fields.append("password")
    with transaction.atomic():
        present = _lock_version(user, expected)
        changed = [field for field in fields if getattr(present, field) != getattr(user, field)]
        for field in changed:
            setattr(present, field, getattr(user, field))
        if changed:
            present.version += 1
            _save(present)
    return present


def user_remove(*, user: User, actor: User, expected: ExpectedVersion | None) -> None:
    """Closes another person's account for staff. Raises OwnAccountError for the actor's own account, and the errors of
    `user_delete`.
    """
    if user == actor:
        raise OwnAccountError
    user_delete(user=user, expected=expected)


def user_delete(*, user: User, expected: ExpectedVersion | None = ANY_VERSION) -> None:
    """Deactivates and anonymises the expected version of the account and ends its tokens. Its bookings stay.

    The worker soon cancels its waitlist entries and its unpaid bookings (`worker/closed_accounts.py`). Raises
    VersionMissingError and VersionChangedError.
    """
    with transaction.atomic():
        present = _lock_version(user, expected)
        present.email = f"deleted-{user.id}@deleted.invalid"
        present.name = "Deleted user"
        present.is_active = False
        present.is_staff = False
        present.anonymised_at = present.anonymised_at or timezone.now()
        present.set_unusable_password()
        present.version += 1
        present.save()


def staff_ensure(*, email: str, password: str) -> tuple[User, bool]:
    """Creates the first member of staff. If the account exists, it only gets its access back.

    Returns the account and whether it was created.
    """
    try:
        user = User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        return user_create(email=email, password=password, name="Staff", is_staff=True), True
    if not (user.is_staff and user.is_active):
        user.is_staff = user.is_active = True
        user.version += 1
        user.save(update_fields=["is_staff", "is_active", "version"])
    return user, False


def _lock_version(user: User, expected: ExpectedVersion | None) -> User:
    """Locks the account for changes, but not for bookings, which refer to it."""
    present = User.objects.select_for_update(no_key=True).get(id=user.id)
    require_version(expected, present.version)
    return present


def _normalised(email: str) -> str:
    try:
        return normalised_email(email)
    except EmailError as error:
        raise InvalidFieldError("email", "invalid", f"An e-mail address {error}.") from error


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidFieldError("password", "weak", " ".join(error.messages)) from error
    user.set_password(password)


def _save(user: User) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK_ADDRESS, {"email": user.email})
        others = User.objects.alias(address=Lower("email")).exclude(id=user.id)
        if others.filter(address=Lower(Value(user.email))).exists():
            raise EmailTakenError
        user.save()
