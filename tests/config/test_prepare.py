"""Static files are gathered when they changed, and only then."""

import pytest

from config.management.commands.prepare import gather_static


@pytest.fixture
def source(tmp_path, settings):
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "street.css").write_text("a { color: red }")
    settings.STATICFILES_DIRS = [str(folder)]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = str(tmp_path / "root")
    return folder / "street.css"


def test_an_interrupted_gathering_is_done_again(tmp_path, source):
    gather_static()
    (tmp_path / "root" / ".gathered-from").unlink()
    (tmp_path / "root" / "street.css").unlink()
    assert gather_static()
    assert (tmp_path / "root" / "street.css").exists()


def test_unchanged_files_are_left_alone(source):
    assert gather_static()
    assert not gather_static()


def test_a_changed_file_is_gathered_and_a_removed_one_goes(tmp_path, source):
    (source.parent / "old.css").write_text("b {}")
    gather_static()
    source.write_text("a { color: blue } /* longer */")
    (source.parent / "old.css").unlink()
    assert gather_static()
    assert "blue" in (tmp_path / "root" / "street.css").read_text()
    assert not (tmp_path / "root" / "old.css").exists()
