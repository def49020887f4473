"""The services' account in MinIO: one bucket, and nothing else."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
import urllib3
from minio import Minio, MinioAdmin
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException, S3Error

from tests.compose import base_images
from tests.compose.compose_stack import ComposeStack

pytestmark = pytest.mark.timeout(2400)
OTHER = "somebody-elses"
Call = Callable[[], object]


def login(containers: ComposeStack, user: str, password: str) -> tuple[str, StaticProvider]:
    address = containers.environment.s3_endpoint.removeprefix("http://")
    return address, StaticProvider(containers.project.value(user), containers.project.value(password))


def store(containers: ComposeStack, user: str, password: str) -> Minio:
    address, credentials = login(containers, user, password)
    client = urllib3.PoolManager(timeout=10, retries=False)
    return Minio(endpoint=address, credentials=credentials, secure=False, region="us-east-1", http_client=client)


@pytest.fixture
def services(containers: ComposeStack) -> Minio:
    """The store as the services see it."""
    if not base_images.store_is_minio():
        pytest.skip("the object store here is a stand-in with one account, so the services use the root's")
    return store(containers, "S3_ACCESS_KEY", "S3_SECRET_KEY")


@pytest.fixture
def other_bucket(containers: ComposeStack) -> Iterator[str]:
    """A bucket of somebody else, with something in it."""
    root = store(containers, "MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD")
    root.make_bucket(OTHER)
    root.put_object(OTHER, "secret", io.BytesIO(b"not for the services"), 20)
    yield OTHER
    root.remove_object(OTHER, "secret")
    root.remove_bucket(OTHER)


def test_the_account_writes_reads_and_lists_its_bucket(containers: ComposeStack, services: Minio) -> None:
    bucket = containers.environment.s3_bucket
    services.put_object(bucket, "test/account.txt", io.BytesIO(b"mine"), 4)
    answer = services.get_object(bucket, "test/account.txt")
    try:
        assert answer.read() == b"mine"
    finally:
        answer.close()
    assert [found.object_name for found in services.list_objects(bucket, prefix="test/")] == ["test/account.txt"]
    store(containers, "MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD").remove_object(bucket, "test/account.txt")


def test_the_account_sees_no_other_bucket_and_makes_none(services: Minio, other_bucket: str) -> None:
    assert [bucket.name for bucket in services.list_buckets()] == ["tickets"]
    forbidden: tuple[Call, ...] = (
        lambda: list(services.list_objects(other_bucket)),
        lambda: services.get_object(other_bucket, "secret"),
        lambda: services.put_object(other_bucket, "mine", io.BytesIO(b"x"), 1),
        lambda: services.make_bucket("one-more"),
    )
    for call in forbidden:
        with pytest.raises(S3Error, match="AccessDenied"):
            call()


def test_the_account_neither_removes_documents_nor_opens_the_bucket(services: Minio) -> None:
    forbidden: tuple[Call, ...] = (
        lambda: services.remove_object("tickets", "anything.pdf"),
        lambda: services.remove_bucket("tickets"),
        lambda: services.set_bucket_policy("tickets", "{}"),
    )
    for call in forbidden:
        with pytest.raises(S3Error, match="AccessDenied"):
            call()


def test_the_account_administers_nothing(containers: ComposeStack, services: Minio) -> None:
    address, credentials = login(containers, "S3_ACCESS_KEY", "S3_SECRET_KEY")
    admin = MinioAdmin(endpoint=address, credentials=credentials, secure=False)
    forbidden: tuple[Call, ...] = (
        admin.info,
        admin.user_list,
        lambda: admin.user_add("intruder", "a-long-enough-secret"),
        lambda: admin.add_service_account(access_key="second-key", secret_key="a-long-enough-secret"),
    )
    for call in forbidden:
        with pytest.raises(MinioAdminException, match="AccessDenied"):
            call()


def test_a_changed_key_leaves_no_old_account_behind(containers: ComposeStack, services: Minio) -> None:
    """`minio-init` runs with another key, then with the services' own again."""
    address, root = login(containers, "MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD")
    admin = MinioAdmin(endpoint=address, credentials=root, secure=False)
    own = containers.project.value("S3_ACCESS_KEY")
    try:
        containers.project.run("run", "--rm", "-T", "-e", "S3_ACCESS_KEY=another-account", "minio-init")
        assert (own in admin.user_list(), "another-account" in admin.user_list()) == (False, True)
    finally:
        containers.project.run("run", "--rm", "-T", "minio-init")
    assert (own in admin.user_list(), "another-account" in admin.user_list()) == (True, False)
    assert services.bucket_exists("tickets")
