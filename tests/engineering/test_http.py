"""Rules and deliveries over HTTP."""

from ils_app.engineering import api
from ils_app.kernel import inbox
from ils_app.kernel.inbox import Delivery
from ils_app.kernel.roles import Role
from tests.support.signed_in import signed_in


async def test_an_engineer_takes_a_draft_from_its_first_change_to_publication_and_back(lims):
    async with signed_in(api.app, Role.ENGINEER) as http:
        draft = (await http.post("/api/v1/rules", json={"note": "why"})).json()
        path = f"/api/v1/rules/{draft['version']}"
        edit = {"kind": "price", "what": "treatments", "id": "hc", "minor": 1}
        changed = await http.post(f"{path}/changes", json={"edits": [edit], "seen": draft["seen"]})
        assert changed.status_code == 200
        stale = await http.post(f"{path}/changes", json={"edits": [edit], "seen": draft["seen"]})
        assert (stale.status_code, stale.json()["code"]) == (409, "changed_elsewhere")
        shown = (await http.get(f"{path}/difference")).json()
        assert shown["changes"][0]["text"].startswith("Hard coat costs £0.01")
        assert (await http.post(f"{path}/simulate?last=5")).json()["version"] == draft["version"]
        nameless = await http.post(f"{path}/publish", json={"note": " "})
        assert (nameless.status_code, nameless.json()["errors"][0]["field"]) == (422, "note")
        assert (await http.post(f"{path}/publish", json={"note": "go"})).json()["state"] == "published"
        assert (await http.post("/api/v1/rules/1/rollback", json={"note": "no"})).json()["state"] == "published"
        assert [one["version"] for one in (await http.get("/api/v1/rules")).json()] == [draft["version"], "1"]
        assert (await http.get("/api/v1/rules/1")).json()["rules"]["format"] == 1
        unknown = await http.post(f"{path}/changes", json={"edits": [{"kind": "wish"}]})
        assert unknown.status_code == 422


async def test_an_ecp_reads_the_rules_in_force_and_may_change_nothing(lims):
    async with signed_in(api.app, Role.ECP) as http:
        assert (await http.get("/api/v1/rules")).status_code == 200
        for path, body in (("rules", {"note": "x"}), ("rules/1/rollback", {"note": "x"}), ("rules/1/simulate", None)):
            assert (await http.post(f"/api/v1/{path}", json=body)).status_code == 403
        assert (await http.get("/api/v1/deliveries")).status_code == 403


async def test_an_admin_reads_deliveries_and_has_one_worked_again(database: str):
    await inbox.keep(Delivery("lims-catalog-update", "msg_1", "2", b"{}", "catalog.apply_update"))
    async with signed_in(api.app, Role.ADMIN) as http:
        page = (await http.get("/api/v1/deliveries?state=waiting")).json()
        assert (page["next_cursor"], page["rows"][0]["delivery_id"]) == (None, "msg_1")
        assert (await http.post(f"/api/v1/deliveries/{page['rows'][0]['id']}/replay")).status_code == 202
        assert (await http.get("/api/v1/deliveries?cursor=zzz")).status_code == 422
        assert (await http.get("/api/v1/jobs/failed")).json() == []
        assert (await http.post("/api/v1/jobs/1/retry")).status_code == 404


async def test_with_the_lab_away_the_answer_is_503_with_a_sentence(sandbox, lims):
    sandbox.stop()
    async with signed_in(api.app, Role.ENGINEER) as http:
        answer = await http.get("/api/v1/rules")
        assert (answer.status_code, answer.json()["code"]) == (503, "lab_away")
