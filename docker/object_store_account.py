"""Makes the bucket of the tickets and the account that may use it, and nothing else, in MinIO. May be run again.

The services never get MinIO's root key: with their own they read, write and list this one bucket. An account that had
this right before is removed, so that a changed `S3_ACCESS_KEY` leaves no old key behind.

Another store than MinIO has no such accounts: there `S3_ACCESS_KEY` is the root's own, and only the bucket is made.
"""

import json
import os
import sys
from typing import Any
from urllib.parse import urlsplit

from minio import Minio, MinioAdmin
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException, MinioException, S3Error
from urllib3.exceptions import HTTPError

POLICY = "tickets-bucket-only"


def policy(bucket: str) -> dict[str, Any]:
    """What ticket does with its bucket (its `ObjectStore`): look for it, list, read and write."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation", "s3:ListBucket"],
                "Resource": [f"arn:aws:s3:::{bucket}"],
            },
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": [f"arn:aws:s3:::{bucket}/*"]},
            # Otherwise an account may make further keys for itself, which a later change of its own would not show.
            {"Effect": "Deny", "Action": ["admin:*"]},
        ],
    }


def make_bucket(store: Minio, bucket: str) -> None:
    try:
        if not store.bucket_exists(bucket):
            store.make_bucket(bucket)
    except S3Error as error:
        if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
            raise


def make_account(admin: MinioAdmin, bucket: str, access_key: str, secret_key: str) -> None:
    admin.policy_add(POLICY, policy=policy(bucket))
    admin.user_add(access_key, secret_key)
    admin.policy_set(POLICY, user=access_key)
    for name, account in json.loads(admin.user_list()).items():
        if account.get("policyName") == POLICY and name != access_key:
            admin.user_remove(name)


def main() -> str:
    """Returns what was done, in one sentence."""
    given = os.environ
    bucket, access_key = given["S3_BUCKET"], given["S3_ACCESS_KEY"]
    address = urlsplit(given["S3_ENDPOINT"])
    store: dict[str, Any] = {
        "endpoint": address.netloc,
        "region": given["S3_REGION"],
        "secure": address.scheme == "https",
        "credentials": StaticProvider(given["MINIO_ROOT_USER"], given["MINIO_ROOT_PASSWORD"]),
    }
    make_bucket(Minio(**store), bucket)
    if access_key == given["MINIO_ROOT_USER"]:
        return f"The bucket {bucket} is there; S3_ACCESS_KEY is the root's own, so no account is made."
    make_account(MinioAdmin(**store), bucket, access_key, given["S3_SECRET_KEY"])
    return f"The bucket {bucket} is there, and an account that may use nothing else."


if __name__ == "__main__":
    try:
        print(main())
    except KeyError as missing:
        sys.exit(f"{missing.args[0]} is missing.")
    except (MinioException, HTTPError) as error:
        sys.exit(f"The bucket cannot be made: {error}.")
    except MinioAdminException as error:
        sys.exit(
            f"The account for the bucket cannot be made: {error}. "
            "With a store other than MinIO, give the root's key and password as S3_ACCESS_KEY and S3_SECRET_KEY."
        )
