from uuid import UUID

from django.db.models import QuerySet

from client.accounts.models import User
from client.domain.errors import NotFoundError


def user_list() -> QuerySet[User]:
    return User.objects.all()


def user_get(*, user_id: UUID) -> User:
    user = User.objects.filter(id=user_id).first()
    if user is None:
        raise NotFoundError
    return user
