"""A file in a cell: its content, or the path of one below the import's folder, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmgraph.actions.values import Fault
from crmgraph.importing.cells import file_value
from crmgraph.importing.mapping import FORMAT_KEYS


def test_a_file_below_the_folder(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    path = tmp_path / "photos" / "a b.png"
    path.write_bytes(b"P")
    found = {"name": "a b.png", "mime_type": "image/png", "source": path}
    assert file_value("file:photos/a b.png", str(tmp_path)) == found
    given = {"name": "Größe; x.txt", "mime_type": "text/plain", "source": path}
    assert file_value("file:photos/a b.png;type=text/plain;name=Größe; x.txt", str(tmp_path)) == given
    assert file_value("data:text/plain;name=a.txt;base64,QQ==", str(tmp_path))["content"] == b"A"


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "photos/../../secret", "none.png", "photos", "link"])
def test_no_other_file_is_read(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "folder"
    (folder / "photos").mkdir(parents=True)
    (tmp_path / "secret").write_text("s")
    (folder / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(Fault):
        file_value(f"file:{path}", str(folder))


def test_what_somebody_sends_names_no_file(tmp_path: Path) -> None:
    """An import through the API has no folder, and no map can give it one."""
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(Fault):
        file_value(f"file:{tmp_path}/a.txt")
    assert "files" not in FORMAT_KEYS
