"""The fake's accounts and tokens."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fake.http import Refusal, body_of, created_once, found, listed, of_version
from tests.fake.state import FakeRecords, Record


async def register(request: Request, records: FakeRecords, _: Record) -> Response:
    return await created_once(request, records, lambda draft: add_user(records, draft))


def add_user(records: FakeRecords, draft: Record) -> Record:
    if len(draft["password"]) < 8:
        errors = [{"field": "password", "code": "weak", "message": "Use at least 8 characters."}]
        raise Refusal(422, "validation-error", "The input is not valid.", errors=errors)
    if any(u["email"] == draft["email"] for u in records.users):
        raise Refusal(409, "email-taken", "There is already an account with this email.")
    return records.add_user(**draft)


async def token(request: Request, records: FakeRecords, _: Record) -> Response:
    draft = await body_of(request)
    user = next((u for u in records.users if u["email"] == draft["email"] and u["is_active"]), None)
    if user is None or records.passwords[user["email"]] != draft["password"]:
        raise Refusal(401, "unauthenticated", "No active account with these credentials.")
    return JSONResponse(records.tokens(user["id"]))


async def renew(request: Request, records: FakeRecords, _: Record) -> Response:
    old = (await body_of(request))["refresh"]
    user_id = records.refresh.get(old)
    if user_id is None:
        raise Refusal(401, "unauthenticated", "The refresh token is wrong or expired.")
    pair = records.tokens(user_id)
    if records.rotates:
        del records.refresh[old]
        return JSONResponse(pair)
    return JSONResponse({"access": pair["access"]})


async def me(request: Request, records: FakeRecords, user: Record) -> Response:
    if request.method == "PATCH":
        changes = await body_of(request)
        if "password" in changes:
            if changes.pop("current_password", None) != records.passwords[user["email"]]:
                wrong = {"field": "current_password", "code": "wrong", "message": "This is not your password."}
                raise Refusal(422, "validation-error", "The input is not valid.", errors=[wrong])
            records.passwords[user["email"]] = changes.pop("password")
            records.access = {token: owner for token, owner in records.access.items() if owner != user["id"]}
            records.refresh = {token: owner for token, owner in records.refresh.items() if owner != user["id"]}
        records.change(user, changes)
    if request.method == "DELETE":
        user.update(is_active=False, name="", email=f"deleted-{user['id']}@invalid")
        return Response(status_code=204)
    return JSONResponse(user)


async def users(request: Request, records: FakeRecords, _: Record) -> Response:
    if request.method == "POST":
        return await created_once(request, records, lambda draft: add_user(records, draft))
    term = request.query_params.get("email", "").lower()
    return listed(request, [u for u in records.users if term in u["email"].lower()])


async def user_detail(request: Request, records: FakeRecords, _: Record) -> Response:
    user = found(records.users, request.path_params["id"])
    if request.method in ("PATCH", "DELETE"):
        of_version(request, user)
    if request.method == "PATCH":
        records.change(user, await body_of(request))
    if request.method == "DELETE":
        records.change(user, {"is_active": False, "name": "Deleted user"})
        return Response(status_code=204)
    return JSONResponse(user)
