"""Where keys come from when nobody has set any: a file in the data directory that only its owner reads."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path

from bot.settings import PREFIX, Settings
from storage.crypto import new_key

FIRST = "k1"


def fresh_lines(name: str = FIRST) -> str:
    """New keys as two lines for `.env` or `keys.env`."""
    return f"{PREFIX}KEYS={name}:{new_key()}\n{PREFIX}LOOKUP_KEY={new_key()}\n"


def write_new(path: Path) -> None:
    """Writes fresh keys where no file is yet, readable by the owner only. Raises `FileExistsError`."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("# 丢了这些密钥，库里的个人信息就再也打不开：请另外备份，不要和数据放在一起。\n" + fresh_lines())


def with_another(keys: str) -> str:
    """The key ring with a fresh key in front, under the next free name."""
    names = {entry.partition(":")[0].strip() for entry in keys.split(",")}
    name = next(f"k{number}" for number in itertools.count(1) if f"k{number}" not in names)
    return ",".join(filter(None, (f"{name}:{new_key()}", keys.strip())))


def replace_in_file(path: Path, old: str, new: str) -> bool:
    """Puts the new ring where the file says the old one, whole or not at all; False: the keys are not from there."""
    line = f"{PREFIX}KEYS={old}"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if not old or line not in text.splitlines():
        return False
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text.replace(line, f"{PREFIX}KEYS={new}"))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return True


def with_keys(settings: Settings, tell: Callable[[str], object]) -> Settings:
    """The settings with keys: made now where this is a new SQLite store and none are set.

    A store that exists, or a server's, was made with keys that somebody has: then nothing is made up.
    """
    if settings.keys.get_secret_value() or settings.keys_file.exists() or not _is_new(settings):
        return settings
    write_new(settings.keys_file)
    tell(f"已生成密钥：{settings.keys_file}（请另外备份）")
    return settings.model_copy(update=_read_back(settings))


def _is_new(settings: Settings) -> bool:
    ours = f"sqlite+aiosqlite:///{settings.data_dir / 'lixiao.db'}"
    return settings.database_url == ours and not (settings.data_dir / "lixiao.db").exists()


def _read_back(settings: Settings) -> dict[str, object]:
    again = Settings(data_dir=settings.data_dir)
    return {"keys": again.keys, "lookup_key": again.lookup_key}
