"""The tables of causes that the words of programs and of the platform are looked up in."""

from __future__ import annotations

from .causes import Table
from .causes_access import ACCESS, WEAK
from .causes_cluster import BATCH, MACHINES, SLURM
from .causes_code import CODE, DEATHS
from .causes_network import COLLECTIVE, LAUNCH, NETWORK, STORAGE
from .causes_platform import PLATFORM
from .causes_resources import HARDWARE, KERNEL, RESOURCES
from .causes_setup import SETUP

PROGRAM = Table(
    (
        *KERNEL,
        *RESOURCES,
        *HARDWARE,
        *SLURM,
        *MACHINES,
        *LAUNCH,
        *SETUP,
        *ACCESS,
        *STORAGE,
        *NETWORK,
        *CODE,
        *DEATHS,
        *BATCH,
        *WEAK,
        *COLLECTIVE,
    )
)
EVENTS = Table(PLATFORM)
