"""The nested objects of a pod: side containers, lifecycle and security."""

from __future__ import annotations

from typing import Literal

from ...shapes import ADMIT, FieldRisk, Shape, may
from ..kinds import GRANTS, ImageUri


class EnvVar(Shape):
    """An environment variable of one container."""

    Name: str | None = may("Name of the variable.")
    Value: str | None = may("Value of the variable.", secret=True)


class ResourceRequirements(Shape):
    """What one container takes, as Kubernetes writes it."""

    Limits: dict[str, str] | None = may('Upper bounds by resource, as {"cpu": "2"}.')
    Requests: dict[str, str] | None = may("Guaranteed amounts by resource.")


class SecurityContextCapabilities(Shape):
    """Linux capabilities."""

    Add: list[str] | None = may("Capabilities given.", risk=GRANTS)
    Drop: list[str] | None = may("Capabilities taken away.")


class Seccomp(Shape):
    """System calls a container may make."""

    LocalhostProfile: str | None = may("Profile file on the node; needed for Type Localhost.")
    Type: Literal["Localhost", "RuntimeDefault", "Unconfined"] | None = may(
        "Where the profile comes from.", risk=FieldRisk(ADMIT, lambda value, target: value != "RuntimeDefault")
    )


class Security(Shape):
    """Privileges of a container."""

    Capabilities: SecurityContextCapabilities | None = may("Linux capabilities.")
    Privileged: bool | None = may("Full access to the node's devices.", risk=GRANTS)
    RunAsGroup: int | None = may("Numeric group id.")
    RunAsUser: int | None = may("Numeric user id.")
    SeccompProfile: Seccomp | None = may("System call filter.")


class ContainerSpec(Shape):
    """A container beside the training container."""

    Args: list[str] | None = may("Arguments of the command.")
    Command: list[str] | None = may("Entry point, one word an item.")
    Env: list[EnvVar] | None = may("Variables of this container.")
    Image: ImageUri | None = may("ImageUri from aiworkspace_list_images, verbatim.")
    Name: str | None = may("Name within the pod.")
    Resources: ResourceRequirements | None = may("CPU, memory and the like.")
    SecurityContext: Security | None = may("Privileges.")
    WorkingDir: str | None = may("Folder it starts in.")


class LifecyclePostStartExec(Shape):
    """A command right after the start."""

    Command: list[str] | None = may("One word an item.")


class LifecyclePostStart(Shape):
    """What happens right after the container started."""

    Exec: LifecyclePostStartExec | None = may("Command to run.")


class LifecyclePreStopExec(Shape):
    """A command right before the end."""

    Command: list[str] | None = may("One word an item.")


class LifecyclePreStop(Shape):
    """What happens right before the container is stopped."""

    Exec: LifecyclePreStopExec | None = may("Command to run.")


class Hooks(Shape):
    """Hooks of the training container."""

    PostStart: LifecyclePostStart | None = may("Hook after the start.")
    PreStop: LifecyclePreStop | None = may("Hook before the stop, e.g. to save a checkpoint.")


class PodExtras(Shape):
    """What a pod has beyond its training container."""

    InitContainers: list[ContainerSpec] | None = may("Run to their end, in order, before training starts.")
    Lifecycle: Hooks | None = may("Hooks of the training container.")
    MainContainerSecurityContext: Security | None = may("Privileges of the training container.")
    PodAnnotations: dict[str, str] | None = may("Kubernetes annotations.")
    PodLabels: dict[str, str] | None = may("Kubernetes labels.")
    SharedVolumeMountPaths: list[str] | None = may("Folders that all containers of the pod share.")
    SideCarContainers: list[ContainerSpec] | None = may("Run beside the training container.")
