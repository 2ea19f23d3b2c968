import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import RequestFactory

from config.desk.menu import menu
from parking.models import User

pytestmark = pytest.mark.django_db


def entries(user):
    request = RequestFactory().get("/admin/")
    request.user = user
    return {item["link"] for group in menu(request) for item in group["items"]}


def test_a_clerk_finds_only_what_they_may_see():
    clerk = User.objects.create(username="clerk", is_staff=True)
    assert not any("/parking/" in link for link in entries(clerk))
    clerk.user_permissions.add(Permission.objects.get(codename="view_road"))
    assert {link for link in entries(User.objects.get()) if "/parking/" in link} == {"/admin/parking/road/"}


def test_every_table_of_the_desk_is_in_the_menu():
    chief = User.objects.create(username="chief", is_staff=True, is_superuser=True)
    named = entries(chief)
    for model in admin.site._registry:
        assert f"/admin/{model._meta.app_label}/{model._meta.model_name}/" in named


def test_the_desk_opens_in_both_languages(client):
    client.force_login(User.objects.create(username="chief", is_staff=True, is_superuser=True))
    assert "等人处理" in client.get("/admin/").content.decode()
    assert "Waiting for somebody" in client.get("/admin/", headers={"accept-language": "en"}).content.decode()


def test_every_list_of_the_desk_opens(client):
    client.force_login(User.objects.create(username="chief", is_staff=True, is_superuser=True))
    broken = {}
    for model in admin.site._registry:
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        answer = client.get(path)
        if answer.status_code != 200:
            broken[path] = answer.status_code
    assert broken == {}
