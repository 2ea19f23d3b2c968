"""The exchange's desk: one enters, another decides, the key is seen once."""

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from parking import roles
from parking.exchange import granting, keys
from parking.models import DataApplication, DataGrant, DataKey, Department, User

pytestmark = pytest.mark.django_db
ADD = "/admin/parking/dataapplication/add/"
FORM = {
    "datasets": ["road", "stay"],
    "purpose": "交通组织",
    "basis": "文件一号",
    "daily_calls": "100",
    "days": "30",
}


@pytest.fixture
def sign_in(client):
    def go(role):
        roles.grant()
        user, _made = User.objects.get_or_create(username=role, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        return user

    return go


@pytest.fixture
def department():
    return Department.objects.create(code="police", name="交警支队", created_at=timezone.now())


@pytest.fixture
def application(department):
    return granting.apply(
        department=department,
        datasets=["road"],
        purpose="交通组织",
        basis="",
        daily_calls=10,
        days=10,
        by=User.objects.create(username="someone"),
        now=timezone.now(),
    )


def page_of(row):
    return f"/admin/parking/{row._meta.model_name}/{row.pk}/change/"


@pytest.mark.parametrize("role", ["operator", "finance", "reviewer", "service", "department", "city"])
def test_other_roles_find_no_exchange(client, sign_in, application, role):
    sign_in(role)
    for path in ("/admin/exchange/", "/admin/parking/dataapplication/", "/admin/parking/datakey/"):
        assert client.get(path).status_code == 403


def test_a_manager_looks_and_changes_nothing(client, sign_in, application):
    sign_in("manager")
    assert client.get("/admin/exchange/").status_code == 200
    assert client.get(ADD).status_code == 403
    assert client.post(page_of(application), {"verdict": "approve", "why": "好"}).status_code == 403


def test_the_steward_can_not_decide(client, sign_in, application):
    sign_in("data_steward")
    assert client.post(page_of(application), {"verdict": "approve", "why": "好"}).status_code == 403
    assert not DataGrant.objects.exists()


def test_the_officer_can_neither_apply_nor_take_keys(client, sign_in, application):
    officer = sign_in("data_officer")
    assert client.get(ADD).status_code == 403
    grant = granting.approve(application.pk, by=officer, reason="好", now=timezone.now())
    client.post("/admin/parking/datagrant/", {"action": "give_key", "_selected_action": [grant.pk]})
    assert not DataKey.objects.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [({"basis": ""}, "请写明依据"), ({"datasets": []}, "errorlist"), ({"days": "9999"}, "天之间")],
    ids=["no-basis", "nothing", "for-ever"],
)
def test_an_application_that_lacks_something_is_not_stored(client, sign_in, department, change, words):
    sign_in("data_steward")
    answer = client.post(ADD, FORM | {"department": department.pk} | change)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not DataApplication.objects.exists()


def test_who_may_decide_can_not_decide_their_own(client, sign_in, department):
    sign_in("data_steward")
    client.post(ADD, FORM | {"department": department.pk})
    application = DataApplication.objects.get()
    application.applied_by.groups.add(Group.objects.get(name="data_officer"))
    answer = client.post(page_of(application), {"verdict": "approve", "why": "好"})
    assert answer.status_code == 403
    assert not DataGrant.objects.exists()


def test_one_enters_another_approves_and_the_key_is_shown_once(client, sign_in, department):
    sign_in("data_steward")
    client.post(ADD, FORM | {"department": department.pk})
    application = DataApplication.objects.get()
    assert (application.datasets, application.status) == (["road", "stay"], "applied")
    sign_in("data_officer")
    assert "待审批的数据共享申请" in client.get("/admin/").content.decode()
    client.post(page_of(application), {"verdict": "approve", "why": "同意"})
    grant = DataGrant.objects.get()
    assert (grant.daily_calls, grant.datasets) == (100, ["road", "stay"])
    sign_in("data_steward")
    shown = client.post("/admin/parking/datagrant/", {"action": "give_key", "_selected_action": [grant.pk]})
    assert "no-store" in shown.headers["Cache-Control"]
    secret = shown.context["secret"]
    assert keys.holder(secret, now=timezone.now()).department == "police"
    for path in ("/admin/parking/datagrant/", "/admin/parking/datakey/", page_of(grant)):
        assert secret not in client.get(path).content.decode()


def test_a_refusal_needs_its_reason_and_gives_nothing(client, sign_in, application):
    sign_in("data_officer")
    client.post(page_of(application), {"verdict": "refuse", "why": ""})
    application.refresh_from_db()
    assert application.status == "applied"
    client.post(page_of(application), {"verdict": "refuse", "why": "用途不明"})
    application.refresh_from_db()
    assert (application.status, application.reason) == ("refused", "用途不明")
    assert client.post(page_of(application), {"verdict": "approve", "why": "好"}).status_code == 403


def test_a_grant_ends_with_a_reason(client, sign_in, application):
    officer = sign_in("data_officer")
    grant = granting.approve(application.pk, by=officer, reason="好", now=timezone.now())
    assert "请写明撤销理由" in client.post(page_of(grant), {"revoke_reason": " "}).content.decode()
    client.post(page_of(grant), {"revoke_reason": "项目结束"})
    grant.refresh_from_db()
    assert (grant.revoked_by, grant.revoke_reason) == (officer, "项目结束")


def test_the_list_of_a_departments_people_names_no_driver(client, sign_in, department):
    sign_in("data_steward")
    User.objects.create(username="13800000000")
    shown = client.get(page_of(department)).content.decode()
    assert "13800000000" not in shown


def test_the_numbers_are_a_page_a_table_and_a_file_in_both_languages(client, sign_in, application):
    sign_in("data_officer")
    shown = client.get("/admin/exchange/").content.decode()
    assert all(words in shown for words in ("按部门", "交警支队", "不予共享"))
    english = client.get("/admin/exchange/", headers={"accept-language": "en"}).content.decode()
    assert all(words in english for words in ("By department", "Not shared", "Roads"))
    assert client.get("/admin/exchange/?format=xlsx").content[:2] == b"PK"
    assert "有效授权,0" in client.get("/admin/exchange/?format=csv").content.decode("utf-8-sig")
    assert "日期请写成" in client.get("/admin/exchange/?from=x").content.decode()
