"""The app as a process: a test sees it ready, ended, and what it said when it could not start."""

import pytest

from tests.conftest import StartApp
from tests.servers.app_process import is_healthy


def test_app_is_ready_when_started_and_gone_when_stopped(app_process: StartApp) -> None:
    app = app_process()
    assert app.url in app.stdout
    assert is_healthy(app.url)
    assert app.data_dir.is_dir()
    assert app.stop() == 0
    assert not is_healthy(app.url)


def test_killed_app_leaves_its_data_folder_to_the_next(app_process: StartApp) -> None:
    first = app_process()
    assert first.kill() == -9
    second = app_process(data_dir=first.data_dir)
    assert second.data_dir == first.data_dir
    assert is_healthy(second.url)


def test_app_that_cannot_start_fails_the_test_with_what_it_said(app_process: StartApp) -> None:
    with pytest.raises(
        AssertionError, match=r"^the app ended with 1 before it printed its address"
    ) as failure:
        app_process(variables={"TALLY_DAILY_BUDGET_USD": "plenty"})
    assert "TALLY_DAILY_BUDGET_USD" in str(failure.value)


def test_app_sees_nothing_of_the_environment_outside(
    app_process: StartApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLY_DAILY_BUDGET_USD", "plenty")
    monkeypatch.setenv("HTTPS_PROXY", "http://192.0.2.1:3128")
    assert is_healthy(app_process().url)
