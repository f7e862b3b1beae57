"""Card payments for programs: the page to pay on, the tries, and refunds, each by who may."""

import httpx
import pytest

from ils_app.auth import service as auth
from ils_app.billing import api
from tests.support.cards import attempts, refunds
from tests.support.invoices import sql


@pytest.fixture
def bearer(database):
    """Signs an actor's account in, and gives the header that says so."""

    async def signed(actor) -> dict[str, str]:
        ((email,),) = sql(database, f"SELECT email FROM auth.person WHERE id = '{actor.user_id}'")
        session = await auth.sign_in(
            email, "violet-meniscus-42", address="127.0.0.1", kind=auth.SessionKind.API
        )  # pragma: allowlist secret
        return {"authorization": f"Bearer {session.token}"}

    return signed


async def test_a_program_asks_for_the_page_pays_and_the_lab_s_sends_back(
    taxed, issued, http, bearer, work_off, database
):
    path = f"/api/v1/invoices/{issued.id}/card-payments"
    ecp, lab = await bearer(taxed.ecp), await bearer(taxed.technician)
    page = (await http.post(path, headers=ecp)).json()
    assert (await http.post(path, headers=ecp)).json() == page
    (attempt,) = attempts(database, issued.id)
    assert page == {"attempt_id": str(attempt.id), "url": page["url"]}
    assert (await http.post(path, headers=lab)).status_code == 403
    await api.service.stand_in_pay(taxed.ecp, attempt.session_id)
    await work_off()
    said = (await http.get(path, headers=ecp)).json()
    assert [(one["state"], one["amount"]["minor"], one["open"]) for one in said["attempts"]] == [
        ("succeeded", 5_459, False)
    ]
    again = await http.post(path, headers=ecp)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_owed")

    back, key = f"/api/v1/invoices/{issued.id}/card-refunds", {"idempotency-key": "one"}
    wanted = {"amount_minor": 1_000, "reason": "Broken on arrival"}
    for _ in range(2):
        answer = await http.post(back, json=wanted, headers=lab | key)
        assert answer.json()["refundable"] == {"minor": 4_459, "currency": "GBP"}
    too_much = await http.post(back, json=wanted | {"amount_minor": 4_460}, headers=lab)
    assert (too_much.status_code, too_much.json()["code"]) == (422, "too_much_back")
    assert [error["field"] for error in too_much.json()["errors"]] == ["amount"]
    await work_off()
    assert refunds(database) == [("lab", "succeeded", 1_000)]


async def test_another_practice_s_invoice_is_not_there(taxed, issued, http: httpx.AsyncClient, bearer):
    other = await bearer(taxed.other_ecp)
    path = f"/api/v1/invoices/{issued.id}/card-payments"
    for answer in (await http.get(path, headers=other), await http.post(path, headers=other)):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
