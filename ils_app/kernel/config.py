"""What an operator decides before start: one frozen settings object, read once, wrong values refused by name.

A variable comes from the environment, else from `.env`, else (outside production) from what `.ils/` generated.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from ils_app.kernel import local_folder
from ils_app.kernel.settings_reader import EMBEDDED_ROLE, ConfigError, Reader, is_loopback, libpq_url

__all__ = ["ConfigError", "Environment", "Settings", "current", "home", "load", "require_database"]

SANDBOX_DATABASE = "lims.sqlite"
STRIPE = "https://api.stripe.com"
STRIPE_SIGNERS = r"whsec_[\w+/=-]{8,}( +whsec_[\w+/=-]{8,})*"
NAME_MAKE_RUN = "type `make run`, which starts everything"


class Environment(StrEnum):
    """Where this process runs; production refuses whatever is only good for trying things out."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class Settings(BaseModel):
    """Every setting, checked; attributes are the variables' names in lower case. Secrets do not show when printed."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    home: Path  # the folder that holds `.env` and `.ils/`
    ils_env: Environment
    ils_worker: str  # "inline": durable jobs run inside the app's process; "none": `python -m ils_app worker` does
    port: int
    public_url: str  # scheme and host, no path, no trailing slash
    lims_sandbox_port: int

    database_url: str | None = Field(repr=False)  # `postgresql+psycopg://…`; see `require_database`
    redis_url: str | None = Field(repr=False)

    lims_api_base_url: str
    lims_api_key: SecretStr
    lims_webhook_secret: SecretStr  # one or several, newest first, separated by spaces
    lims_rate_per_minute: int
    lims_client_cert: Path | None
    lims_client_key: Path | None
    lims_allow_hex_signature: bool

    session_secret: SecretStr
    admin_setup_key: SecretStr
    auth_provider: str
    cognito_user_pool_id: str | None
    cognito_client_id: str | None
    auth_issuer: str | None
    auth_client_id: str | None
    auth_client_secret: SecretStr | None

    stripe_api_key: SecretStr | None
    stripe_webhook_secret: SecretStr | None  # one or several, newest first, separated by spaces
    stripe_api_base: str
    resend_api_key: SecretStr | None
    sendgrid_api_key: SecretStr | None
    smtp_url: str | None = Field(repr=False)
    mail_from: str | None
    files_url: str
    aws_region: str | None
    aws_access_key_id: str | None
    aws_secret_access_key: SecretStr | None

    trusted_proxies: tuple[str, ...]  # addresses or networks whose X-Forwarded-For is believed
    metrics_token: SecretStr | None  # what a scraper brings; without one `/metrics` is closed in production
    worker_metrics_port: int  # where a worker tells its figures, on loopback; 0: nowhere

    demo_password: SecretStr | None  # of the demo people; None in production, where there are none

    @property
    def production(self) -> bool:
        """Whether this is the real thing."""
        return self.ils_env is Environment.PRODUCTION

    @property
    def lims_is_sandbox(self) -> bool:
        """Whether the LIMS is the sandbox on this machine, which needs no sparing."""
        return self.lims_api_base_url == f"http://127.0.0.1:{self.lims_sandbox_port}"

    @property
    def lims_webhook_secrets(self) -> tuple[str, ...]:
        """The LIMS's signing secrets, newest first; a delivery signed with any of them is genuine."""
        return tuple(self.lims_webhook_secret.get_secret_value().split())

    @property
    def stripe_webhook_secrets(self) -> tuple[str, ...]:
        """Stripe's signing secrets, newest first; an event signed with any of them is genuine."""
        return tuple(self.stripe_webhook_secret.get_secret_value().split()) if self.stripe_webhook_secret else ()

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies may be marked `Secure`: people reach ILS over https."""
        return self.public_url.startswith("https://")

    def require_database(self) -> str:
        """The database's address for SQLAlchemy; raises `ConfigError` when there is none."""
        if self.database_url is None:
            raise ConfigError("DATABASE_URL", f"is not set: set it, or {NAME_MAKE_RUN}.")
        return self.database_url

    def require_libpq_url(self) -> str:
        """The database's address for psycopg and PostgreSQL's own tools; raises `ConfigError` when there is none."""
        return libpq_url(self.require_database())


def home() -> Path:
    """The folder of `.env` and `.ils/`: `ILS_HOME`, else the project's own folder."""
    return Path(os.environ.get("ILS_HOME") or Path(__file__).parents[2]).resolve()


@functools.cache
def current() -> Settings:
    """This process's settings, read once; raises `ConfigError`."""
    return load(os.environ, home=home())


def require_database() -> str:
    """The address of this process's database for SQLAlchemy; raises `ConfigError` that names `make run`."""
    return current().require_database()


def load(environ: Mapping[str, str], *, home: Path) -> Settings:
    """Read and check every variable; raises `ConfigError` naming the first that is wrong or missing.

    `environ` goes over `home/.env`, which goes over what is generated into `home/.ils/` outside production.
    An empty value counts as not set; unknown variables are ignored.
    """
    read = Reader(environ, env_file=home / ".env")
    environment = Environment(read.choice("ILS_ENV", list(Environment), default=Environment.DEVELOPMENT))
    try:
        if environment is Environment.PRODUCTION:
            generated = local_folder.existing_secrets(home)
            read.refuse_generated(generated)
            defaults: Mapping[str, str] = {}
        else:
            generated = defaults = local_folder.development_secrets(home)
    except local_folder.LocalFolderError as error:
        raise ConfigError("", str(error)) from error
    settings = _read_settings(read, environment, defaults, home)
    _refuse_contradictions(settings)
    if settings.production:
        _refuse_in_production(settings, cors=read.text("REFLEX_CORS_ALLOWED_ORIGINS"))
    return settings


def _read_settings(read: Reader, environment: Environment, defaults: Mapping[str, str], home: Path) -> Settings:
    production = environment is Environment.PRODUCTION
    port = read.integer("PORT", default=3000, low=1, high=65535)
    sandbox_port = read.integer("LIMS_SANDBOX_PORT", default=8400, low=1, high=65535)
    sandbox_url = None if production else f"http://127.0.0.1:{sandbox_port}"
    lims_url = read.web_address("LIMS_API_BASE_URL", default=sandbox_url, path=True)
    # A generated key means nothing to a LIMS elsewhere, and must not be sent to it.
    lims_defaults = defaults if is_loopback(lims_url) else {}
    return Settings(
        home=home,
        ils_env=environment,
        ils_worker=read.choice("ILS_WORKER", ["inline", "none"], default="inline"),
        port=port,
        public_url=read.web_address("PUBLIC_URL", default=None if production else f"http://127.0.0.1:{port}"),
        lims_sandbox_port=sandbox_port,
        database_url=read.database_address("DATABASE_URL"),
        redis_url=read.redis_address("REDIS_URL"),
        lims_api_base_url=lims_url,
        lims_api_key=read.given_secret("LIMS_API_KEY", defaults=lims_defaults),
        lims_webhook_secret=read.webhook_secrets("LIMS_WEBHOOK_SECRET", defaults=lims_defaults),
        lims_rate_per_minute=read.integer("LIMS_RATE_PER_MINUTE", default=1000, low=2, high=1_000_000),
        lims_client_cert=read.file("LIMS_CLIENT_CERT"),
        lims_client_key=read.file("LIMS_CLIENT_KEY"),
        lims_allow_hex_signature=read.switch("LIMS_ALLOW_HEX_SIGNATURE", default=False),
        session_secret=read.secret("SESSION_SECRET", defaults=defaults, shortest=32),
        admin_setup_key=read.secret("ADMIN_SETUP_KEY", defaults=defaults, shortest=16),
        auth_provider=read.choice("AUTH_PROVIDER", ["local", "cognito", "auth0"], default="local"),
        cognito_user_pool_id=read.shaped("COGNITO_USER_POOL_ID", r"[a-z]{2}(-[a-z]+)+-\d_\w+", "eu-west-1_AbCdEf123"),
        cognito_client_id=read.shaped("COGNITO_CLIENT_ID", r"[\w+]{1,128}", "the app client's id"),
        auth_issuer=read.optional_web_address("AUTH_ISSUER"),
        auth_client_id=read.shaped("AUTH_CLIENT_ID", r"\S{1,256}", "the client's id"),
        auth_client_secret=read.shaped_secret("AUTH_CLIENT_SECRET", r"\S{8,}", "the client's secret"),
        stripe_api_key=read.shaped_secret("STRIPE_API_KEY", r"(sk|rk)_(test|live)_\w{8,}", "sk_live_…"),
        stripe_webhook_secret=read.shaped_secret("STRIPE_WEBHOOK_SECRET", STRIPE_SIGNERS, "whsec_…", defaults=defaults),
        stripe_api_base=read.web_address("STRIPE_API_BASE", default=STRIPE),
        resend_api_key=read.shaped_secret("RESEND_API_KEY", r"re_\w{8,}", "re_…"),
        sendgrid_api_key=read.shaped_secret("SENDGRID_API_KEY", r"SG\.[\w.-]{8,}", "SG.…"),
        smtp_url=read.smtp_address("SMTP_URL"),
        mail_from=read.shaped("MAIL_FROM", r"[^<>@]+<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+", "ILS <ils@lab.com>"),
        files_url=read.files_address("FILES_URL", default=(home / local_folder.FOLDER / "files").as_uri()),
        aws_region=read.shaped("AWS_REGION", r"[a-z]{2}(-[a-z]+)+-\d", "eu-west-1"),
        aws_access_key_id=read.shaped("AWS_ACCESS_KEY_ID", r"\w{4,128}", "AKIA…"),
        aws_secret_access_key=read.shaped_secret("AWS_SECRET_ACCESS_KEY", r"\S{4,}", "the key's secret"),
        trusted_proxies=read.networks("TRUSTED_PROXIES"),
        metrics_token=read.shaped_secret("METRICS_TOKEN", r"\S{16,}", "16 characters or more"),
        worker_metrics_port=read.integer("WORKER_METRICS_PORT", default=0, low=0, high=65535),
        demo_password=SecretStr(defaults["demo_password"]) if defaults else None,
    )


def _refuse_contradictions(settings: Settings) -> None:
    """Two variables that are each well formed may still not go together."""
    if settings.auth_provider != "local":
        raise ConfigError("AUTH_PROVIDER", "can only be `local` in this version of ILS: set it to `local`.")
    if settings.lims_client_cert and not settings.lims_client_key:
        raise ConfigError("LIMS_CLIENT_KEY", "is missing: LIMS_CLIENT_CERT is of no use without its key file.")
    if settings.lims_client_key and not settings.lims_client_cert:
        raise ConfigError("LIMS_CLIENT_CERT", "is missing: LIMS_CLIENT_KEY is of no use without its certificate file.")
    if bool(settings.aws_access_key_id) != bool(settings.aws_secret_access_key):
        missing = "AWS_SECRET_ACCESS_KEY" if settings.aws_access_key_id else "AWS_ACCESS_KEY_ID"
        raise ConfigError(missing, "is missing: set both halves of the AWS key, or neither under a role.")
    if settings.files_url.startswith("s3://") and not settings.aws_region:
        raise ConfigError("AWS_REGION", "is missing: FILES_URL names an S3 bucket, so say which region it is in.")
    mailers = {
        "RESEND_API_KEY": settings.resend_api_key,
        "SENDGRID_API_KEY": settings.sendgrid_api_key,
        "SMTP_URL": settings.smtp_url,
    }
    chosen = [name for name, value in mailers.items() if value]
    if len(chosen) > 1:
        raise ConfigError(chosen[1], f"and {chosen[0]} are both set: keep the one that mail should go through.")
    if chosen and not settings.mail_from:
        raise ConfigError("MAIL_FROM", f"is missing: {chosen[0]} is set, so say whom mail comes from.")


def _refuse_in_production(settings: Settings, *, cors: str | None) -> None:
    """Refuse whatever is only good for trying things out."""
    if not settings.public_url.startswith("https://") and not is_loopback(settings.public_url):
        raise ConfigError("PUBLIC_URL", "must start with https:// in production: people's sessions travel over it.")
    if settings.database_url is None:
        raise ConfigError("DATABASE_URL", "is missing: production needs a PostgreSQL of its own, so set its address.")
    if urlsplit(settings.database_url).username == EMBEDDED_ROLE:
        raise ConfigError("DATABASE_URL", "names the embedded database: production needs a PostgreSQL of its own.")
    lims = urlsplit(settings.lims_api_base_url)
    if is_loopback(settings.lims_api_base_url) and lims.port == settings.lims_sandbox_port:
        raise ConfigError("LIMS_API_BASE_URL", "names the sandbox: set it to the address of the lab's own LIMS.")
    if lims.scheme != "https" and not is_loopback(settings.lims_api_base_url):
        raise ConfigError("LIMS_API_BASE_URL", "must start with https:// in production: patients' data travel over it.")
    if settings.stripe_api_key and not settings.stripe_webhook_secret:
        raise ConfigError("STRIPE_WEBHOOK_SECRET", "is missing: without it no payment that Stripe reports is believed.")
    if urlsplit(settings.stripe_api_base).scheme != "https" and not is_loopback(settings.stripe_api_base):
        raise ConfigError("STRIPE_API_BASE", "must start with https:// in production: the key travels over it.")
    if cors and "*" in cors:
        raise ConfigError("REFLEX_CORS_ALLOWED_ORIGINS", "opens ILS to every site: remove it, PUBLIC_URL is enough.")
