"""Files of the protected zone: for their owner only, whole or as before."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from analysis import private_json
from analysis.errors import CannotWrite


def test_what_is_written_is_read_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    private_json.write(path, {"å": [1]})
    assert private_json.read(path) == {"å": [1]}
    assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff", b"[" * 100_000], ids=range(5))
def test_what_is_damaged_is_empty(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    assert private_json.read(tmp_path / "a.json") == {}
    assert private_json.read(tmp_path / "b.json") == {}
    assert private_json.read(tmp_path) == {}


@pytest.mark.parametrize("failing", ["replace", "fsync", "open"])
def test_a_full_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = tmp_path / "a.json"
    private_json.write(path, {"old": 1})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(f"os.{failing}", full)
        with pytest.raises(CannotWrite, match=r"a\.json cannot be written \(No space left on device\)"):
            private_json.write(path, {"new": 1})
    assert private_json.read(path) == {"old": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
