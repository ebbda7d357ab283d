"""Rules that are tests, not habits: imports point down, only storage speaks SQL, plugin folders hold plugins."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("bot", "handlers", "knowledge", "storage")


def _sources(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def test_imports_only_point_down() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", _sources("bot", "handlers", "knowledge"), ids=lambda p: str(p.relative_to(ROOT)))
def test_only_storage_builds_sql(path: Path) -> None:
    """Sessions may be passed on, statements are built in `storage` alone."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "sqlalchemy":
            names = {alias.name for alias in node.names}
            assert not names & {"select", "insert", "update", "delete", "text"}, f"{path}:{node.lineno}"


def test_no_name_says_nothing() -> None:
    """A module called utils, helpers, manager or common has no subject."""
    for path in _sources(*PACKAGES):
        assert path.stem not in {"utils", "util", "helpers", "helper", "manager", "common", "misc"}, path


def test_the_environment_has_one_reader() -> None:
    pattern = re.compile(r"os\.environ|os\.getenv")
    readers = [p.relative_to(ROOT).as_posix() for p in _sources(*PACKAGES) if pattern.search(p.read_text())]
    assert readers in ([], ["bot/settings.py"])


def test_no_registry_address_or_machine_path_is_shipped() -> None:
    """Lock files carry hashes, not addresses."""
    for name in ("requirements.lock", "requirements-dev.lock"):
        assert "://" not in (ROOT / name).read_text(), name
