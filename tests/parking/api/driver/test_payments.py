import pytest

from parking.models import ParkingSession
from payments import charges
from tests.payments.conftest import _sandbox, keys_folder, sandbox  # noqa: F401
from tests.street import OTHER_PLATE, PLATE, at

pytestmark = pytest.mark.django_db(transaction=True)


def numbers():
    return list(ParkingSession.objects.order_by("id").values_list("number", flat=True))


def pay(api, *chosen, key="key-00000001", **more):
    return api.post("payments/", {"charges": list(chosen), "kind": "wap", **more}, key=key)


@pytest.mark.parametrize("key", ["", "short", "with space", "x" * 65])
def test_without_a_good_key_nothing_is_started(api, car, park, key):
    park(at("08:00"), at("09:10"))
    answer = pay(api, *numbers(), key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "key_missing")


@pytest.mark.parametrize("chosen", [[], ["\x00"], ["../x"], ["P1"] * 201, "P1", None])
def test_what_are_no_charges_is_refused(api, chosen):
    answer = api.post("payments/", {"charges": chosen}, key="key-00000001")
    assert answer.status_code == 400
    assert any(name.startswith("charges") for name in answer.json()["fields"])


def test_a_charge_of_another_plate_is_not_known(api, car, park):
    park(at("08:00"), at("09:10"), plate=OTHER_PLATE)
    answer = pay(api, *numbers())
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_charge")


def test_paying_inside_wechat_needs_a_wechat_account(api, car, park):
    park(at("08:00"), at("09:10"))
    assert pay(api, *numbers(), kind="jsapi").json()["code"] == "no_payer"


def test_the_same_key_gives_the_same_answer_and_one_payment(api, car, park, sandbox):  # noqa: F811
    park(at("08:00"), at("09:10"))
    first, again = pay(api, *numbers()), pay(api, *numbers())
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again["Idempotent-Replay"] == "true"
    assert len(charges.views(numbers())[numbers()[0]].attempts) == 1


def test_the_same_key_with_another_body_conflicts(api, car, park, sandbox):  # noqa: F811
    park(at("08:00"), at("09:10"))
    pay(api, *numbers())
    answer = pay(api, *numbers(), gateway="alipay")
    assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")


def test_a_refused_request_gives_its_key_back(api, car, park, sandbox):  # noqa: F811
    park(at("08:00"), at("09:10"))
    assert pay(api, *numbers(), kind="jsapi").status_code == 422
    assert pay(api, *numbers(), kind="wap").status_code == 201


def test_the_result_is_read_by_a_name_nobody_can_count_up(api, nobody, car, park, sandbox):  # noqa: F811
    park(at("08:00"), at("09:10"))
    started = pay(api, *numbers()).json()
    state = nobody.get(f"payments/{started['payment']}/").json()
    assert (state["amount_fen"], state["final"], state["succeeded"]) == (300, False, False)
    assert nobody.get(f"payments/{started['payment'][:-2]}xx/").status_code == 404


def test_a_guest_pays_what_a_plate_owes_and_learns_only_the_sum(nobody, park, sandbox):  # noqa: F811
    park(at("08:00"), at("09:10"))
    park(at("10:00"), at("10:40"))
    due = nobody.post("guest/due/", {"plate": "鄂l·12345"})
    assert set(due.json()) == {"due_fen", "ticket"}
    assert due.json()["due_fen"] == 500
    started = nobody.post("guest/payments/", {"ticket": due.json()["ticket"], "kind": "wap"}, key="guest-0001")
    assert started.json()["amount_fen"] == 500


def test_a_guest_without_a_ticket_of_ours_starts_nothing(nobody, park):
    answer = nobody.post("guest/payments/", {"ticket": "made-up", "kind": "wap"}, key="guest-0001")
    assert (answer.status_code, answer.json()["code"]) == (422, "ticket")


def test_an_eleventh_question_within_an_hour_is_refused(nobody, park):
    codes = [nobody.post("guest/due/", {"plate": PLATE}).status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]
