"""The settings: every variable by its name, and every wrong one refused by its name."""

import base64
from pathlib import Path

import pytest

from ils_app.kernel import config
from ils_app.kernel.config import ConfigError, Environment, Settings, load

WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()
PRODUCTION = {
    "ILS_ENV": "production",
    "PUBLIC_URL": "https://ils.example.com",
    "DATABASE_URL": "postgresql://ils:pw@db.internal:5432/ils",
    "LIMS_API_BASE_URL": "https://lims.example.com/api",
    "LIMS_API_KEY": "key-of-the-lab",
    "LIMS_WEBHOOK_SECRET": WEBHOOK_SECRET,
    "SESSION_SECRET": "s" * 32,
    "ADMIN_SETUP_KEY": "a" * 16,
}


def test_with_nothing_set_every_default_is_the_documented_one(tmp_path: Path):
    settings = load({}, home=tmp_path)
    assert settings.ils_env is Environment.DEVELOPMENT
    assert (settings.port, settings.public_url, settings.lims_sandbox_port) == (3000, "http://127.0.0.1:3000", 8400)
    assert settings.database_url is None
    assert settings.redis_url is None
    assert settings.lims_api_base_url == "http://127.0.0.1:8400"
    assert settings.lims_rate_per_minute == 1000
    assert settings.lims_is_sandbox
    assert settings.lims_allow_hex_signature is False
    assert (settings.auth_provider, settings.ils_worker) == ("local", "inline")
    assert settings.files_url == (tmp_path / ".ils" / "files").as_uri()


def test_the_public_address_follows_the_port(tmp_path: Path):
    assert load({"PORT": "4000"}, home=tmp_path).public_url == "http://127.0.0.1:4000"


def test_generated_secrets_stay_the_same_and_only_their_owner_can_read_them(tmp_path: Path):
    first = load({}, home=tmp_path)
    second = load({}, home=tmp_path)
    assert first == second
    assert len(first.session_secret.get_secret_value()) >= 32
    assert (tmp_path / ".ils").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / ".ils" / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_secrets_file_that_others_could_read_is_closed_again(tmp_path: Path):
    load({}, home=tmp_path)
    (tmp_path / ".ils").chmod(0o755)
    (tmp_path / ".ils" / "secrets.json").chmod(0o644)
    load({}, home=tmp_path)
    assert (tmp_path / ".ils").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / ".ils" / "secrets.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["{", '["a"]', '{"SESSION_SECRET": 3}'])
def test_a_damaged_secrets_file_says_what_to_do(tmp_path: Path, damage: str):
    (tmp_path / ".ils").mkdir()
    (tmp_path / ".ils" / "secrets.json").write_text(damage)
    with pytest.raises(ConfigError, match=r"secrets\.json .*: delete .*\.ils to start"):
        load({}, home=tmp_path)


def test_a_home_that_cannot_hold_the_folder_says_what_to_do(tmp_path: Path):
    (tmp_path / ".ils").write_text("a file")
    with pytest.raises(ConfigError, match=r"\.ils cannot be made or opened .*: make .* writable"):
        load({}, home=tmp_path)


def test_no_secret_shows_when_the_settings_are_printed(tmp_path: Path):
    given = {
        "DATABASE_URL": "postgresql://ils:pw-database@h/ils",
        "REDIS_URL": "redis://:pw-redis@h:6379/0",
        "SMTP_URL": "smtp://me:pw-mail@h:25",
        "MAIL_FROM": "ILS <ils@lab.com>",
        "STRIPE_API_KEY": "sk_test_secret12345",
        "SESSION_SECRET": "a-session-secret-that-is-long-enough",
    }
    settings = load(given, home=tmp_path)
    shown = f"{settings!r} {settings}"
    for secret in ("pw-database", "pw-redis", "pw-mail", "sk_test", "a-session", settings.lims_webhook_secrets[0]):
        assert secret not in shown
    assert settings.session_secret.get_secret_value() == given["SESSION_SECRET"]


def test_settings_do_not_change(tmp_path: Path):
    settings = load({}, home=tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]


def test_the_environment_goes_over_the_env_file_which_goes_over_what_was_generated(tmp_path: Path):
    (tmp_path / ".env").write_text(
        "# comment\n\nexport PORT=4000\nLIMS_SANDBOX_PORT = '8500'  # here\n"
        'ADMIN_SETUP_KEY="from the # file itself"\n'
        "SESSION_SECRET=\nSTRIPE_API_KEY=sk_test_abcdefgh # there\nUNKNOWN=anything\n"
    )
    settings = load({"PORT": "5000"}, home=tmp_path)
    assert (settings.port, settings.lims_sandbox_port) == (5000, 8500)
    assert settings.admin_setup_key.get_secret_value() == "from the # file itself"
    assert settings.stripe_api_key is not None
    assert settings.stripe_api_key.get_secret_value() == "sk_test_abcdefgh"
    assert len(settings.session_secret.get_secret_value()) >= 32  # an empty value is none


@pytest.mark.parametrize("line", ["PORT", "PORT='4000", "=3"])
def test_a_line_of_the_env_file_that_is_none_is_named_by_its_number(tmp_path: Path, line: str):
    (tmp_path / ".env").write_text(f"PORT=4000\n{line}\n")
    with pytest.raises(ConfigError, match=r"\.env, line 2, is not `NAME=value`"):
        load({}, home=tmp_path)


def test_an_env_file_that_is_not_text_is_named(tmp_path: Path):
    (tmp_path / ".env").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"\.env cannot be read"):
        load({}, home=tmp_path)


WRONG = [
    ("ILS_ENV", "prod"),
    ("ILS_WORKER", "outside"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "http"),
    ("PORT", "-1"),
    ("PORT", "٣٠٠٠"),
    ("LIMS_SANDBOX_PORT", "84OO"),
    ("PUBLIC_URL", "ils.example.com"),
    ("PUBLIC_URL", "ftp://ils.example.com"),
    ("PUBLIC_URL", "https://ils.example.com/path"),
    ("PUBLIC_URL", "https://ils.example.com?x=1"),
    ("PUBLIC_URL", "https://me@ils.example.com"),
    ("PUBLIC_URL", "https://ils.example.com:port"),
    ("PUBLIC_URL", "https://ils example.com"),
    ("DATABASE_URL", "mysql://u:p@h/ils"),
    ("DATABASE_URL", "postgresql+asyncpg://u:p@h/ils"),
    ("DATABASE_URL", "postgresql://u:p@h"),
    ("REDIS_URL", "http://h:6379"),
    ("REDIS_URL", "redis:"),
    ("LIMS_API_BASE_URL", "lims"),
    ("LIMS_WEBHOOK_SECRET", "secret"),
    ("LIMS_WEBHOOK_SECRET", "whsec_not base64!"),
    ("LIMS_WEBHOOK_SECRET", "whsec_" + base64.b64encode(b"k" * 23).decode()),
    ("LIMS_WEBHOOK_SECRET", f"{WEBHOOK_SECRET} whsec_%%%"),
    ("LIMS_WEBHOOK_SECRET", WEBHOOK_SECRET.removeprefix("whsec_")),
    ("LIMS_RATE_PER_MINUTE", "1"),
    ("LIMS_RATE_PER_MINUTE", "1,000"),
    ("LIMS_CLIENT_CERT", "/nowhere/client.pem"),
    ("LIMS_ALLOW_HEX_SIGNATURE", "maybe"),
    ("SESSION_SECRET", "s" * 31),
    ("ADMIN_SETUP_KEY", "short"),
    ("AUTH_PROVIDER", "ldap"),
    ("AUTH_PROVIDER", "cognito"),
    ("COGNITO_USER_POOL_ID", "pool"),
    ("COGNITO_CLIENT_ID", "a b"),
    ("AUTH_ISSUER", "tenant.example.com"),
    ("AUTH_CLIENT_ID", "a b"),
    ("AUTH_CLIENT_SECRET", "short"),
    ("STRIPE_API_KEY", "pk_test_abcdefgh"),
    ("STRIPE_WEBHOOK_SECRET", "whsec_abcdefgh,other"),
    ("RESEND_API_KEY", "key"),
    ("SENDGRID_API_KEY", "key"),
    ("SMTP_URL", "mail.example.com"),
    ("MAIL_FROM", "nobody"),
    ("FILES_URL", "/var/lib/files"),
    ("FILES_URL", "s3://Not_A_Bucket"),
    ("AWS_REGION", "europe"),
    ("AWS_ACCESS_KEY_ID", "a-b"),
    ("AWS_SECRET_ACCESS_KEY", "a b"),
]


@pytest.mark.parametrize(("variable", "value"), WRONG)
def test_a_wrong_value_stops_the_start_in_one_sentence_that_names_the_variable(
    tmp_path: Path, variable: str, value: str
):
    with pytest.raises(ConfigError) as refused:
        load({variable: value}, home=tmp_path)
    sentence = str(refused.value)
    assert sentence.startswith(variable)
    assert refused.value.variable == variable
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "variable", ["SESSION_SECRET", "LIMS_WEBHOOK_SECRET", "DATABASE_URL", "STRIPE_API_KEY", "SMTP_URL"]
)
def test_a_refused_secret_is_not_in_the_sentence_that_refuses_it(tmp_path: Path, variable: str):
    with pytest.raises(ConfigError) as refused:
        load({variable: "tell-nobody"}, home=tmp_path)
    assert "tell-nobody" not in f"{refused.value!r} {refused.value.__cause__!r}"


def test_right_values_are_taken_as_they_are_meant(tmp_path: Path):
    (tmp_path / "client.pem").write_text("certificate")
    settings = load(
        {
            "ILS_ENV": "test",
            "PUBLIC_URL": "HTTPS://Ils.Example.com:8443/",
            "DATABASE_URL": "postgres://u:p@h:5433/ils?sslmode=require",
            "REDIS_URL": "rediss://h:6379/1",
            "LIMS_API_BASE_URL": "https://lims.company.com/api/",
            "LIMS_API_KEY": "k",
            "LIMS_WEBHOOK_SECRET": f"{WEBHOOK_SECRET}   {WEBHOOK_SECRET}",
            "LIMS_CLIENT_CERT": str(tmp_path / "client.pem"),
            "LIMS_CLIENT_KEY": str(tmp_path / "client.pem"),
            "LIMS_ALLOW_HEX_SIGNATURE": "on",
            "STRIPE_WEBHOOK_SECRET": "whsec_abcdefgh whsec_ijklmnop",
            "SMTP_URL": "smtps://mail.example.com",
            "MAIL_FROM": "The Lab <orders@lab.example>",
            "FILES_URL": "s3://ils-files/documents/",
            "AWS_REGION": "us-gov-east-1",
            "COGNITO_USER_POOL_ID": "eu-west-1_AbC123",
            "AUTH_ISSUER": "https://tenant.eu.auth0.com/",
        },
        home=tmp_path,
    )
    assert settings.public_url == "https://ils.example.com:8443"
    assert settings.secure_cookies
    assert settings.require_database() == "postgresql+psycopg://u:p@h:5433/ils?sslmode=require"
    assert settings.require_libpq_url() == "postgresql://u:p@h:5433/ils?sslmode=require"
    assert settings.lims_api_base_url == "https://lims.company.com/api"
    assert settings.lims_webhook_secrets == (WEBHOOK_SECRET, WEBHOOK_SECRET)
    assert settings.lims_allow_hex_signature
    assert settings.files_url == "s3://ils-files/documents"
    assert settings.stripe_webhook_secrets == ("whsec_abcdefgh", "whsec_ijklmnop")
    assert settings.stripe_api_base == "https://api.stripe.com"


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"LIMS_CLIENT_CERT": "FILE"}, "LIMS_CLIENT_KEY"),
        ({"LIMS_CLIENT_KEY": "FILE"}, "LIMS_CLIENT_CERT"),
        ({"AWS_ACCESS_KEY_ID": "AKIA1234"}, "AWS_SECRET_ACCESS_KEY"),
        ({"AWS_SECRET_ACCESS_KEY": "secret"}, "AWS_ACCESS_KEY_ID"),
        ({"FILES_URL": "s3://ils-files"}, "AWS_REGION"),
        ({"SMTP_URL": "smtp://h:25"}, "MAIL_FROM"),
        ({"RESEND_API_KEY": "re_12345678", "SENDGRID_API_KEY": "SG.12345678"}, "SENDGRID_API_KEY"),
        ({"LIMS_API_BASE_URL": "https://lims.example.com"}, "LIMS_API_KEY"),
        ({"LIMS_API_BASE_URL": "https://lims.example.com", "LIMS_API_KEY": "k"}, "LIMS_WEBHOOK_SECRET"),
    ],
)
def test_variables_that_do_not_go_together_are_refused(tmp_path: Path, given: dict[str, str], missing: str):
    (tmp_path / "file").write_text("x")
    given = {name: value.replace("FILE", str(tmp_path / "file")) for name, value in given.items()}
    with pytest.raises(ConfigError) as refused:
        load(given, home=tmp_path)
    assert refused.value.variable == missing


def test_no_database_names_make_run_in_one_sentence(tmp_path: Path):
    for ask in (Settings.require_database, Settings.require_libpq_url):
        with pytest.raises(ConfigError, match=r"^DATABASE_URL is not set: set it, or type `make run`[^.]*\.$"):
            ask(load({}, home=tmp_path))


def test_production_starts_with_everything_set_and_makes_no_secrets(tmp_path: Path):
    settings = load(PRODUCTION, home=tmp_path)
    assert settings.production
    assert settings.demo_password is None
    assert not (tmp_path / ".ils").exists()


@pytest.mark.parametrize("variable", sorted(set(PRODUCTION) - {"ILS_ENV"}))
def test_production_needs_each_of_these(tmp_path: Path, variable: str):
    with pytest.raises(ConfigError) as refused:
        load({name: value for name, value in PRODUCTION.items() if name != variable}, home=tmp_path)
    assert refused.value.variable == variable


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PUBLIC_URL", "http://ils.example.com"),
        ("DATABASE_URL", "postgresql://ils_embedded:pw@127.0.0.1:5555/ils"),
        ("LIMS_API_BASE_URL", "http://127.0.0.1:8400"),
        ("LIMS_API_BASE_URL", "http://localhost:8400/api"),
        ("LIMS_API_BASE_URL", "http://lims.example.com"),
        ("REFLEX_CORS_ALLOWED_ORIGINS", "*"),
        ("REFLEX_CORS_ALLOWED_ORIGINS", "https://a.example,*"),
    ],
)
def test_production_refuses_what_is_only_good_for_trying_things_out(tmp_path: Path, variable: str, value: str):
    with pytest.raises(ConfigError) as refused:
        load({**PRODUCTION, variable: value}, home=tmp_path)
    assert refused.value.variable == variable


def test_production_may_be_tried_on_this_machine_over_http(tmp_path: Path):
    given = {**PRODUCTION, "PUBLIC_URL": "http://127.0.0.1:3000", "LIMS_API_BASE_URL": "http://127.0.0.1:9000"}
    assert not load(given, home=tmp_path).secure_cookies


def test_production_takes_cards_only_with_a_key_and_a_secret_and_over_https(tmp_path: Path):
    key = {"STRIPE_API_KEY": "sk_live_abcdefgh"}
    both = {**key, "STRIPE_WEBHOOK_SECRET": "whsec_abcdefgh"}
    assert load({**PRODUCTION, **both}, home=tmp_path).stripe_webhook_secrets == ("whsec_abcdefgh",)
    assert load(PRODUCTION, home=tmp_path).stripe_webhook_secrets == ()
    with pytest.raises(ConfigError) as refused:
        load({**PRODUCTION, **key}, home=tmp_path)
    assert refused.value.variable == "STRIPE_WEBHOOK_SECRET"
    with pytest.raises(ConfigError) as refused:
        load({**PRODUCTION, **both, "STRIPE_API_BASE": "http://stripe.example.com"}, home=tmp_path)
    assert refused.value.variable == "STRIPE_API_BASE"


def test_outside_production_the_secret_of_card_payments_is_generated_once(tmp_path: Path):
    first = load({}, home=tmp_path).stripe_webhook_secrets
    assert len(first) == 1
    assert first[0].startswith("whsec_")
    assert load({}, home=tmp_path).stripe_webhook_secrets == first
    assert load({"STRIPE_WEBHOOK_SECRET": "whsec_abcdefgh"}, home=tmp_path).stripe_webhook_secrets == (
        "whsec_abcdefgh",
    )


@pytest.mark.parametrize(
    "variable",
    ["SESSION_SECRET", "ADMIN_SETUP_KEY", "LIMS_API_KEY", "LIMS_WEBHOOK_SECRET", "STRIPE_WEBHOOK_SECRET"],
)
def test_production_refuses_the_secrets_that_were_generated_for_development(tmp_path: Path, variable: str):
    development = load({}, home=tmp_path)
    generated = getattr(development, variable.lower()).get_secret_value()
    with pytest.raises(ConfigError, match=f"^{variable} is the one generated for development"):
        load({**PRODUCTION, variable: generated}, home=tmp_path)


def test_the_process_reads_its_settings_once_from_its_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ILS_HOME", str(tmp_path))
    monkeypatch.setenv("PORT", "4321")
    config.current.cache_clear()
    try:
        assert config.current().port == 4321
        assert config.current().home == tmp_path.resolve()
        monkeypatch.setenv("PORT", "4322")
        assert config.current().port == 4321
        with pytest.raises(ConfigError, match="make run"):
            config.require_database()
    finally:
        config.current.cache_clear()


def test_every_variable_of_the_example_file_is_one_that_is_read(tmp_path: Path):
    example = Path(__file__).parents[2] / ".env.example"
    names = {line.lstrip("# ").partition("=")[0] for line in example.read_text().splitlines() if "=" in line}
    assert names - {"ILS_HOME"} == {name.upper() for name in Settings.model_fields} - {"HOME", "DEMO_PASSWORD"}
