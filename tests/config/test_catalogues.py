"""Message catalogues are compiled without the system's gettext, and only when they changed."""

import gettext
import os

import pytest
from babel.messages.pofile import PoFileError

from config import catalogues

ENGLISH = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "泊位"
msgstr "berth"

#, fuzzy
msgid "路段"
msgstr "guess"
"""


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(ENGLISH)
    return folder / "django.po"


def test_a_broken_catalogue_is_refused_and_leaves_the_old_one(tmp_path, source):
    catalogues.compile_stale(folder=tmp_path)
    source.write_text('msgid "泊位"\nnonsense\n')
    os.utime(source, (4e9, 4e9))
    with pytest.raises(PoFileError):
        catalogues.compile_stale(folder=tmp_path)
    assert _translate(source, "泊位") == "berth"


def test_a_message_is_translated_and_a_guess_is_not_used(tmp_path, source):
    assert catalogues.compile_stale(folder=tmp_path) == [source.with_suffix(".mo")]
    assert _translate(source, "泊位") == "berth"
    assert _translate(source, "路段") == "路段"


def test_an_unchanged_catalogue_is_left_alone(tmp_path, source):
    catalogues.compile_stale(folder=tmp_path)
    assert catalogues.compile_stale(folder=tmp_path) == []


def _translate(source, message):
    with source.with_suffix(".mo").open("rb") as compiled:
        return gettext.GNUTranslations(compiled).gettext(message)
