"""Passkeys, with a device in software: registered, signed in with, and everything that must be refused."""

from __future__ import annotations

import base64
import json
import uuid
from struct import pack
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.utils import sha256
from soft_webauthn import SoftWebauthnDevice

from backend.access.roles import Role
from backend.identity.attempts import service as attempts
from backend.identity.passkeys import service as passkeys
from backend.identity.sign_in import service as sign_in
from backend.identity.sign_in.service import PasskeyShown
from backend.problems import Problem
from tests.backend.identity.house import CLIENT, ORIGIN, House

USER_PRESENT, USER_VERIFIED, KEY_ATTACHED = 0x01, 0x04, 0x40


class Device(SoftWebauthnDevice):  # type: ignore[misc]  # ships no types
    """A device that checks its user, unless told otherwise, and speaks JSON as browsers do."""

    verifies_user = True

    def make(self, options: dict[str, Any], origin: str = ORIGIN) -> dict[str, Any]:
        found = self.create({"publicKey": decoded(options, ("challenge",), ("user", "id"))}, origin)
        attestation = found["response"]["attestationObject"]
        if self.verifies_user:
            before = sha256(self.rp_id.encode()) + bytes([USER_PRESENT | KEY_ATTACHED])
            after = sha256(self.rp_id.encode()) + bytes([USER_PRESENT | USER_VERIFIED | KEY_ATTACHED])
            attestation = attestation.replace(before, after)
        response = {"clientDataJSON": text(found["response"]["clientDataJSON"]), "attestationObject": text(attestation)}
        return self._credential(response)

    def sign(self, options: dict[str, Any], origin: str = ORIGIN) -> dict[str, Any]:
        self.sign_count += 1
        client = json.dumps({"type": "webauthn.get", "challenge": options["challenge"], "origin": origin}).encode()
        flags = USER_PRESENT | (USER_VERIFIED if self.verifies_user else 0)
        data = sha256(self.rp_id.encode()) + bytes([flags]) + pack(">I", self.sign_count)
        signature = self.private_key.sign(data + sha256(client), ec.ECDSA(hashes.SHA256()))
        parts = {"authenticatorData": data, "clientDataJSON": client, "signature": signature}
        if self.user_handle is not None:
            parts["userHandle"] = self.user_handle
        return self._credential({name: text(value) for name, value in parts.items()})

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        name = text(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(options: dict[str, Any], *paths: tuple[str, ...]) -> dict[str, Any]:
    copy = json.loads(json.dumps(options))
    for path in paths:
        place = copy
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = base64.urlsafe_b64decode(place[path[-1]] + "==")
    copy["pubKeyCredParams"] = [{"alg": p["alg"], "type": p["type"]} for p in copy["pubKeyCredParams"]]
    return dict(copy)


def creation_options(house: House, person_id: uuid.UUID) -> dict[str, Any]:
    with house.desk.tenant_scope(house.tenant_id) as session:
        return passkeys.registration_options(session, house.desk, house.tenant_id, person_id, shown_name="ada")


def registered(house: House, person_id: uuid.UUID) -> Device:
    device = Device()
    made = device.make(creation_options(house, person_id))
    passkeys.register(house.desk, house.tenant_id, person_id, made, label="Laptop")
    return device


def sign_in_by(house: House, credential: dict[str, Any]) -> sign_in.Opened:
    return sign_in.by_passkey(house.desk, house.slug, credential, client=CLIENT)


def options(house: House) -> dict[str, Any]:
    return sign_in.passkey_options(house.desk, house.slug, client=CLIENT)


def test_by_passkey__registered__strong_session_without_a_password(house: House) -> None:
    person_id = house.person(Role.ADJUSTER, password=None)
    device = registered(house, person_id)

    asked = options(house)
    opened = sign_in_by(house, device.sign(asked))

    assert asked["userVerification"] == "required"
    assert asked["rpId"] == "insurer.example"
    assert asked["allowCredentials"] == []
    assert opened.visit.person_id == person_id
    assert opened.visit.strong_at == house.clock()
    assert not opened.visit.pending


def test_step_up__passkey__session_becomes_strong(house: House) -> None:
    person_id = house.person(Role.ADJUSTER)
    device = registered(house, person_id)
    opened = house.sign_in(person_id)
    assert opened.visit.pending

    asked = sign_in.step_up_options(house.desk, opened.visit)
    stronger = sign_in.step_up(house.desk, opened.visit, opened.token, PasskeyShown(device.sign(asked)))

    assert [entry["id"] for entry in asked["allowCredentials"]] == [text(device.credential_id)]
    assert stronger.visit.strong_at == house.clock()


def test_step_up__with_somebody_elses_passkey__refused(house: House) -> None:
    person_id, thief = house.person(Role.ADJUSTER), house.person(Role.ADJUSTER)
    registered(house, person_id)
    device = registered(house, thief)
    opened = house.sign_in(person_id)

    asked = sign_in.step_up_options(house.desk, opened.visit)
    with pytest.raises(Problem, match="not known here"):
        sign_in.step_up(house.desk, opened.visit, opened.token, PasskeyShown(device.sign(asked)))


def test_register__user_not_verified__refused(house: House) -> None:
    person_id = house.person()
    device = Device()
    device.verifies_user = False

    made = device.make(creation_options(house, person_id))

    with pytest.raises(Problem, match="not taken") as caught:
        passkeys.register(house.desk, house.tenant_id, person_id, made, label="x")
    assert caught.value.code == "passkey_refused"


def test_register__for_another_origin_or_person_or_twice__refused(house: House) -> None:
    person_id, other = house.person(), house.person()
    phished = Device().make(creation_options(house, person_id), "https://insurer.example.evil.test")
    stolen = Device().make(creation_options(house, person_id))
    good = Device().make(creation_options(house, person_id))

    with pytest.raises(Problem, match="origin"):
        passkeys.register(house.desk, house.tenant_id, person_id, phished, label="x")
    with pytest.raises(Problem, match="somebody else"):
        passkeys.register(house.desk, house.tenant_id, other, stolen, label="x")
    passkeys.register(house.desk, house.tenant_id, person_id, good, label="x")
    with pytest.raises(Problem, match="used or too old"):
        passkeys.register(house.desk, house.tenant_id, person_id, good, label="x")


def test_by_passkey__user_not_verified__refused(house: House) -> None:
    device = registered(house, house.person())
    device.verifies_user = False

    with pytest.raises(Problem, match="verif"):
        sign_in_by(house, device.sign(options(house)))


def test_by_passkey__challenge_twice_or_too_old_or_made_up__refused(house: House) -> None:
    device = registered(house, house.person())
    asked = options(house)
    sign_in_by(house, device.sign(asked))

    with pytest.raises(Problem, match="used or too old"):
        sign_in_by(house, device.sign(asked))
    late = options(house)
    house.clock.now += 300
    with pytest.raises(Problem, match="used or too old"):
        sign_in_by(house, device.sign(late))
    with pytest.raises(Problem, match="used or too old"):
        sign_in_by(house, device.sign({"challenge": text(b"x" * 32)}))


def test_by_passkey__other_page__refused(house: House) -> None:
    device = registered(house, house.person())

    with pytest.raises(Problem, match="origin"):
        sign_in_by(house, device.sign(options(house), "https://evil.test"))


def test_by_passkey__counter_goes_back__refused_and_told(house: House) -> None:
    person_id = house.person()
    device = registered(house, person_id)
    sign_in_by(house, device.sign(options(house)))
    device.sign_count = 0

    with pytest.raises(Problem, match="counter went back"):
        sign_in_by(house, device.sign(options(house)))

    with house.desk.tenant_scope(house.tenant_id) as session:
        (alert,) = attempts.alerts(session, house.tenant_id, since=0)
    assert (alert.kind, alert.person_id) == ("passkey_copied", person_id)


def test_by_passkey__signature_changed__refused(house: House) -> None:
    device = registered(house, house.person())
    credential = device.sign(options(house))
    credential["response"]["authenticatorData"] = text(
        sha256(b"insurer.example") + bytes([USER_PRESENT | USER_VERIFIED]) + pack(">I", 99)
    )

    with pytest.raises(Problem, match="not taken"):
        sign_in_by(house, credential)


def test_by_passkey__user_handle_of_somebody_else_or_none__refused(house: House) -> None:
    device, other = registered(house, house.person()), house.person()

    for handle, words in ((other.bytes, "names somebody else"), (None, "cannot be read")):
        device.user_handle = handle
        with pytest.raises(Problem, match=words) as caught:
            sign_in_by(house, device.sign(options(house)))
        assert caught.value.code == "passkey_refused"


def test_step_up__user_handle_left_out_or_of_somebody_else__taken_or_refused(house: House) -> None:
    person_id, other = house.person(Role.ADJUSTER), house.person(Role.ADJUSTER)
    device = registered(house, person_id)
    opened = house.sign_in(person_id)
    device.user_handle = other.bytes
    asked = sign_in.step_up_options(house.desk, opened.visit)

    with pytest.raises(Problem, match="names somebody else"):
        sign_in.step_up(house.desk, opened.visit, opened.token, PasskeyShown(device.sign(asked)))
    device.user_handle = None
    asked = sign_in.step_up_options(house.desk, opened.visit)
    stronger = sign_in.step_up(house.desk, opened.visit, opened.token, PasskeyShown(device.sign(asked)))
    assert stronger.visit.strong_at == house.clock()


@pytest.mark.parametrize(
    "credential", [{}, {"response": {}}, {"response": {"clientDataJSON": "!!"}}, {"response": {"clientDataJSON": 7}}]
)
def test_by_passkey__nonsense__refused(house: House, credential: dict[str, Any]) -> None:
    with pytest.raises(Problem, match="cannot be read") as caught:
        sign_in_by(house, credential)

    assert caught.value.code == "passkey_refused"


def test_remove__own_and_anothers__only_own(house: House) -> None:
    person_id, other = house.person(), house.person()
    device = registered(house, person_id)
    name = text(device.credential_id)

    with house.desk.tenant_scope(house.tenant_id) as session:
        with pytest.raises(Problem, match="none of your passkeys"):
            passkeys.remove(session, house.tenant_id, other, name)
        passkeys.remove(session, house.tenant_id, person_id, name)
    with pytest.raises(Problem, match="not known here"):
        sign_in_by(house, device.sign(options(house)))
