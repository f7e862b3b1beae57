"""Signing in and out, through the door."""

from ils_app.auth import service
from ils_app.kernel.roles import Role


async def test_a_person_with_the_right_password_gets_a_session(make_person, password):
    someone = await make_person(Role.LAB, Role.ENGINEER)
    signed_in = await service.sign_in(f"  {someone.email.upper()} ", password, address="192.0.2.1")
    person = await service.person_for(signed_in.token)
    assert person == signed_in.person
    assert person.roles == (Role.LAB, Role.ENGINEER)
    assert person.actor().role is Role.LAB
    assert person.actor(Role.ENGINEER).session_id == person.session_id
