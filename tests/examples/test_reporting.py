"""The report: three charts drawn from a server's groups, with its dependencies as the script names them."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from .conftest import ROOT, Demo

pytestmark = pytest.mark.slow

REPORT = ROOT / "examples" / "reporting" / "report.py"


@pytest.fixture(scope="session")
def command() -> list[str]:
    """How to run the script with what uv already has."""
    if shutil.which("uv") is None:
        pytest.skip("the report needs uv")
    made = ["uv", "run", "--offline", "--no-project", "--script", str(REPORT)]
    if subprocess.run([*made, "--help"], capture_output=True).returncode != 0:
        pytest.skip("the report's packages are missing: uv run --script examples/reporting/report.py --help")
    return made


def test_it_draws_three_charts(command: list[str], demo: Demo, tmp_path: Path) -> None:
    options = ["--url", f"{demo.url}/graphql", "--out", str(tmp_path), "--locale", "pl"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "Warning" not in done.stderr, done.stderr
    charts = sorted(tmp_path.iterdir())
    assert [chart.name for chart in charts] == ["activities.png", "pipeline.png", "revenue.png"]
    for chart in charts:
        data = chart.read_bytes()
        width, height = struct.unpack(">II", data[16:24])
        assert data.startswith(b"\x89PNG") and width > 800 and height > 400
