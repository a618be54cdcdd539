"""Environment → settings."""

from __future__ import annotations

import pytest

from crmgraph.settings import (
    SETTINGS,
    Settings,
    SettingsError,
    settings_from_environment,
    settings_help,
    settings_markdown,
    unknown_variables,
)


def test_defaults_are_what_the_help_says() -> None:
    assert settings_from_environment({}) == Settings()
    assert settings_from_environment({each.variable: each.default for each in SETTINGS}) == Settings()
    for each in SETTINGS:
        assert each.variable in settings_help()
        assert f"| `{each.variable}` |" in settings_markdown()
        assert each.help.endswith(".")


def test_environment() -> None:
    settings = settings_from_environment(
        {
            "CRMGRAPH_DATABASE_URL": "postgresql://crm:pw@db.test:5433/crm?sslmode=require",
            "CRMGRAPH_PORT": " 9000 ",
            "CRMGRAPH_TOKENS": "abc==ann@example.org, t2=ben@example.org,",
            "CRMGRAPH_CONSOLE": "off",
            "CRMGRAPH_LOG_LEVEL": "DEBUG",
        }
    )
    assert settings.port == 9000
    assert settings.tokens == (("abc=", "ann@example.org"), ("t2", "ben@example.org"))
    assert (settings.console, settings.log_level) == (False, "debug")
    assert settings.shown_database_url == "postgresql://crm:***@db.test:5433/crm?sslmode=require"


def test_what_is_given_wins() -> None:
    settings = settings_from_environment({"CRMGRAPH_PORT": "1", "CRMGRAPH_HOST": "::1"}, port=2, host=None)
    assert (settings.port, settings.host) == (2, "::1")


def test_all_faults_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        settings_from_environment(
            {
                "CRMGRAPH_PORT": "70000",
                "CRMGRAPH_POOL": "0",
                "CRMGRAPH_DATABASE_URL": "mysql://x",
                "CRMGRAPH_TOKENS": "no-user",
                "CRMGRAPH_CONSOLE": "maybe",
                "CRMGRAPH_LOG_LEVEL": "loud",
            }
        )
    lines = str(refused.value).splitlines()
    assert "CRMGRAPH_PORT must be a whole number from 0 to 65535" in lines
    assert "CRMGRAPH_TOKENS must be a list like token=email,token2=email2" in lines
    assert len(lines) == 6


def test_page_sizes_must_fit() -> None:
    with pytest.raises(SettingsError, match="CRMGRAPH_PAGE_SIZE"):
        settings_from_environment({"CRMGRAPH_PAGE_SIZE": "501"})


def test_unknown_variables_are_named() -> None:
    assert unknown_variables({"CRMGRAPH_PROT": "1", "OTHER": "1", "CRMGRAPH_PORT": "1"}) == [
        "CRMGRAPH_PROT is not a setting; did you mean CRMGRAPH_PORT?"
    ]


def test_secrets_stay_out_of_the_repr() -> None:
    settings = Settings(database_url="postgresql://crm:hush@db/crm", tokens=(("hush", "ann@example.org"),))
    assert "hush" not in repr(settings) and "hush" not in settings.shown_database_url
