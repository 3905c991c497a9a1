"""What wrote an error, where its own words say too little: a part of the machine names what failed. Pure.

"Connection timed out" from a tool of the fast network is no unreachable address, and what a container's runtime could
not do did not fail in the program.
"""

from __future__ import annotations

import re

from .causes import KIND, Area, Category, Cause, Match
from .error_numbers import READ_CHARS


def _writer(code: str, category: Category, area: Area, meaning: str, names: str) -> tuple[Cause, re.Pattern[str]]:
    return Cause(code, category, area, KIND, meaning), re.compile(
        rf"\A(?:\S{{1,40}} )?[\[(]?(?:[\w./-]*/)?(?:{names})(?:[._-]\w+|\d+)?(?:[\[(]\w{{1,40}}[\])])?"
        r"(?:\]:? |\)? ?\S{0,40}: )",
        re.IGNORECASE,
    )


_CONTAINER = "container_start"
WRITERS = (
    _writer("fabric_manager", "system", "platform", "the service of the NVLink fabric complains",
            r"nvidia-fabric-?manager|fabric ?manager|nv-?fabricmanager|nvidia-imex|nvlsm"),
    _writer("gpu_hardware", "system", "hardware", "the driver of the GPUs complains",
            r"nvrm|nvidia-nvswitch\d*|nvidia-nvlink|nvidia-uvm|nvidia-modeset|nvidia [0-9a-f]{4}:\S+|amdgpu|dcgmi?"
            r"|nv-hostengine|habanalabs|i915|xe [0-9a-f]{4}:\S+|neuron|devdrv|davinci|nvidia-persistenced"
            r"|nvidia-bug-report"),
    _writer("rdma", "network", "network", "a part of the fast network between nodes complains",
            r"(?:mlx[45]|erdma|irdma|bnxt_re|ucx|hfi1|psm[23]|rdma|roce|nvshmem|ibstat|libfabric|gpudirect)\w*"
            r"|(?:efa|ibv|ib|uct|ucp|ucs|fi|cxi|ofi|ethernet|ctx|rdma_cm)_\w+|efa|(?:lib)?ibverbs|NET/\w+|perftest"
            r"|hccp|rxdm|opensm"
            r"|openmpi btl \w+|btl_openib\w*"),
    _writer("storage_fault", "system", "storage", "the client of a mounted storage complains",
            r"(?:ossfs|jindo\w*|juicefs|fuse|fusermount|libfuse|cpfs|bmcpfs|nfs|lustre|lnet|mmfs|gpfs|beegfs|ceph"
            r"|libceph|rbd"
            r"|s3fs|goofys|geesefs|gcsfuse|mountpoint-s3|alluxio|wekafs|weka|3fs|curvefs|glusterfs|smbfs|cifs"
            r"|quobyte)"
            r"|com\.aliyun\.jindo\S*|alluxio\.\S+|sd [\d:]+|virtio_blk \w+|nvme nvme\d+|nvme\d\w*|ext4-fs|xfs"
            r"|btrfs|jbd2|md"),
    _writer(_CONTAINER, "configuration", "settings", "the runtime of containers complains",
            r"runc|crun|podman|docker|dockerd|containerd|cri-o|enroot(?:-\w+)?|pyxis|singularity|apptainer"
            r"|nvidia-container-"
            r"(?:cli|runtime|toolkit)|nvidia-ctk|buildah|kata\w*|gvisor|charliecloud|ch-run|shifter|sarus"),
)  # fmt: skip


def of_writer(text: str) -> Match | None:
    """The cause that the part of the machine stands for which wrote the text."""
    text = text[:READ_CHARS]
    for cause, written in WRITERS:
        found = written.match(text)
        if found is not None:
            return Match(cause, *found.span())
    return None


_OF_SIF = re.compile(r"FATAL: {3}\Z")
"""How Apptainer and SingularityCE mark what ends them: no other logger sets its words so far from the level."""


def of_mark(prefix: str) -> Match | None:
    """The cause that the mark before a line stands for, where a program is known by it."""
    cause = next(one for one, _ in WRITERS if one.code == _CONTAINER)
    return Match(cause, 0, 0) if _OF_SIF.search(prefix) else None


def of_writer_alone(text: str, said: Match) -> Match | None:
    """The same in place of the system's own words for any failed call (strerror(3)): what the caller was says more.
    Of a container's program or storage the system's words say more."""
    written = of_writer(text) if said.is_of_system else None
    is_more = written is not None and written.cause.code == _CONTAINER and said.cause.area in ("credentials", "storage")
    return None if is_more else written
