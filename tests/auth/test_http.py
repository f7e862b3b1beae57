"""Signing in and out over HTTP, tokens, who asks, and the administrators' API."""

from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ils_app.auth import flash, service
from ils_app.auth.http import cookie_value, local_path, token_in
from ils_app.kernel import config
from ils_app.kernel.roles import Role

API = "/api/v1"


def cookie_line(answer, name):
    return next(line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{name}="))


@pytest.fixture
async def as_admin(client, make_person, password):
    """The client signed in as an administrator."""
    someone = await make_person(Role.ADMIN)
    await client.post("/auth/sign-in", data={"email": someone.email, "password": password})
    return client


@pytest.fixture
async def token_of(client, password):
    """A bearer header for a person."""

    async def get(person, **more):
        answer = await client.post(f"{API}/auth/token", json={"email": person.email, "password": password, **more})
        return {"authorization": f"Bearer {answer.json()['access_token']}"}

    return get


# ---- the forms


async def test_the_sign_in_form_sets_a_cookie_no_script_can_read_and_goes_on(client, make_person, password):
    someone = await make_person()
    form = {"email": someone.email, "password": password, "next": "/orders?status=on_hold"}
    answer = await client.post("/auth/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/orders?status=on_hold")
    line = cookie_line(answer, "ils_session").lower()
    assert all(part in line for part in ("httponly", "samesite=lax", "path=/", "max-age=6047"))
    assert "secure" not in line
    assert (await client.get(f"{API}/auth/me")).json()["user_id"] == str(someone.user_id)


async def test_over_https_the_cookie_goes_over_https_only(client, make_person, password, in_production):
    someone = await make_person()
    with in_production():
        answer = await client.post(
            "/auth/sign-in",
            data={"email": someone.email, "password": password},
            headers={"origin": "https://ils.example"},
        )
    assert "Secure" in cookie_line(answer, "ils_session")


async def test_a_refused_form_returns_to_the_page_with_the_email_and_without_it_in_the_address(client, make_person):
    someone = await make_person()
    form = {"email": someone.email, "password": "not-the-password", "next": "/orders"}
    answer = await client.post("/auth/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?problem=wrong")
    assert "ils_session" not in client.cookies
    line = cookie_line(answer, flash.FLASH_COOKIE)
    assert "HttpOnly" in line
    assert "Max-Age=60" in line
    assert someone.email not in line
    told = flash.found_in(f"other=1; {line.partition(';')[0]}")
    assert (told.problem, told.email, told.next) == ("wrong", someone.email, "/orders")
    assert told.message.endswith("try again.")


async def test_after_a_refusal_a_success_clears_what_was_kept(client, make_person, password):
    someone = await make_person()
    await client.post("/auth/sign-in", data={"email": someone.email, "password": "not-the-password"})
    assert flash.FLASH_COOKIE in client.cookies
    await client.post("/auth/sign-in", data={"email": someone.email, "password": password})
    assert flash.FLASH_COOKIE not in client.cookies


async def test_a_slowed_form_says_for_how_long(client, make_person, password):
    someone = await make_person()
    for _ in range(6):
        answer = await client.post("/auth/sign-in", data={"email": someone.email, "password": "not-the-password"})
    answer = await client.post("/auth/sign-in", data={"email": someone.email, "password": password})
    assert answer.headers["location"] == "/sign-in?problem=slowed"
    assert int(answer.headers["retry-after"]) in {1, 2}
    told = flash.found_in(cookie_line(answer, flash.FLASH_COOKIE).partition(";")[0])
    assert told.message.startswith("Too many attempts. Try again in ")


async def test_an_empty_form_is_refused_like_a_wrong_one(client):
    answer = await client.post("/auth/sign-in", data={})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?problem=wrong")


async def test_signing_in_over_http_ends_the_browser_s_earlier_session(client, make_person, password):
    someone, other = await make_person(), await make_person()
    await client.post("/auth/sign-in", data={"email": someone.email, "password": password})
    earlier = client.cookies["ils_session"]
    await client.post("/auth/sign-in", data={"email": other.email, "password": password})
    assert await service.person_for(earlier) is None
    assert (await service.person_for(client.cookies["ils_session"])).user_id == other.user_id


async def test_a_person_on_a_temporary_password_can_only_change_it(client, make_person, as_admin, password):
    someone = await make_person(Role.ADMIN)
    answer = await as_admin.post(f"{API}/users/{someone.user_id}/password")
    assert answer.headers["cache-control"] == "no-store"
    form = {"email": someone.email, "password": answer.json()["temporary_password"], "next": "/admin/people"}
    answer = await client.post("/auth/sign-in", data=form)
    assert answer.headers["location"] == "/account"
    assert (await client.get(f"{API}/users")).status_code == 403
    assert (await client.get(f"{API}/auth/me")).status_code == 200


async def test_signing_out_ends_the_session_and_takes_the_cookie(client, make_person, password):
    someone = await make_person()
    await client.post("/auth/sign-in", data={"email": someone.email, "password": password})
    token = client.cookies["ils_session"]
    answer = await client.post("/auth/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "ils_session" not in client.cookies
    assert await service.person_for(token) is None
    assert (await client.post("/auth/sign-out")).status_code == 303


async def test_a_demo_person_signs_in_with_one_click_outside_production(client, make_person, in_production):
    demo, plain = await make_person(Role.LAB, demo=True), await make_person()
    with in_production():
        answer = await client.post("/auth/demo", data={"email": demo.email}, headers={"origin": "https://ils.example"})
        assert answer.status_code == 404
    assert (await client.post("/auth/demo", data={"email": plain.email})).status_code == 404
    answer = await client.post("/auth/demo", data={"email": demo.email})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await client.get(f"{API}/auth/me")).json()["role"] == "lab_tech"


async def test_a_suspended_demo_person_is_told_so_on_the_page(client, make_person, admin):
    demo = await make_person(Role.LAB, demo=True)
    await service.suspend(admin, demo.user_id, "Trying out what happens")
    answer = await client.post("/auth/demo", data={"email": demo.email})
    assert answer.headers["location"] == "/sign-in?problem=suspended"


# ---- where a request came from


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:3000", ""])
async def test_a_form_of_another_site_signs_nobody_in_or_out(client, make_person, password, origin):
    someone = await make_person(demo=True)
    headers = {"origin": origin}
    form = {"email": someone.email, "password": password}
    for path in ("/auth/sign-in", "/auth/demo"):
        answer = await client.post(path, data=form, headers=headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    await client.post("/auth/sign-in", data=form)
    assert (await client.post("/auth/sign-out", headers=headers)).status_code == 403
    assert await service.person_for(client.cookies["ils_session"])


async def test_a_change_with_a_cookie_needs_our_origin_and_one_with_a_token_needs_none(
    client, make_person, password, token_of
):
    someone = await make_person()
    bearer = await token_of(someone)
    del client.headers["origin"]
    await client.post("/auth/sign-in", data={"email": someone.email, "password": password})
    ours = {"origin": config.current().public_url}
    first, second = [await service.sign_in(someone.email, password, address="") for _ in range(2)]
    path = f"{API}/auth/sessions/{first.person.session_id}"
    for headers in ({}, {"origin": "http://evil.example"}):
        answer = await client.delete(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert await service.person_for(first.token)
    assert (await client.get(f"{API}/auth/sessions")).status_code == 200, "reading needs no origin"
    assert (await client.delete(path, headers=ours)).status_code == 204
    client.cookies.clear()
    assert (await client.delete(f"{API}/auth/sessions/{second.person.session_id}", headers=bearer)).status_code == 204


# ---- tokens


@pytest.mark.parametrize("as_form", [False, True])
async def test_a_program_gets_a_token_by_json_or_form(client, make_person, password, as_form):
    someone = await make_person(Role.LAB, Role.ENGINEER)
    wish = {"email": someone.email, "password": password, "role": "engineer"}
    answer = await client.post(f"{API}/auth/token", **({"data": wish} if as_form else {"json": wish}))
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "token_type", "expires_in"}
    assert answer.json()["token_type"] == "bearer"
    assert 8 * 3600 - 5 <= answer.json()["expires_in"] <= 8 * 3600
    assert answer.headers["cache-control"] == "no-store"
    bearer = {"authorization": f"Bearer {answer.json()['access_token']}"}
    told = (await client.get(f"{API}/auth/me", headers=bearer)).json()
    assert (told["role"], told["roles"]) == ("engineer", ["lab_tech", "engineer"])
    assert (told["organisation_name"], told["organisation_kind"]) == (someone.organisation_name, "lab")
    assert "set-cookie" not in answer.headers


async def test_a_token_is_refused_with_a_code_and_a_sentence(client, make_person, password):
    someone = await make_person()
    wish = {"email": someone.email, "password": password}
    answer = await client.post(f"{API}/auth/token", json={**wish, "role": "admin"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    for _ in range(6):
        answer = await client.post(f"{API}/auth/token", json={**wish, "password": "not-the-password"})
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong")
        assert "retry-after" not in answer.headers
    answer = await client.post(f"{API}/auth/token", json=wish)
    assert (answer.status_code, answer.json()["code"]) == (429, "slowed")
    assert int(answer.headers["retry-after"]) in {1, 2}


@pytest.mark.parametrize(
    "body",
    [
        {"content": b"", "headers": {"content-type": "application/json"}},
        {"content": b"[1]", "headers": {"content-type": "application/json"}},
        {"content": b"\xff\xfe", "headers": {"content-type": "application/x-www-form-urlencoded"}},
        {"content": b"\xff\xfe", "headers": {"content-type": "text/plain"}},
        {"json": {"email": "ada@example.com"}},
        {"json": {"email": "ada@example.com", "password": "a secret value", "role": "king"}},
        {"data": {"password": "a secret value"}},
    ],
)
async def test_a_malformed_wish_for_a_token_is_answered_without_repeating_it(client, body):
    answer = await client.post(f"{API}/auth/token", **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert "secret" not in answer.text


# ---- who asks


async def test_nobody_and_a_token_that_is_over_are_signed_out(client, make_person, token_of):
    someone = await make_person()
    bearer = await token_of(someone)
    session = (await client.get(f"{API}/auth/sessions", headers=bearer)).json()[0]
    assert (session["kind"], session["current"], session["address"]) == ("api", True, "192.0.2.x")
    assert (await client.delete(f"{API}/auth/sessions/{session['id']}", headers=bearer)).status_code == 204
    for headers in ({}, bearer, {"authorization": "Bearer x"}, {"authorization": "Basic eDp5"}):
        answer = await client.get(f"{API}/auth/me", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")


async def test_a_bad_token_is_not_rescued_by_a_good_cookie(client, make_person, password):
    someone = await make_person()
    await client.post("/auth/sign-in", data={"email": someone.email, "password": password})
    assert (await client.get(f"{API}/auth/me", headers={"authorization": "Bearer x"})).status_code == 401


async def test_a_browser_s_request_names_the_role_of_its_tab(client, make_person, password):
    someone = await make_person(Role.LAB, Role.ADMIN)
    await client.post("/auth/sign-in", data={"email": someone.email, "password": password})
    assert (await client.get(f"{API}/users")).status_code == 403, "as what they are by default"
    assert (await client.get(f"{API}/users?as=admin")).status_code == 200
    assert (await client.get(f"{API}/users", headers={"x-ils-role": "admin"})).status_code == 200
    for role in ("engineer", "king"):
        assert (await client.get(f"{API}/users", headers={"x-ils-role": role})).status_code == 403


async def test_a_token_for_one_role_is_not_good_for_another(client, make_person, token_of):
    someone = await make_person(Role.LAB, Role.ADMIN)
    bearer = await token_of(someone, role="lab_tech")
    assert (await client.get(f"{API}/users", headers={**bearer, "x-ils-role": "admin"})).status_code == 403
    bearer = await token_of(someone)
    assert (await client.get(f"{API}/users", headers={**bearer, "x-ils-role": "admin"})).status_code == 200


@pytest.mark.parametrize("role", Role)
async def test_the_administrators_api_is_forbidden_to_others_and_closed_to_nobody(client, make_person, token_of, role):
    someone = await make_person(role)
    bearer = await token_of(someone)
    calls = [
        ("GET", "/users", None),
        ("POST", "/users", {"email": "a@b.c", "name": "A", "organisation_id": str(uuid4()), "roles": ["ecp"]}),
        ("GET", f"/users/{uuid4()}", None),
        ("PUT", f"/users/{uuid4()}/roles", {"roles": ["ecp"]}),
        ("POST", f"/users/{uuid4()}/approve", None),
        ("POST", f"/users/{uuid4()}/suspend", {"reason": "because"}),
        ("POST", f"/users/{uuid4()}/reinstate", {"reason": "because"}),
        ("POST", f"/users/{uuid4()}/password", None),
        ("GET", "/organisations", None),
        ("POST", "/organisations", {"name": "New", "kind": "lab"}),
        ("PUT", f"/organisations/{uuid4()}/access", {"active": False}),
        ("GET", "/sessions", None),
    ]
    for method, path, body in calls:
        answer = await client.request(method, f"{API}{path}", json=body, headers=bearer)
        if role is Role.ADMIN:
            assert answer.status_code in {200, 201, 404, 422}, path
        else:
            assert answer.status_code == 403, path
            assert answer.json() == {"code": "forbidden", "message": "Your role does not allow this.", "errors": []}
        assert (await client.request(method, f"{API}{path}", json=body)).status_code == 401, path


async def test_an_administrator_keeps_people_over_http(as_admin, make_person):
    lab = await make_person(Role.LAB)
    draft = {
        "email": "grace@lab.example",
        "name": "Grace Hopper",
        "organisation_id": str(lab.organisation_id),
        "roles": ["lab_tech"],
    }
    answer = await as_admin.post(f"{API}/users", json=draft)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert answer.json()["temporary_password"]
    user = f"{API}/users/{answer.json()['person']['user_id']}"
    again = await as_admin.post(f"{API}/users", json=draft)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (409, "email")
    roles = {"roles": ["engineer", "lab_tech"], "supervisor": True}
    assert (await as_admin.put(f"{user}/roles", json=roles)).json()["roles"] == ["engineer", "lab_tech"]
    suspended = (await as_admin.post(f"{user}/suspend", json={"reason": "On leave"})).json()
    assert (suspended["status"], suspended["reason"], suspended["supervisor"]) == ("suspended", "On leave", True)
    assert (await as_admin.post(f"{user}/suspend", json={"reason": "Again"})).status_code == 409
    assert (await as_admin.post(f"{user}/approve")).status_code == 409
    assert (await as_admin.post(f"{user}/reinstate", json={"reason": "Back"})).json()["status"] == "active"
    assert (await as_admin.get(user)).json()["name"] == "Grace Hopper"
    found = (await as_admin.get(f"{API}/users", params={"search": "grace", "size": 1})).json()
    assert (found["total"], found["rows"][0]["email"]) == (1, "grace@lab.example")
    assert (await as_admin.get(f"{API}/users", params={"page": 0})).status_code == 422


async def test_an_administrator_keeps_organisations_and_sessions_over_http(as_admin, make_person, password):
    made = (await as_admin.post(f"{API}/organisations", json={"name": "New Frames", "kind": "supplier"})).json()
    someone = await make_person(Role.SUPPLIER, organisation_id=made["id"])
    signed_in = await service.sign_in(someone.email, password, address="")
    found = (await as_admin.get(f"{API}/sessions", params={"search": someone.email})).json()
    assert [row["id"] for row in found["rows"]] == [str(signed_in.person.session_id)]
    answer = await as_admin.put(f"{API}/organisations/{made['id']}/access", json={"active": False})
    assert answer.json()["active"] is False
    assert await service.person_for(signed_in.token) is None
    listed = (await as_admin.get(f"{API}/organisations", params={"kind": "supplier"})).json()
    assert [(row["name"], row["active"], row["people"]) for row in listed] == [("New Frames", False, 1)]


# ---- small print


@given(st.text(max_size=80) | st.from_regex(r"[/\\]{1,3}[a-z.@:/\\?#%]{0,30}", fullmatch=True))
@example("//evil.example")
@example("/\\evil.example")
@example("/\t/evil.example")
@example("javascript:alert(1)")
def test_after_signing_in_nobody_is_sent_to_another_site(wanted):
    path = local_path(wanted)
    there = urlsplit(urljoin("https://ils.example/sign-in", path))
    assert (there.scheme, there.netloc) == ("https", "ils.example")
    assert path.isascii()
    assert path.isprintable()
    assert "\\" not in path


@given(st.text(max_size=120))
def test_whatever_stands_in_a_cookie_header_is_read_or_is_nothing(text):
    for value in (text, f"ils_session={text}", f"{flash.FLASH_COOKIE}={text}", f"a=b; {text}"):
        assert token_in(value) is None or isinstance(token_in(value), str)
        flash.found_in(value)


def test_a_token_is_found_among_other_cookies():
    assert token_in("a=1; ils_session=abc-_1; b=2") == "abc-_1"
    assert token_in("a/b[=1; ils_session=abc; c") == "abc"
    assert token_in("") is None
    assert cookie_value("a=1; ils_session_old=x", "ils_session") is None
