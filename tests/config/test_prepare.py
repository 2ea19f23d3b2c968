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


@pytest.mark.parametrize(("production", "kinds"), [(False, {".gz"}), (True, {".gz", ".br"})])
def test_files_are_compressed_under_hashed_names_and_maps_are_not(tmp_path, source, settings, production, kinds):
    settings.PRODUCTION = production
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "config.static_files.HashedStaticFiles"}}
    source.write_text("a { color: red }\n" * 200)
    (source.parent / "street.js.map").write_text("{}" * 2000)
    gather_static()
    made = {file.name for file in (tmp_path / "root").iterdir()}
    hashed = next(name for name in made if name.startswith("street.") and name.count(".") == 2 and name.endswith("css"))
    assert {name.removeprefix(hashed) for name in made if name.startswith(hashed)} - {""} == kinds
    assert not any(name.endswith((".map.gz", ".map.br")) for name in made)
