"""Titles by their owner, and the switch that invoices each payment."""

import pytest
from django.db import IntegrityError, transaction

from payments import invoicing
from payments.domain.invoice import TitleFault
from payments.invoicing import TitleData
from payments.models import Title
from tests.payments.invoicing.conftest import MINE

pytestmark = pytest.mark.django_db
OTHER = "user:2"


def test_a_wrong_tax_number_is_refused_by_its_field(now):
    with pytest.raises(invoicing.WrongTitle) as refused:
        invoicing.keep(TitleData(kind="company", name="某某公司", tax_number="91350100M000100Y44"), owner=MINE, now=now)
    assert refused.value.faults == {"tax_number": TitleFault.TAX_NUMBER_WRONG}


def test_anothers_title_is_not_changed_removed_or_used(mine, now):
    with pytest.raises(Title.DoesNotExist):
        invoicing.keep(TitleData(kind="person", name="王五"), owner=OTHER, title_id=mine.pk, now=now)
    assert not invoicing.remove(mine.pk, owner=OTHER, now=now)
    assert not invoicing.make_default(mine.pk, owner=OTHER)
    assert not invoicing.switch_auto(owner=OTHER, title_id=mine.pk, language="en", now=now)


def test_there_are_so_many_titles_and_no_more(now):
    for n in range(invoicing.MOST_TITLES):
        invoicing.keep(TitleData(kind="person", name=f"李{n}"), owner=MINE, now=now)
    with pytest.raises(invoicing.TooMany):
        invoicing.keep(TitleData(kind="person", name="李四"), owner=MINE, now=now)


def test_postgresql_keeps_one_default_an_owner(mine, company):
    with pytest.raises(IntegrityError), transaction.atomic():
        Title.objects.update(is_default=True)


def test_postgresql_wants_a_tax_number_of_a_company(mine):
    with pytest.raises(IntegrityError), transaction.atomic():
        Title.objects.update(kind="company")


def test_the_first_title_is_the_default_until_another_is(mine, company, now):
    assert [title.pk for title in invoicing.titles_of(MINE)] == [mine.pk, company.pk]
    assert invoicing.make_default(company.pk, owner=MINE)
    assert [title.pk for title in invoicing.titles_of(MINE)] == [company.pk, mine.pk]
    invoicing.remove(company.pk, owner=MINE, now=now)
    assert [(title.pk, title.is_default) for title in invoicing.titles_of(MINE)] == [(mine.pk, True)]


def test_a_title_is_tidied(now):
    title = invoicing.keep(
        TitleData(kind="company", name=" 某某  公司 ", tax_number="91350100m000100y43"), owner=MINE, now=now
    )
    assert (title.name, title.tax_number) == ("某某 公司", "91350100M000100Y43")


def test_a_person_has_no_tax_number(now):
    title = invoicing.keep(TitleData(kind="person", name="李四", tax_number="123"), owner=MINE, now=now)
    assert title.tax_number == ""


def test_the_switch_goes_on_off_and_off_with_its_title(mine, company, now):
    assert invoicing.auto_of(MINE) is None
    assert invoicing.switch_auto(owner=MINE, title_id=mine.pk, language="zh-hans", now=now)
    since = invoicing.auto_of(MINE).since_at
    invoicing.switch_auto(owner=MINE, title_id=company.pk, language="zh-hans", now=now.replace(year=2027))
    assert (invoicing.auto_of(MINE).since_at, invoicing.auto_of(MINE).title_id) == (since, company.pk)
    invoicing.remove(company.pk, owner=MINE, now=now)
    assert invoicing.auto_of(MINE) is None
