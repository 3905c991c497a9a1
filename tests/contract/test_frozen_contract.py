"""The frozen contract says what the installed official SDKs say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

FREEZE = Path(__file__).with_name("freeze.py")
CONTRACT = Path(__file__).parents[2] / "server/pai_dlc_emulator/contract.json"


def test_the_frozen_contract_is_what_the_installed_sdks_say() -> None:
    done = subprocess.run([sys.executable, str(FREEZE), "--check"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_frozen_contract_holds_every_operation_of_both_products() -> None:
    contract = json.loads(CONTRACT.read_text(encoding="utf-8"))
    counts = {product: len(facts["operations"]) for product, facts in contract.items()}
    print("frozen operations:", counts)
    assert counts == {"pai-dlc": 43, "aiworkspace": 127}


def test_a_changed_path_makes_the_frozen_contract_stale(tmp_path: Path) -> None:
    copy = tmp_path / "tests/contract/freeze.py"
    copy.parent.mkdir(parents=True)
    copy.write_text(FREEZE.read_text(encoding="utf-8"), encoding="utf-8")
    target = tmp_path / "server/pai_dlc_emulator/contract.json"
    target.parent.mkdir(parents=True)
    target.write_text(CONTRACT.read_text(encoding="utf-8").replace("/stop", "/halt", 1), encoding="utf-8")
    done = subprocess.run([sys.executable, str(copy), "--check"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, "stale" in done.stdout) == (1, True)
