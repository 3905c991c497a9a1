"""What a create's command and mounts do not do together: advice beside the rules, never a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from pai_dlc_mcp.guards.validation import job
from pai_dlc_mcp.guards.validation.check import run_rules
from pai_dlc_mcp.guards.validation.rule import Case

ADVICE = (job.r23_alone, job.r04_script, job.r03_unmounted, job.r03_written)

MOUNT = {"DataSourceId": "d-1", "MountPath": "/mnt/data", "MountAccess": "RO"}
CODE = {"CodeSourceId": "code-1", "MountPath": "/root/code/"}


def told(
    command: str, rule: str, *, pods: int = 1, data: Any = None, code: Any = None, kind: str = "PyTorchJob"
) -> list[str]:
    """The words of this rule's notices for a job with this command and these mounts."""
    args = {"JobType": kind, "UserCommand": command, "JobSpecs": [{"Type": "Worker", "PodCount": pods}]}
    args |= {"DataSources": data} if data else {}
    args |= {"CodeSource": code} if code else {}
    return [notice.message for notice in run_rules(ADVICE, Case(args))[1] if notice.rule == rule]


def test_r23_one_process_in_each_of_several_pods_is_pointed_out_with_their_number() -> None:
    (message,) = told("python train.py --lr 1", "R23", pods=4)
    assert "4 pods" in message
    assert "torchrun" in message


def test_r23_torchrun_without_the_number_of_nodes_is_pointed_out() -> None:
    (message,) = told("torchrun --nproc_per_node=8 train.py", "R23", pods=2)
    assert "each of the 2 pods trains by itself" in message
    assert "--nnodes $WORLD_SIZE" in message


@pytest.mark.parametrize(
    ("command", "pods", "kind"),
    [
        ("python train.py", 1, "PyTorchJob"),
        ("python train.py --rank $RANK", 2, "PyTorchJob"),
        ("torchrun --nnodes $WORLD_SIZE --node_rank $RANK train.py", 2, "PyTorchJob"),
        ("torchrun --rdzv-backend c10d --nproc_per_node 8 train.py", 2, "PyTorchJob"),
        ("accelerate launch train.py", 2, "PyTorchJob"),
        ("deepspeed train.py", 2, "PyTorchJob"),
        ("bash run.sh", 2, "PyTorchJob"),
        ("python train.py", 2, "RayJob"),
    ],
)
def test_r23_commands_that_may_well_work_together_bring_no_remark(command: str, pods: int, kind: str) -> None:
    assert told(command, "R23", pods=pods, kind=kind) == []


def test_r04_a_script_without_any_mount_is_pointed_out() -> None:
    (message,) = told("python src/train.py", "R04")
    assert message == "The command runs src/train.py, and neither code nor data is mounted: the image has to hold it."


def test_r04_a_script_below_no_mounted_folder_is_pointed_out() -> None:
    (message,) = told("python /mnt/code/train.py", "R04", data=[MOUNT])
    assert "/mnt/code/train.py, below none of the mounted folders" in message


@pytest.mark.parametrize(
    ("command", "data", "code"),
    [
        ("python /mnt/data/train.py", [MOUNT], None),
        ("python /root/code/train.py", None, CODE),
        ("python train.py", None, CODE),
        ("python /mnt/code/train.py", [{"DataSourceId": "d-1"}], None),
        ("git clone https://x/y.git && python y/train.py", None, None),
        ("cd /opt/app && python train.py", None, None),
        ("nvidia-smi", None, None),
    ],
)
def test_r04_a_script_that_a_mount_may_hold_brings_no_remark(command: str, data: Any, code: Any) -> None:
    assert told(command, "R04", data=data, code=code) == []


def test_r03_a_folder_of_data_that_nothing_mounts_is_pointed_out_with_what_is_mounted() -> None:
    (message,) = told("python /mnt/data/t.py --out /mnt/out/run1", "R03", data=[MOUNT])
    assert message.startswith("The command names /mnt/out/run1; mounted are /mnt/data.")
    assert "nothing is mounted" in told("python a.py --data=/mnt/corpus/v1", "R03")[0]


@pytest.mark.parametrize(
    "command", ["ls /mnt/data/x", "ls /mnt/data", "python a.py --out /tmp/x", "ls /mnt/data/../data/y"]
)
def test_r03_folders_below_a_mount_bring_no_remark(command: str) -> None:
    assert told(command, "R03", data=[MOUNT]) == []


def test_r03_a_path_that_only_begins_like_a_mount_is_not_below_it() -> None:
    assert told("ls /mnt/data2/x", "R03", data=[MOUNT]) != []
    assert told("ls /mnt/data/../other/y", "R03", data=[MOUNT]) != []


def test_r03_data_mounted_for_writing_is_named_and_read_only_data_is_not() -> None:
    (message,) = told("nvidia-smi", "R03", data=[MOUNT, {**MOUNT, "DataSourceId": "d-2", "MountAccess": "RW"}])
    assert message == "Mounted for writing, so the job can change and delete it: d-2 at /mnt/data."


LONG = [f"/mnt/{letter}/{'x' * 80}" for letter in "abcd"]
SHOWN = ", ".join(one[:80] for one in LONG[:3])


def test_advice_names_three_of_each_and_eighty_characters_of_one() -> None:
    scripts = " ".join(f"{one}.py" for one in LONG)
    assert told(scripts, "R04")[0] == (
        f"The command runs {SHOWN}, and neither code nor data is mounted: the image has to hold it."
    )
    mounts = [{"DataSourceId": "d", "MountPath": one} for one in LONG]
    (message,) = told(" ".join(f"/mnt/other{one}" for one in LONG), "R03", data=mounts)
    assert message == (
        f"The command names {', '.join(('/mnt/other' + one)[:80] for one in LONG[:3])}; mounted are {SHOWN}. "
        "What is written there is lost with the pod."
    )
    written: list[dict[str, Any]] = [
        {"DataSourceId": "d" * 81, "MountPath": "/" + "m" * 80},
        {"Uri": "oss://b"},
        {},
        {},
    ]
    (message,) = told("nvidia-smi", "R03", data=[one | {"MountAccess": "RW"} for one in written])
    assert message == (
        f"Mounted for writing, so the job can change and delete it: {'d' * 80} at /{'m' * 79}, oss://b, ?."
    )


def test_r03_and_r04_where_one_of_several_mounts_is_not_known_nothing_is_said() -> None:
    for rule in ("R03", "R04"):
        assert told("python /mnt/code/train.py /mnt/in/x", rule, data=[MOUNT, {"DataSourceId": "d-2"}]) == []


def test_r03_a_script_is_no_folder_of_data() -> None:
    assert told("python /mnt/other/train.py", "R03", data=[MOUNT]) == []


@pytest.mark.parametrize(("pods", "count"), [("many", 1), (None, 1), (2, 2)])
def test_pods_that_are_no_number_are_one(pods: Any, count: int) -> None:
    assert job.pods(Case({"JobSpecs": [{"PodCount": pods}]})) == count


def test_r04_a_job_that_is_not_whole_brings_no_remark_on_its_command() -> None:
    args = {"JobType": "PyTorchJob", "UserCommand": "python train.py", "JobSpecs": [{"PodCount": 2}]}
    assert run_rules(ADVICE, Case(args, partial=True)) == ([], [])


def test_a_command_of_pathological_length_is_read_in_no_time() -> None:
    for piece in ("python ", "/mnt/data/a", "a.py/", "torchrun --x ", "(" * 3):
        told(piece * 5_000, "R03", pods=2)
