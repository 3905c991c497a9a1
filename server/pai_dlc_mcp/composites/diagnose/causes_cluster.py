"""Causes in the words of what runs a cluster: controllers and admission of Kubernetes, queues, Slurm and the containers
that its plugins start. Instances only.

Sources of the forms: Kubernetes (kubelet's and the controllers' reasons of events, API server, node problem detector),
CSI sidecars, Kueue, Koordinator, Volcano; Slurm (errors of sbatch, srun, slurmstepd and MUNGE), enroot, pyxis,
Apptainer, Docker.
"""

from __future__ import annotations

from .causes import BARE, DECISIVE, KIND, SPECIFIC, Cause

MADE = (
    Cause("bad_settings_file", "configuration", "settings", DECISIVE,
          "the cluster refuses the pod as it is specified", (
        "is forbidden & violates PodSecurity", "admission webhook * denied the request",
        "admission & denied & request",
        "no PriorityClass with name", "is forbidden: maximum *", "is forbidden: minimum *",
        "failed quota: * must specify", "is forbidden: error looking up service account",
        "Error creating & is invalid", "Error creating & must be",
        "must be less than or equal to *limit", "Queue * doesn't exist", "fail* & find a queue matching",
        "LocalQueue * doesn't exist", "ClusterQueue * doesn't exist", "LocalQueue * not found",
        "unknown volumeMount", "Duplicate value: *", "Unsupported value: *", "Invalid value: * & spec*",
        "ValidatingAdmissionPolicy * denied", "unable to validate against any pod security policy",
        "unable to validate against any security context constraint", "runAsNonRoot and image*", "FailedValidation",
        "InvalidEnvironmentVariableNames"), "Kubernetes API server, admission"),
    Cause("service_fault", "system", "network", DECISIVE,
          "a service of the cluster that has to admit pods does not answer", (
        "failed calling webhook", "failed to call webhook", "failed calling admission webhook",
        "etcdserver: *", "the server is currently unable to handle the request", "apiserver & not ready",
        "the server was unable to return a response in the time allotted"), "Kubernetes API server"),
    Cause("mount_missing", "configuration", "data", DECISIVE,
          "a volume cannot be made: its class does not exist", (
        "storageclass* & not found", "StorageClass & does not exist", "no volume plugin matched",
        "persistentvolume * not found", "ClaimLost", "claim & lost its*"), "Kubernetes"),
    Cause("mount_failed", "configuration", "storage", KIND,
          "a volume cannot be made, bound or attached", (
        "ProvisioningFailed", "failed to provision volume", "FailedBinding", "ExternalProvisioning", "VolumeMismatch",
        "binding volumes", "running PreBind plugin & VolumeBinding", "VolumeResizeFailed", "FailedUnMount",
        "no persistent volumes available for this claim", "waiting for a volume to be created", "subPath & fail*",
        "DataSetMountFailed", "DatasetMount*", "waiting for first consumer", "FailedMountOnFilesystemMismatch",
        "AttachVolume*", "WaitForPodScheduled"), "CSI sidecars"),
    Cause("open_files", "resource", "settings", SPECIFIC,
          "the node's limit of open files or watches is reached", (
        "fsnotify & too many open files", "inotify & too many", "too many open files", "inotify & no space left"
        ), "kubelet, Linux"),
    Cause("container_start", "configuration", "settings", KIND,
          "the container or its network cannot be made on the node", (
        "ContainerdHung", "containerd is unhealthy", "docker is unhealthy",
        "couldn't find key * in *", "NetworkNotReady", "network is not ready", "cni plugin not initialized",
        "cni* & fail*",
        "NetworkPluginNotReady", "SandboxChanged & fail*", "FailedSync", "HostPortConflict",
        "FailedPrepareDynamicResources", "InvalidDiskCapacity", "FailedCreate", "FailedCreatePod",
        "Failed & Error: *",
        "FailedPodSandBoxStatus", "ContainerStatusUnknown", "ContainerCreateFailed", "FailedStart*",
        "failed to reserve container name", "failed to reserve sandbox name", "unresolvable CDI devices"), "kubelet"),
)  # fmt: skip
"""What keeps a pod from being made or started."""

BROKE = (
    Cause("node_lost", "system", "hardware", SPECIFIC,
          "the node's system reported a fault", (
        "KernelDeadlock", "TaskHung", "KernelOops", "DockerHung", "ContainerdUnhealthy", "KubeletUnhealthy",
        "FilesystemIsReadOnly", "ReadonlyFilesystem", "XfsShutdown", "UnregisterNetDevice", "NodeControllerEviction",
        "Marking for deletion Pod", "FrequentKubeletRestart", "FrequentContainerdRestart",
        "ContainerRuntimeUnhealthy",
        "container runtime is down", "PLEG is not healthy", "blocked for more than * seconds", "kernel panic",
        "NodeStatusUnknown", "NodeHasNoHeartbeat", "RuntimeOffline", "DeletingNode", "RemovingNode",
        "Deleting node * because*"), "node problem detector, kubelet"),
    Cause("spot_reclaimed", "resource", "scheduling", DECISIVE,
          "the spot instance was reclaimed", (
        "PreemptScheduled", "spot & preempted"), "node termination handlers"),
    Cause("evicted", "resource", "scheduling", SPECIFIC,
          "the pod was taken from its node", (
        "EvictedDueTo*", "Job suspended", "DisruptionTerminating", "Disrupting Node*", "ScaleDown & deleting pod*",
        "TerminationByKubelet", "drain* & evict*",
        "Exceeded the PodsReady*",
        "pod deleted by autoscaler", "Killing & drain*", "node is being drained"), "Kueue, cluster autoscaler"),
    Cause("hang_detected", "runtime", "code", SPECIFIC,
          "the platform's probe took the program for hung, and it was ended", (
        "failed liveness probe", "failed startup probe", "Liveness probe failed & killed"), "kubelet"),
    Cause("hang_detected", "runtime", "code", KIND,
          "the platform took the program for hung and ended it", (
        "considered*hung", "considered*hanging", "job * hung", "no step for *",
        "is hung & restart*", "no log and no *", "no progress for *"), "kubelet, AIMaster"),
    Cause("recycled", "configuration", "platform", DECISIVE,
          "the rule for idle jobs ended it", (
        "idle policy", "stopped & utilization * under", "stopped & utilization * below", "idle & terminated by",
        "low utilization & stopped", "idle timeout", "idle job & stop*", "利用率 & 低于 & 停止",
        "利用率 & 低于 & 释放"), "DLC"),
    Cause("terminated", "runtime", "platform", BARE,
          "the platform's probe of the container failed", (
        "Unhealthy", "probe failed", "ProbeError", "probe errored"), "kubelet"),
)  # fmt: skip
"""What ends pods that run."""

QUEUED = (
    Cause("node_cordoned", "system", "scheduling", SPECIFIC,
          "nodes are closed for scheduling: they are not ready", (
        "untolerated taint {node.kubernetes.io/not-ready*", "untolerated taint {node.kubernetes.io/unreachable*",
        "untolerated taint {node.kubernetes.io/network-unavailable*", "nodes are available & node(s) were not ready",
        "untolerated taint {node.kubernetes.io/unschedulable*", "NodeNotSchedulable"), "Kubernetes scheduler"),
    Cause("node_refused", "configuration", "scheduling", SPECIFIC,
          "no node satisfies what the job demands of nodes", (
        "anti-affinity rules", "Predicate * failed", "didn't satisfy existing pods*", "didn't have free ports",
        "NUMA topology*",
        "NUMA affinity*", "Topology locality", "TopologyAffinityError", "didn't satisfy plugin*",
        "node(s) didn't match*", "node(s) unmatched*", "no node matches*", "check Node * label*",
        "node type mismatch",
        "cpuset & not satisf*",
        "cannot allocate all claims", "resourceclaim & not"), "Kubernetes scheduler, Koordinator"),
    Cause("quota_full", "resource", "scheduling", SPECIFIC,
          "the queue has not what the job asks for", (
        "Insufficient quotas", "couldn't assign flavors", "insufficient unused quota", "exceedDimensions",
        "allows to fit only", "insufficient quota for", "request > maximum capacity", "queue * is overused",
        "overused queue", "quota * GPU left", "exceeds & deserved", "exceed queue capa*", "queue & capability"
        ), "Kueue, Volcano, Koordinator"),
    Cause("quota_full", "resource", "scheduling", KIND,
          "the queue does not admit the job", (
        "Inadmissible", "ClusterQueue * is inactive", "waiting for admission checks", "is not admitted",
        "admission check*", "Workload & not admitted", "queue * is closed", "queue * not open",
        "queue & state * Closed"), "Kueue, Volcano"),
)  # fmt: skip
"""What keeps a pod or job waiting."""

SLURM = (
    Cause("gpu_hardware", "system", "hardware", SPECIFIC,
          "a node has fewer devices than its configuration says", (
        "gres/* count reported lower than configured", "gres count reported lower than configured"), "Slurm"),
    Cause("node_lost", "system", "hardware", SPECIFIC,
          "a node of the job was lost", (
        "DUE TO NODE FAILURE", "CANCELLED & DUE TO NODE", "Node failure on", "NODE * NOT RESPONDING", "NODE_FAIL",
        "srun: error: Node * failed", "not responding & slurm*",
        "Nodes * are still not ready", "Kill task failed", "STEPD TERMINATED", "JOB NOT ENDING WITH SIGNALS",
        "Prolog hung", "prolog failed", "Epilog * failed", "Prolog error", "Prolog failure on node",
        "Node configuration differs from hardware",
        "node * is DOWN", "nodes * are DOWN", "cgroup cannot be destroyed",
        "launch failed requeued held"), "Slurm"),
    Cause("preempted", "resource", "scheduling", SPECIFIC,
          "a job of higher priority took the nodes", (
        "DUE TO PREEMPTION", "CANCELLED & PREEMPT*", "REQUEUE* & PREEMPT*", "job * preempted"), "Slurm"),
    Cause("stopped_by_person", "configuration", "person", SPECIFIC,
          "somebody cancelled the job", (
        "cancelled by uid", "scancel: *", "Force Terminated job", "JobHeldUser",
        "JobHeldAdmin", "DUE to SIGNAL Terminated ! EXIT"), "Slurm"),
    Cause("workspace_limit", "resource", "scheduling", SPECIFIC,
          "a limit of the account, partition or quality of service is reached", (
        "Job violates accounting/QOS policy", "QOSMax*", "QOSGrp*", "AssocGrp*", "AssocMax*", "MaxSubmitJobs*",
        "PartitionTimeLimit", "PartitionNodeLimit",
        "not permitted to use this partition"), "Slurm"),
    Cause("bad_argument", "configuration", "settings", SPECIFIC,
          "Slurm refuses what the job asks for", (
        "Invalid account or account/partition", "invalid partition specified", "Invalid partition name",
        "Invalid qos specification", "Invalid generic resource", "Invalid feature specification",
        "Requested time limit is invalid", "Invalid wckey", "Invalid job array specification",
        "Requested reservation is invalid",
        "Job dependency problem", "Invalid job id specified", "license specification is invalid", "BadConstraints",
        "Invalid node name specified", "Invalid --*", "Invalid directive found in batch script",
        "Invalid Trackable RESource*",
        "Job submit/allocate failed: Invalid*", "Invalid time limit*",
        "Batch script contains DOS line breaks", "sbatch: error: This does not look like a batch script",
        "Batch job submission failed: Invalid*", "invalid gres"), "Slurm"),
    Cause("stopped_by_person", "configuration", "person", KIND,
          "the job's nodes were taken back", ("Job allocation * has been revoked",), "Slurm"),
    Cause("bad_argument", "configuration", "settings", KIND,
          "Slurm refuses the job as it was submitted", (
        "Batch job submission failed", "You must always specify a type"), "Slurm"),
    Cause("node_refused", "configuration", "scheduling", SPECIFIC,
          "no node of the cluster satisfies what the job asks for", (
        "Requested node configuration is not available", "Required node not available",
        "Requested partition configuration not available*",
        "Unable to allocate resources: *",
        "Node count specification invalid", "ReqNodeNotAvail*", "Memory specification can not be satisfied",
        "CPU count per node can not be satisfied", "Job exceeds queue resource limits",
        "cannot run in scheduling iteration"), "Slurm, PBS, Grid Engine"),
    Cause("too_many_processes", "configuration", "settings", SPECIFIC,
          "the step asks for more than the job holds", (
        "More processors requested than permitted", "more tasks than * processors & srun",
        "srun: error: Unable to create step & nodes are busy", "Requested nodes are busy",
        "required by task is not available", "Unable to create step for job * & exceed*",
        "Unable to layout tasks*", "failed to distribute tasks", "Step requested GRES*",
        "Unable to satisfy cpu bind*",
        "Unable to bind*", "can't run * processes on * nodes & error", "CPU binding outside of job step*"), "Slurm"),
    Cause("unreachable", "network", "network", SPECIFIC,
          "Slurm's own services cannot be reached", (
        "Unable to contact slurm controller", "Communication connection failure", "slurm_receive_msg*",
        "slurm_persist_conn*", "Failed to send MESSAGE_*", "timeout waiting for task launch",
        "Error configuring interconnect", "Unable to confirm allocation*", "Unable to register: *",
        "Socket timed out on send/recv operation", "Zero Bytes were transmitted or received",
        "Unable to establish * slurm", "slurmdbd & refused", "fetch_config: DNS SRV lookup failed",
        "Could not establish a configuration source"), "Slurm"),
    Cause("storage_fault", "system", "storage", SPECIFIC,
          "Slurm cannot write the job's script or files: its disk is full or faulty", (
        "I/O error writing script*", "slurm_script: No such file*", "slurm_script: Permission denied",
        "Could not open stdout file", "slurmd & unable to create*",
        "I/O: Write to *", "Unable to write * slurm*", "write_to_file & slurm*"), "Slurm"),
    Cause("credential", "configuration", "credentials", SPECIFIC,
          "Slurm does not trust the node or user", (
        "Invalid job credential", "Job credential *", "Munge & error", "munge & fail*", "munge* & expired",
        "Protocol authentication error",
        "User's group not permitted*", "Access denied by pam_slurm*", "Access/permission denied & slurm*",
        "Invalid authentication credential", "auth/munge & error", "Unable to find a user",
        "User not found on host"), "Slurm, MUNGE"),
    Cause("mpi_launch", "configuration", "settings", SPECIFIC,
          "the launcher has no plugin for this MPI", (
        "PMIX & cannot load plugin", "cannot load plugin mpi/*", "invalid MPI type", "task * launch failed",
        "Application launch failed",
        "Couldn't find the specified plugin",
        "Invalid MPI plugin", "mpi/pmix* & fail*", "MPI plugin & not found"), "Slurm"),
    Cause("image_not_found", "image", "image", SPECIFIC,
          "the container's image is not there", (
        "manifests & returned error code: 404", "error code: 404 Not Found & enroot*", "could not open image *",
        "failed to import docker image & 404", "No such file or directory: *.sqsh",
        "No such file or directory: *.sif",
        "unable to retrieve auth & 404", "*.sqsh: No such file or directory", "*.sif: no such file or directory",
        "manifests/* & 404 Not Found", "Error reading manifest & unknown", "manifest unknown", "name unknown: *",
        "requested image & not found", "repository name not known to registry"), "enroot, Apptainer, Podman"),
    Cause("image_refused", "image", "credentials", SPECIFIC,
          "the registry refused the container's image", (
        "returned error code: 401", "returned error code: 403", "[ERROR] & credentials & enroot*",
        "requested access to the resource is denied", "unauthorized: authentication required",
        "docker: & denied: *"), "enroot, Docker"),
    Cause("container_start", "configuration", "settings", SPECIFIC,
          "the container could not be started as it is specified", (
        "cgroup namespace * not mounted*", "unable to add task & cg", "TaskProlog failed*", "task prolog & fail*",
        "slurmstepd: error: * cgroup*", "job_container/tmpfs & fail*", "spank: required plugin*",
        "failed to initialize spank*",
        "error: Plugin * failed", "plugin_load_from_file: *", "hooks.d/*.sh exited with return code",
        "enroot-mount: * ! permission denied", "enroot-nsenter: *", "enroot-switchroot: *", "enroot-mksquashovlfs: *",
        "find loop device",
        "while loading overlay images", "container creation failed*", "image driver mount failure*",
        "failed to create user namespace", "could not select device driver", "Cannot connect to the Docker daemon",
        "FATAL: * while handling *",
        "root filesystem extraction failed", "unresolvable CDI devices",
        "OCI runtime error", "No such container: pyxis*", "cannot set limits without cgroups",
        "unshare: unshare failed", "newuidmap*", "squashfuse* & fail*",
        "fakeroot & fail*"), "enroot, Apptainer, Docker"),
    Cause("container_start", "configuration", "settings", KIND,
          "the daemon of the containers refused", ("docker: Error response from daemon",), "Docker"),
)  # fmt: skip
"""What Slurm and the containers of its steps write into a log."""
BATCH = (
    Cause("time_limit", "configuration", "settings", SPECIFIC,
          "the job reached the running time it was given", (
        "TERM_RUNLIMIT", "TERM_CPULIMIT", "PBS: job killed: walltime*", "PBS: job killed: cput*",
        "walltime & exceeded limit", "CPU time limit exceeded", "h_rt & exceed*", "s_rt & exceed*",
        "slurmstepd: error & time limit reached", "Job reached time limit", "SIGXCPU"), "LSF, PBS, Grid Engine"),
    Cause("host_memory", "resource", "host_memory", SPECIFIC,
          "the job needed more memory than it asked for", (
        "TERM_MEMLIMIT", "TERM_SWAP", "PBS: job killed: mem*", "PBS: job killed: vmem*", "h_vmem & exceed*",
        "memory usage exceeded request_memory", "exceeded virtual memory limit"), "LSF, PBS, Grid Engine, HTCondor"),
    Cause("stopped_by_person", "configuration", "person", SPECIFIC,
          "somebody ended the job", (
        "TERM_OWNER", "TERM_ADMIN", "TERM_FORCE_OWNER", "TERM_FORCE_ADMIN", "job was removed by the user",
        "qdel: *", "condor_rm & by user"), "LSF, PBS, HTCondor"),
    Cause("disk_full", "resource", "storage", SPECIFIC,
          "the job's files reached their limit", ("TERM_FILELIMIT", "SIGXFSZ"), "LSF"),
    Cause("preempted", "resource", "scheduling", SPECIFIC,
          "a job of higher priority took the place", ("TERM_PREEMPT",), "LSF"),
)  # fmt: skip
"""What other batch systems write into a log."""
MACHINES = (
    Cause("node_lost", "system", "hardware", SPECIFIC,
          "a node of the program's own cluster was lost", (
        "node has crashed", "its node has died", "node has died", "node is dead",
        "node it was running on is dead"), "Ray"),
    Cause("node_lost", "system", "hardware", KIND,
          "a node of the program's own cluster does not answer any more", ("node * has been marked dead",), "Ray"),
    Cause("workspace_limit", "resource", "scheduling", SPECIFIC,
          "a limit of the account in the cloud is reached", (
        "VcpuLimitExceeded", "InstanceLimitExceeded", "MaxSpotInstanceCountExceeded", "QUOTA_EXCEEDED",
        "your current vCPU limit", "Quota & exceeded & region", "QuotaExceed*.ElasticQuota", "Found no quota for"
        ), "clouds' APIs"),
    Cause("no_stock", "resource", "scheduling", SPECIFIC,
          "the cloud has no such machine now", (
        "InsufficientInstanceCapacity", "ZONE_RESOURCE_POOL_EXHAUSTED", "OperationDenied.NoStock", "SkuNotAvailable",
        "do not have sufficient * capacity", "InsufficientHostCapacity"), "clouds' APIs"),
    Cause("no_stock", "resource", "scheduling", KIND,
          "machines for the job cannot be had", (
        "Failed provisioning", "failed to provision * cluster", "failed to provision * node*",
        "to be provisioned, but no progress", "ResourcesUnavailableError", "ProvisionError"), "SkyPilot"),
)  # fmt: skip
"""What programs say that get machines of a cloud for themselves."""
