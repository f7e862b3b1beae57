"""A real Prometheus reads our figures, and each alert fires when it should and no sooner."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from ils_app.kernel import metrics
from tests.support.sandbox_process import free_port

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "prometheus"
RULES = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None or shutil.which("promtool") is None, reason="there is no Prometheus to ask"
)


def promtool(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *words], capture_output=True, text=True, check=False, timeout=60)


@needs_prometheus
def test_the_rules_and_the_configuration_are_ones_prometheus_takes(tmp_path):
    assert promtool("check", "rules", FOLDER / "alerts.yml").returncode == 0
    shutil.copytree(FOLDER, tmp_path / "there")
    (tmp_path / "there" / "metrics_token").write_text("a-scrapers-own-long-token")
    checked = promtool("check", "config", tmp_path / "there" / "prometheus.yml")
    assert checked.returncode == 0, checked.stderr


@needs_prometheus
def test_each_alert_fires_when_it_should_and_a_quiet_day_is_quiet():
    tested = promtool("test", "rules", FOLDER / "alerts_test.yml")
    assert tested.returncode == 0, tested.stderr + tested.stdout


@needs_prometheus
@pytest.mark.parametrize("alert", [rule["alert"] for rule in RULES])
def test_an_alert_that_is_taken_out_is_missed_by_its_test(alert, tmp_path):
    shutil.copytree(FOLDER, tmp_path / "there")
    rules = (FOLDER / "alerts.yml").read_text("utf-8")
    without = re.sub(rf"      - alert: {alert}\n(?:        .*\n)+", "", rules)
    assert without != rules
    (tmp_path / "there" / "alerts.yml").write_text(without)
    assert promtool("test", "rules", tmp_path / "there" / "alerts_test.yml").returncode != 0


@needs_prometheus
def test_a_real_prometheus_reads_every_figure_the_alerts_ask_for(tmp_path):
    ours, theirs = free_port(), free_port()
    configuration = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [{"job_name": "ils", "static_configs": [{"targets": [f"127.0.0.1:{ours}"]}]}],
    }
    (tmp_path / "prometheus.json").write_text(json.dumps(configuration))
    count_one_of_each()
    with metrics.served(ours), (tmp_path / "log").open("wb") as log:
        program = subprocess.Popen(
            ["prometheus", f"--config.file={tmp_path / 'prometheus.json'}", f"--storage.tsdb.path={tmp_path / 'tsdb'}",
             f"--web.listen-address=127.0.0.1:{theirs}"], stdout=log, stderr=log,
        )  # fmt: skip
        try:
            ask = asking(theirs)
            until(lambda: [one["value"][1] for one in ask('up{job="ils"}')] == ["1"])
            for rule in RULES:
                for name in set(re.findall(r"[a-z_]+_(?:bucket|total|state|seconds)\b|\bjobs\b", rule["expr"])):
                    until(lambda name=name: bool(ask(name)))
                assert isinstance(ask(rule["expr"]), list)
        finally:
            program.terminate()
            program.wait(20)


def count_one_of_each() -> None:
    with metrics.submission() as one:
        one.outcome = "sent"
    metrics.FORGED.labels("lims").inc()
    metrics.WEBHOOK_SECONDS.labels("lims", "applied").observe(0.1)
    metrics.PUSH_SECONDS.observe(0.01)
    for state in ("waiting", "failed"):
        metrics.JOBS.labels(state).set(0)
        metrics.JOBS_AGE.labels(state).set(0)


def asking(port: int) -> Callable[[str], list[dict[str, Any]]]:
    def ask(expression: str) -> list[dict[str, Any]]:
        try:
            answer = httpx.get(
                f"http://127.0.0.1:{port}/api/v1/query", params={"query": expression}, timeout=5, trust_env=False
            )
        except httpx.HTTPError:
            return []
        if answer.status_code != 200:
            assert answer.status_code == 503, answer.text  # it is still starting
            return []
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    return ask


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "Prometheus did not read it"
        time.sleep(0.2)
