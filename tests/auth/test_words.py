"""What people type and send, made comparable and coarse."""

import pytest

from ils_app.auth.errors import spoken
from ils_app.auth.words import coarse_address, coarse_agent, like, normal_email


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ada.Lovelace@Example.COM ", "ada.lovelace@example.com"),
        ("ＡＤＡ@example.com", "ada@example.com"),
        ("straße@example.com", "strasse@example.com"),
        ("ada", None),
        ("ada@example", None),
        ("a da@example.com", None),
        ("ada@@example.com", None),
        ("ada@example..com", None),
        ("ada@example.com\x00", None),
    ],
)
def test_an_email_is_kept_in_one_spelling_or_refused(typed, kept):
    assert normal_email(typed) == kept


@pytest.mark.parametrize(
    ("address", "coarse"),
    [
        ("192.0.2.77", "192.0.2.x"),
        ("::ffff:192.0.2.77", "192.0.2.x"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("127.0.0.1", "this machine"),
        ("::1", "this machine"),
        ("a unix socket", ""),
        ("", ""),
    ],
)
def test_an_address_is_kept_only_roughly(address, coarse):
    assert coarse_address(address) == coarse


@pytest.mark.parametrize(
    ("agent", "coarse"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Firefox/140.0", "Firefox"),
        ("python-httpx/0.28.1", "python-httpx"),
        ("<script>", ""),
        ("", ""),
    ],
)
def test_a_browser_is_kept_only_roughly(agent, coarse):
    assert coarse_agent(agent) == coarse


def test_signs_in_a_search_are_only_signs():
    assert like(" 50% off_\\ ") == "%50\\% off\\_\\\\%"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (2, "2 seconds"), (89, "89 seconds"), (90, "2 minutes"), (900, "15 minutes")],
)
def test_a_wait_is_said_in_words(seconds, words):
    assert spoken(seconds) == words
