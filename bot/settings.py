"""The only reader of the environment: every setting, its default, its meaning; `.env.example` is tested against it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "LIXIAO_"
OF_THE_TESTS = {"LIXIAO_CI", "LIXIAO_TEST_POSTGRES"}
"""Names that the test suite reads, not the program."""
KEYS_FILE = "keys.env"
"""In the data directory; `lixiao demo` and `lixiao keys make` write it where no key is set."""


class Settings(BaseSettings):
    """What the operator decides. A value in the environment wins over `.env`, `.env` over `<data_dir>/keys.env`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore")

    data_dir: Path = Field(Path("data"), description="the SQLite file and every file the program keeps")
    database_url: str = Field(
        "", repr=False, description="empty: SQLite in the data directory; or postgresql+psycopg://user@host/name"
    )
    keys: SecretStr = Field(SecretStr(""), description="key ring of the sealed columns, name:key, newest first")
    lookup_key: SecretStr = Field(SecretStr(""), description="key of the keyed hashes; never rotated")

    host: str = Field("127.0.0.1", description="where `serve` and `demo` listen")
    port: Annotated[int, Field(ge=0, le=65535, description="0 takes any free port")] = 8080
    public_url: str = Field("", description="how people reach the pages from outside; empty: http://host:port")
    body_limit: Annotated[int, Field(ge=1024, description="largest body of a request, in bytes")] = 12 * 1024 * 1024
    trusted_proxies: str = Field("127.0.0.1", description="whose X-Forwarded-For is believed, joined by commas")
    metrics_token: SecretStr = Field(SecretStr(""), description="who brings it reads /metrics; empty: this machine")

    log_format: Literal["console", "json"] = Field("console", description="console for people, json for machines")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least important line written")

    telegram_token: SecretStr = Field(SecretStr(""), description="token of @BotFather; empty: no Telegram")
    telegram_mode: Literal["polling", "webhook"] = Field("polling", description="we ask Telegram, or Telegram calls us")
    telegram_secret: SecretStr = Field(
        SecretStr(""), description="secret of the webhook, 22-256 of A-Z a-z 0-9 _ -; empty: made from the look-up key"
    )
    telegram_api: str = Field("https://api.telegram.org", description="address of the Bot API; own server possible")
    telegram_proxy: str = Field("", repr=False, description="proxy to the Bot API: http://, https:// or socks5://")
    telegram_sensitive_route: str = Field(
        "", description="legal route (PIPL 38) by which sensitive data may be asked on Telegram; empty: never"
    )

    wecom_corp_id: str = Field("", description="企业 ID of 企业微信; empty: no 企业微信")
    wecom_agent_id: Annotated[int, Field(ge=0, description="AgentId of the application")] = 0
    wecom_secret: SecretStr = Field(SecretStr(""), description="Secret of the application")
    wecom_token: SecretStr = Field(SecretStr(""), description="Token of the application's callback")
    wecom_aes_key: SecretStr = Field(SecretStr(""), description="EncodingAESKey of the application's callback")
    wecom_api: str = Field("https://qyapi.weixin.qq.com", description="address of the API; a proxy of one's own")

    wechat_app_id: str = Field("", description="AppID of the 公众号; empty: no 公众号")
    wechat_secret: SecretStr = Field(SecretStr(""), description="AppSecret of the 公众号")
    wechat_token: SecretStr = Field(SecretStr(""), description="Token of its callback")
    wechat_aes_key: SecretStr = Field(SecretStr(""), description="EncodingAESKey of its callback")
    wechat_mode: Literal["encrypted", "compatible", "plain"] = Field(
        "encrypted", description="how calls come; in plain mode the signature does not cover what is said"
    )
    wechat_api: str = Field("https://api.weixin.qq.com", description="address of the API; a proxy of one's own")
    wechat_template: str = Field("", description="template message '<id>:<field>' that tells that something waits")
    wechat_subscription: str = Field("", description="subscription message '<id>:<field>' for the same")

    model_url: str = Field("", description="OpenAI-compatible endpoint (…/v1) that may point at passages; empty: none")
    model_key: SecretStr = Field(SecretStr(""), description="its key")
    model_name: str = Field("", description="the model asked there")

    digest_at: time = Field(time(9), description="school time from which the daily digest goes out")
    quiet_from: time = Field(time(22), description="school time from which nothing is pushed")
    quiet_until: time = Field(time(8), description="school time from which pushing starts again")
    tick_seconds: Annotated[int, Field(ge=1, le=3600, description="how often the clockwork runs")] = 20
    unknown: Literal["again", "ask"] = Field(
        "again", description="a message that may have arrived: sent again, marked as such, or left for the office"
    )
    engine_url: str = Field(
        "", repr=False, description="NATS with JetStream (nats://host:4222) for roles clock and worker; empty: none"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The usual sources, and last the key file of the data directory they name."""
        told = (init_settings, env_settings, dotenv_settings)
        data_dir = next((Path(values["data_dir"]) for values in (s() for s in told) if "data_dir" in values), None)
        keys = DotEnvSettingsSource(settings_cls, env_file=(data_dir or _default_data_dir(cls)) / KEYS_FILE)
        return (*told, keys, file_secret_settings)

    @field_validator("public_url")
    @classmethod
    def _no_slash_at_the_end(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("model_url")
    @classmethod
    def _an_address_or_nothing(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("LIXIAO_MODEL_URL 要以 https:// 开头，或留空")
        return value.rstrip("/")

    @field_validator("telegram_api", "wecom_api", "wechat_api")
    @classmethod
    def _an_address(cls, value: str, info: ValidationInfo) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError(f"{PREFIX}{(info.field_name or '').upper()} 要以 https:// 开头")
        return value.rstrip("/")

    @field_validator("telegram_secret")
    @classmethod
    def _128_bits(cls, value: SecretStr) -> SecretStr:
        given = value.get_secret_value()
        if given and not re.fullmatch(r"[A-Za-z0-9_-]{22,256}", given):
            raise ValueError("LIXIAO_TELEGRAM_SECRET 要 22 到 256 个字母、数字、_ 或 -")
        return value

    @field_validator("wechat_template", "wechat_subscription")
    @classmethod
    def _id_and_field(cls, value: str, info: ValidationInfo) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9_-]+:[a-z_]+[0-9]*", value):
            raise ValueError(f"{PREFIX}{(info.field_name or '').upper()} 要写成「模板 ID:字段名」，例如 abc:thing1")
        return value

    @model_validator(mode="after")
    def _sqlite_in_the_data_dir(self) -> Settings:
        if not self.database_url:
            self.database_url = f"sqlite+aiosqlite:///{self.data_dir / 'lixiao.db'}"
        return self

    @property
    def files_dir(self) -> Path:
        """Where the sealed files lie."""
        return self.data_dir / "files"

    @property
    def keys_file(self) -> Path:
        """Where `keys make` writes."""
        return self.data_dir / KEYS_FILE

    @property
    def url(self) -> str:
        """How a person reaches the pages."""
        host = "localhost" if self.host in ("0.0.0.0", "::", "127.0.0.1") else self.host  # noqa: S104 # compared, not bound
        return self.public_url or f"http://{host}:{self.port}"


def unknown_names(environment: Mapping[str, str] | None = None) -> list[str]:
    """`LIXIAO_…` names in the environment that no setting reads: most likely misspelt."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields} | OF_THE_TESTS
    names = os.environ if environment is None else environment
    return sorted(name for name in names if name.upper().startswith(PREFIX) and name.upper() not in known)


def _default_data_dir(settings: type[BaseSettings]) -> Path:
    default: Any = settings.model_fields["data_dir"].default
    return Path(default)
