"""Causes in the platform's words: events, reasons, restart records and health checks. Instances only.

Sources of the forms: Kubernetes (scheduler, kubelet, containerd), registries, CSI drivers, DLC's own reasons and PAI
Studio's workload diagnosis, as documentation and recorded answers have them.
"""

from __future__ import annotations

from .causes import BARE, DECISIVE, KIND, SPECIFIC, Cause
from .causes_cluster import BROKE, MADE, QUEUED

_START = (
    Cause("image_rate_limited", "image", "image", DECISIVE,
          "the registry limits the rate of pulls", (
        "toomanyrequests", "pull & 429 Too Many Requests", "pull rate limit", "429 Too Many Requests & manifests",
        "pull & rate limit*", "pull QPS exceeded",
        "镜像 & 限流"), "Docker Hub, kubelet"),
    Cause("image_disk", "resource", "storage", DECISIVE,
          "the node has no room for the image", (
        "pull* & no space left", "image & no space left", "failed to extract layer & no space",
        "unpack & no space left", "register layer & no space left",
        "ApplyLayer & no space left", "镜像 & 空间不足"), "containerd"),
    Cause("image_architecture", "image", "image", DECISIVE,
          "the image is built for another processor", (
        "no match for platform", "no matching manifest for linux", "exec format error"), "containerd"),
    Cause("image_not_found", "image", "image", DECISIVE,
          "the image or its tag does not exist in the registry", (
        "manifest unknown", "manifest for * not found", "pull* & not found ! docker.sock ! media type",
        "repository does not exist ! or may require ! pull access denied", "pull* & no such tag",
        "repo not exist", "InvalidImageName",
        "couldn't parse image", "invalid reference format", "NAME_UNKNOWN", "name unknown", "manifest not found",
        "tag does not exist", "image * not found ! media type", "MANIFEST_UNKNOWN", "repository name not known",
        "镜像 & 不存在", "镜像 & 未找到"
        ), "OCI distribution, containerd"),
    Cause("credential", "configuration", "credentials", SPECIFIC,
          "Kubernetes refuses the account that acts for the job", ("is forbidden: User * cannot",), "Kubernetes"),
    Cause("image_refused", "image", "credentials", DECISIVE,
          "the registry refused the pull: credentials or permission", (
        "pull* & unauthorized", "pull* & denied", "pull* & authentication required", "pull* & forbidden",
        "pull* & 401", "pull* & 403", "pull access denied", "no basic auth credentials", "insufficient_scope",
        "pull* & authorization failed", "FailedToRetrieveImagePullSecret & pull",
        "镜像 & 权限", "镜像 & 鉴权", "镜像 & 认证失败", "镜像 & 密码"), "OCI distribution, containerd"),
    Cause("image_unreachable", "network", "network", DECISIVE,
          "the registry cannot be reached from the node", (
        "pull* & timeout", "pull* & timed out", "pull* & dial tcp", "pull* & no such host",
        "pull* & connection refused", "pull* & unreachable", "pull* & deadline exceeded",
        "pull* & EOF ! git* ! failed to register layer ! tar file",
        "pull* & reset by peer", "pull* & x509", "pull* & i/o timeout", "pull* & tls",
        "pull* & certificate", "pull* & proxyconnect",
        "pull* & server gave HTTP response", "pull* & failed to do request", "pull* & context canceled",
        "pull* & Client.Timeout", "failed to do request & registry",
        "pull* & 503", "pull* & 502", "pull* & 500",
        "镜像 & 超时", "镜像 & 网络 ! 专有网络"), "containerd, Go net"),
    Cause("image_pull", "image", "image", SPECIFIC,
          "the image cannot be pulled", (
        "ErrImagePull", "ImagePullBackOff", "Failed to pull image", "ImagePullFailed", "Pulling image & fail*",
        "Back-off pulling", "ErrImageNeverPull", "RegistryUnavailable", "ImageInspectError", "could not pull image",
        "SignatureValidationFailed", "ImagePullError",
        "镜像 & 拉取失败", "拉取镜像失败", "镜像拉取 & 失败", "镜像拉取错误", "镜像拉取异常",
        "镜像 & 下载失败"), "kubelet"),
    Cause("mount_refused", "configuration", "credentials", DECISIVE,
          "the storage refuses the mount: a permission is missing", (
        "*mount* & 403", "*mount* & AccessDenied", "*mount* & access denied",
        "*mount* & permission denied ! OCI runtime ! /dev/fuse",
        "*mount* & Forbidden ! kube-api-access", "*mount* & not authorized", "*mount* & InvalidAccessKeyId",
        "*mount* & assume role",
        "*mount* & SignatureDoesNotMatch", "*mount* & invalid credential*", "*mount* & NoPermission",
        "*mount* & unauthorized",
        "*mount* & Operation not permitted ! device rules ! nvidia-container* ! /dev/fuse",
        "*mount* & InvalidSecurityToken",
        "access denied by server while mounting",
        "*mount* & EntityNotExist.Role", "*mount* & NotAuthorized",
        "挂载 & 权限", "挂载 & 拒绝"), "CSI drivers for OSS, NAS and CPFS"),
    Cause("mount_missing", "configuration", "data", DECISIVE,
          "what should be mounted does not exist", (
        "*mount* & NoSuchBucket", "*mount* & No such file ! executable ! dial unix ! OCI runtime ! nvidia-container*",
        "*mount* & does not exist ! OCI runtime", "*mount* & not exist ! does not ! OCI runtime",
        "*mount* & database is not formatted",
        "*mount* & not found ! exit status 32 ! fuse: device ! not found in ! unknown volumeMount ! driver ! plugin"
        " ! OCI runtime",
        "*mount* & 404",
        "*mount* & no such ! no such device ! executable ! no such host ! dial unix ! OCI runtime ! nvidia-container*",
        "*mount* & InvalidFileSystem.NotFound", "*mount* & NoSuchKey", "configmap * not found", "secret * not found",
        "hostPath type check failed",
        "persistentvolumeclaim * not found", "MountVolume & references non-existent",
        "挂载 & 不存在"), "CSI drivers, kubelet"),
    Cause("mount_unreachable", "network", "network", DECISIVE,
          "the storage cannot be reached from the node", (
        "*mount* & context deadline exceeded ! unmounted volumes", "*mount* & DeadlineExceeded",
        "*mount* & timeout expired ! waiting for volumes",
        "*mount* & Connection reset", "*mount* & Network is unreachable", "*mount* & Connection timed out",
        "*mount* & no route", "*mount* & Connection refused", "*mount* & unreachable", "*mount* & resolve",
        "mount.nfs & timed out", "*mount* & i/o timeout", "*mount* & no such host",
        "*mount* & Name or service not known", "*mount* & dial tcp", "*mount* & Host is down",
        "*mount* & Is the MGS running",
        "挂载 & 超时", "挂载 & 网络"), "NFS, CSI drivers"),
    Cause("mount_failed", "configuration", "storage", SPECIFIC,
          "a storage cannot be mounted", (
        "FailedMount", "MountFailed", "MountVolume*", "FailedAttachVolume", "Unable to attach or mount",
        "waiting for volumes to attach*",
        "mount failed", "FailedMapVolume", "Multi-Attach error", "AttachVolume.Attach failed",
        "mount & exit status 32", "transport endpoint is not connected", "creating mount source path",
        "Stale file handle", "Stale NFS", "driver name * not found in the list of registered CSI drivers",
        "挂载失败", "挂载 & 失败"), "kubelet"),
    Cause("driver_mismatch", "image", "image", DECISIVE,
          "the image's CUDA does not fit the node's driver or GPU", (
        "nvidia-container-cli: requirement error", "unsatisfied condition: cuda", "unsatisfied condition: driver",
        "nvidia-container-cli & driver error", "nvidia-container-cli & initialization error"
        ), "nvidia-container-cli"),
    Cause("command_not_found", "configuration", "settings", DECISIVE,
          "the start command names a program that is not there", (
        "executable file not found in $PATH", "exec: * no such file or directory", "exec: * not found",
        "stat * no such file or directory & container ! nvidia-container* ! plugin type", "StartError & no such file",
        "启动命令 & 不存在",
        "启动命令 & 不可执行", "命令 & 未找到"), "runc, containerd"),
    Cause("file_permission", "configuration", "credentials", DECISIVE,
          "a file may not be read, written or executed", (
        "exec: * permission denied", "container process & permission denied"), "runc"),
    Cause("container_start", "configuration", "settings", SPECIFIC,
          "the container could not be started as it is specified", (
        "CreateContainerError", "CreateContainerConfigError", "RunContainerError", "FailedCreatePodSandBox",
        "OCI runtime*", "failed to create containerd task", "Failed to start container", "failed to create shim",
        "FailedCreatePodContainer", "UnexpectedAdmissionError ! healthy devices ! unhealthy devices",
        "Allocate failed due to ! healthy devices ! unhealthy devices", "ContainerCannotRun",
        "PodStartFailed", "error during container init", "StartError", "PreCreateHookError", "PreStartHookError",
        "PostStartHookError"), "kubelet, containerd"),
    Cause("code_unreachable", "network", "network", DECISIVE,
          "the code repository cannot be reached", (
        "git* & RPC failed", "git* & early EOF", "clone & Could not resolve", "clone & timed out",
        "clone & timeout", "clone & Failed to connect",
        "clone & unreachable", "git & Could not resolve host", "unable to access & Failed to connect"), "git"),
    Cause("code_not_fetched", "configuration", "settings", DECISIVE,
          "the code cannot be fetched", (
        "git clone & fail*", "failed to clone", "代码 & 拉取失败", "代码 & 克隆失败", "代码 & 下载失败",
        "git & 认证失败", "clone & repository not found", "clone & Authentication failed",
        "code source & fail*", "CodeSource & fail*", "clone & denied", "clone & not found",
        "Remote branch * not found"), "git"),
    Cause("package_not_found", "configuration", "settings", SPECIFIC,
          "the packages that the job asks for cannot be installed", (
        "pip install & fail*", "requirements & fail*", "thirdparty & fail*", "依赖 & 安装失败", "依赖包 & 失败",
        "No matching distribution found"
        ), "pip"),
    Cause("init_failed", "system", "platform", SPECIFIC,
          "the preparation of the environment failed", (
        "Init:Error", "init container & fail*", "FailedPostStartHook", "EnvPrepareFailed",
        "prepare & fail* ! subPath",
        "Init:CrashLoopBackOff", "pod-init-indicator & fail*", "warmup & fail*", "环境准备 & 失败", "初始化容器 & 异常",
        "初始化容器 & 失败"), "kubelet, DLC"),
)  # fmt: skip

_ENDS = (
    Cause("time_limit", "configuration", "settings", DECISIVE,
          "the job reached the running time it was given", (
        "running time & limit", "limit of * minutes", "max running time", "*MaxRunningTime*",
        "longer than specified deadline", "maximum running time",
        "maximum run time", "DeadlineExceeded ! pull ! context ! code =", "RunningTimeLimit*",
        "activeDeadlineSeconds",
        "active on the node longer than the specified deadline", "time limit", "TimeLimit*", "JobTimeout",
        "DUE TO TIME LIMIT",
        "最大运行时", "最长运行时", "运行时长 & 超", "运行时长 & 上限", "运行时间 & 上限",
        "运行时间 & 超"), "DLC, Kubernetes"),
    Cause("stopped_by_person", "configuration", "person", DECISIVE,
          "somebody stopped the job", (
        "JobStoppedByUser", "StoppedByUser", "stopped by user", "user stopped", "stopped by * user", "cancelled by",
        "canceled by", "stopped manually", "StopJob & user", "Job is stopped by", "killed by user",
        "用户 & 停止", "手动停止", "人为停止"), "DLC"),
    Cause("spot_reclaimed", "resource", "scheduling", DECISIVE,
          "the spot instance was reclaimed", (
        "spot & reclaim*", "SpotInterruption", "SpotReclaimed", "SpotInstanceReclaimed", "spot market",
        "instance & will be reclaimed", "preemptible instance & releas*", "spot & interrupt*",
        "spot & evict* ! price",
        "spot & released", "SpotInstanceInterruption", "Instance:PreemptibleInstanceInterruption", "spot & recycled",
        "抢占式 & 回收", "抢占式 & 释放", "抢占式 & 中断", "竞价 & 回收", "竞价 & 释放"
        ), "DLC, ECS"),
    Cause("preempted", "resource", "scheduling", DECISIVE,
          "a job of higher priority took the resources", (
        "Preempted ! spot", "JobPreempted", "Preempting", "preempted by ! spot",
        "because of preempt ! spot", "because of preemption ! spot ! policy", "due to preemption ! spot ! policy",
        "preemption ! preemption victims ! preemption: ! the preemption of ! preemptionPolicy ! is not helpful",
        "PreemptionByScheduler",
        "was preempted", "evict* & higher*priority ! lower*priority",
        "高优先级 & 抢占", "被 & 任务 & 抢占"), "Kubernetes, DLC"),
    Cause("host_memory", "resource", "host_memory", DECISIVE,
          "a pod needed more memory than its limit and was killed", (
        "OOMKill*", "Memory cgroup out of memory", "OOM killed", "Out of memory: Kill*", "oom_kill", "SystemOOM",
        "OOMKilled", "oom-kill", "ContainerOOM*", "exit code 137 & OOM", "System OOM encountered",
        "内存 & 超限 ! 节点", "内存 & 上限 ! 节点 ! 非法 ! 参数", "内存 & 被杀 ! 节点", "内存 & 杀死 ! 节点",
        "内存 & 超过限制 ! 节点", "内存 & 超出 ! 节点", "OOM & 终止",
        "OOM & 杀死", "内存溢出 ! 节点"), "kubelet, Linux"),
    Cause("node_memory", "resource", "host_memory", DECISIVE,
          "the node ran short of memory and evicted the pod", (
        "MemoryPressure ! taint ! nodes are available", "memory pressure ! taint", "low on resource: memory",
        "NodeHasInsufficientMemory", "Attempting to reclaim memory",
        "节点 & 内存不足", "节点内存 & 驱逐"), "kubelet"),
    Cause("disk_full", "resource", "storage", DECISIVE,
          "a disk of the node was full", (
        "ephemeral storage", "ephemeral-storage ! Insufficient", "local ephemeral", "ephemeral local storage",
        "DiskPressure ! taint ! nodes are available", "disk pressure ! taint", "No space left ! pull ! inotify*",
        "EvictionThresholdMet ! reclaim memory", "low on resource: ephemeral*", "FreeDiskSpaceFailed",
        "ImageGCFailed",
        "emptyDir volume * exceeds",
        "磁盘 & 空间不足", "系统盘 & 不足", "系统盘 & 满", "数据盘 & 满", "磁盘 & 已满", "临时存储 & 超"), "kubelet"),
    Cause("node_lost", "system", "hardware", DECISIVE,
          "the node under the pod was lost", (
        "NodeNotReady", "node * is unreachable",
        "node & not ready ! network ! taint ! nodes are available ! pod group ! mount ! container", "NodeLost",
        "stopped reporting", "TaintManagerEviction", "node & was deleted", "node & rebooted", "NodeShutdown",
        "node is shutting down",
        "node & shutdown", "instance & system maintenance ! GPU", "SystemFailure*", "NodeFailure",
        "Kubelet stopped posting", "kubelet stopped", "Rebooted", "DeletionByTaintManager", "DeletionByPodGC",
        "SystemMaintenance* ! GPU", "node & crash*", "machine is down", "NodeHasDown",
        "节点 & 失联", "节点 & 宕机", "节点 & 故障 ! GPU ! 显卡", "节点 & 重启",
        "节点 & 不可用 ! 调度", "节点 & 未就绪",
        "机器 & 宕机"), "Kubernetes, ECS"),
    Cause("gpu_hardware", "system", "hardware", DECISIVE,
          "a GPU or its node reported a hardware fault", (
        "GPUUnhealthy", "ECC error", "EccError", "Uncorrectable", "Xid", "NodeFault", "hardware fault",
        "HardwareFault", "GPU & unhealthy ! MachineHealthCheck", "fallen off the bus", "GPULost", "GPU lost",
        "GPU is lost",
        "Unable to determine the device handle", "nvml & unknown error",
        "NVLink*", "GPUFault",
        "NIC & down ! RDMA ! mlx5* ! RoCE", "link down ! RDMA ! mlx5* ! RoCE", "hardware error", "GpuXid",
        "NodeHasGPU*", "ECCError",
        "掉卡", "GPU & 故障", "显卡 & 故障", "硬件故障", "GPU & 异常 ! SanityCheck* ! 健康 ! 检测 ! 降频"
        ), "node problem detectors, DLC"),
    Cause("gpu_hardware", "system", "hardware", SPECIFIC,
          "the node has no healthy device for the pod", (
        "unhealthy devices", "no healthy devices", "nvidia-container-cli: device error: * unknown device"
        ), "kubelet"),
    Cause("gpu_throttled", "system", "hardware", DECISIVE,
          "a GPU runs slower than it should", (
        "thermal", "GPU & throttl*", "clock* & throttl*", "power & throttl*", "ThermalThrottl*", "GpuThrottled",
        "clock lowered", "power brake", "slowdown ! reduce ! request*", "降频"), "NVIDIA"),
    Cause("sanity_failed", "system", "hardware", DECISIVE,
          "the health check before training found a bad node", (
        "SanityCheck*", "sanity check", "health check & fail*", "health check & slow", "outlier",
        "健康检测 & 失败", "健康检测 & 未通过", "算力健康 & 异常"), "DLC"),
    Cause("account_overdue", "configuration", "person", DECISIVE,
          "the account has no balance left", (
        "arrear*", "InArrears", "AccountInArrears", "overdue", "insufficient balance", "NotEnoughBalance",
        "account is suspended", "InvalidAccountStatus*",
        "欠费", "余额不足"), "Alibaba Cloud"),
    Cause("recycled", "configuration", "platform", DECISIVE,
          "the workspace's rule for idle or old jobs ended it", (
        "AutoRecycle", "auto recycle", "auto-recycle", "recycled by", "idle & was stopped", "idle & recycl*",
        "闲置 & 停止", "空闲 & 停止 ! 停止调度", "空闲 & 释放", "闲置 & 释放", "空闲 & 回收", "闲置 & 回收",
        "自动回收 ! 抢占"), "DLC"),
    Cause("hang_detected", "runtime", "code", DECISIVE,
          "the platform saw the training hang and ended or restarted it", (
        "hang detected", "HangDetected", "job hang", "JobHang*", "training hang", "hang-interval", "is hanging",
        "no log output for",
        "疑似 & 卡", "无日志输出", "任务 hang", "检测到 & hang", "任务 & 卡住", "训练 & 卡住",
        "训练 & 卡死"), "AIMaster"),
    Cause("evicted", "resource", "scheduling", SPECIFIC,
          "the pod was evicted from its node", (
        "Evicted", "Evicting", "EvictionByEvictionAPI"), "kubelet"),
    Cause("restarts_spent", "runtime", "platform", BARE,
          "all restarts were used up", (
        "RestartLimitExceeded", "restarts are used up", "BackoffLimitExceeded", "specified backoff limit",
        "MaxRestart*", "max restart*",
        "restarted & times",
        "重启次数", "重试次数 & 上限"), "DLC, Kubernetes"),
    Cause("crash_loop", "runtime", "platform", BARE,
          "the container fails again and again", (
        "CrashLoopBackOff", "Back-off restarting"), "kubelet"),
    Cause("exited", "runtime", "platform", BARE,
          "the container ended with an error", (
        "exited with code", "ContainerExit*", "exit code", "PodFailed", "exitcode", "replica(s) failed"), "DLC"),
)  # fmt: skip

_WAITS = (
    Cause("mount_missing", "configuration", "data", DECISIVE,
          "a volume that the job wants is not there or not bound", (
        "unbound immediate PersistentVolumeClaims", "persistentvolumeclaim * not found",
        "unbound PersistentVolumeClaims"), "Kubernetes scheduler"),
    Cause("parent_quota", "resource", "scheduling", DECISIVE,
          "the quota has room, but a quota above it has not", (
        "parent quota", "ParentQuota*", "ancestor*", "AncestorQuotaLimit", "upper quota", "root quota & not"
        ), "PAI Studio"),
    Cause("user_limit", "resource", "scheduling", DECISIVE,
          "the user's own limit within the quota is used up", (
        "UserQuotaLimit*", "UserLimit*", "user limit", "one user may", "per user ! request*",
        "per-user ! request*", "limit of the user",
        "user & may use", "user & limit exceeded", "each user",
        "用户 & 上限 ! 工作空间", "个人限额", "用户 & 限额", "单用户", "个人 & 上限"), "PAI Studio"),
    Cause("queue_order", "resource", "scheduling", DECISIVE,
          "the queue's order keeps the job behind others", (
        "QueueStrategy*", "queue strategy", "jobs ahead", "head of the queue", "waits behind", "Reason=Priority",
        "(Priority)", "is behind", "FIFO",
        "排在", "前面还有", "前面 & 任务"
        ), "PAI Studio"),
    Cause("fragmentation", "resource", "scheduling", DECISIVE,
          "enough is free in all, but no single node has enough for one pod", (
        "fragment*", "no single node", "no node has", "NotEnoughGPU", "NetworkTopologyNotSatisfied",
        "PartiallyAvailable", "GPUTopologyLimit", "hypernode*", "hyper-node*",
        "碎片", "单个节点 & 不足", "没有单个节点"), "PAI Studio"),
    Cause("no_stock", "resource", "scheduling", DECISIVE,
          "there is no stock of the instance type", (
        "InstanceStockNotEnough", "no stock", "out of stock", "resource type is not enough", "NoStock", "inventory",
        "stock of instance", "ResourceAllocateFailed", "stockout", "sold out", "resource allocate fail*",
        "zone & not enough", "OperationDenied.NoStock", "Zone.NotOnSale", "InsufficientInstanceCapacity",
        "库存不足", "无库存", "没有库存", "售罄"
        ), "DLC, ECS"),
    Cause("no_stock", "resource", "scheduling", SPECIFIC,
          "the cloud has no machine of the type", (
        "FailedScaleUp & out of resources", "*ScaleUp & stockout"), "cluster autoscaler"),
    Cause("bid_too_low", "resource", "scheduling", DECISIVE,
          "the bid is below the market's price", (
        "bid & below", "price & below", "bid & low", "SpotPriceLimit*", "price & exceed*", "price & over the bid",
        "market price", "bid & price",
        "出价 & 低于", "出价过低", "市场价"), "ECS"),
    Cause("workspace_limit", "resource", "scheduling", DECISIVE,
          "a limit of the account or workspace is reached", (
        "account limit", "workspace limit", "ResourceLimit*", "exceeds the limit of the workspace",
        "running jobs & limit", "max running jobs", "QuotaExceed*.ElasticQuota", "QUOTA_EXCEEDED",
        "VcpuLimitExceeded",
        "InstanceLimitExceeded", "QuotaExceeded.Account", "vCPU limit",
        "account & quota & exceed*",
        "工作空间 & 上限", "账号 & 上限", "账户 & 上限"), "DLC, Kubernetes"),
    Cause("quota_full", "resource", "scheduling", SPECIFIC,
          "other jobs hold what the quota has", (
        "QuotaNotEnough", "ExceedResources", "insufficient quota", "quota & free", "quota & not enough",
        "quota & insufficient", "exceeded quota", "quota exceeded", "QuotaExceeded*", "SelfQuotaLimit", "OutOfQuota",
        "Insufficient resources in queue", "queue resource quota insufficient", "jobs are ahead",
        "配额 & 不足", "资源不足 ! 节点", "额度不足", "配额 & 用完", "配额 & 已满"), "DLC, Volcano"),
    Cause("vpc", "configuration", "settings", DECISIVE,
          "the job's network settings cannot be used", (
        "vSwitch & ip", "InsufficientIP*", "not enough ip", "ENI & fail*", "security group & not", "vSwitch & not",
        "ip address & exhaust*", "InvalidVSwitchId*", "failed to allocate eni", "no available IP",
        "弹性网卡 & 无法", "弹性网卡 & 失败", "安全组 & 错误", "交换机 & IP", "交换机 & 不足"), "Terway, DLC"),
    Cause("unschedulable", "resource", "scheduling", SPECIFIC,
          "no node has room for a pod now", (
        "nodes are available & Insufficient ! Insufficient quota*", "Insufficient nvidia.com/gpu",
        "Insufficient aliyun.com/gpu*",
        "Insufficient cpu", "Insufficient memory", "Insufficient gpu", "Insufficient ephemeral-storage",
        "didn't have enough resource", "OutOfpods", "OutOfnvidia*", "OutOfalpha*", "OutOfephemeral*",
        "Too many pods", "exceed max volume*",
        "OutOfGPU", "OutOfCPU", "OutOfMemory & node ! exit", "NotEnoughCPU", "NotEnoughMemory",
        "节点 & 资源不足"
        ), "Kubernetes scheduler, Volcano"),
    Cause("node_refused", "configuration", "scheduling", SPECIFIC,
          "no node satisfies what the job demands of nodes", (
        "node affinity", "NodeAffinity*",
        "untolerated taint ! kubernetes.io/not-ready ! kubernetes.io/unreachable ! kubernetes.io/network",
        "UntolerateNodeTaint", "had taint",
        "didn't match & selector", "DriverVersionMismatch", "assign & node & not", "didn't match Pod's node affinity",
        "node selector", "didn't find available persistent volumes", "volume node affinity conflict",
        "didn't match pod anti-affinity", "topology spread constraints", "assignNodeSpec & not",
        "没有满足 & 节点", "节点满足 & 亲和", "节点 & 亲和性 & 不", "没有符合 & 节点"
        ), "Kubernetes scheduler"),
    Cause("node_cordoned", "system", "scheduling", SPECIFIC,
          "nodes are closed for scheduling, by hand or as unhealthy", (
        "NodeUnschedulable", "were unschedulable", "cordoned", "AIMasterBlackList", "blacklist", "CordonByUser"
        ), "Kubernetes scheduler"),
    Cause("unschedulable", "resource", "scheduling", KIND,
          "no node can take a pod now", (
        "pod group is not ready", "gang & minMember", "in PodGroup", "PodGroup & not ready",
        "FailedScheduling", "nodes are available", "Unschedulable", "SchedulerError", "NotTriggerScaleUp",
        "FailedScaleUp", "trigger scale-up", "failed scale-up", "node group size reached",
        "无法调度", "调度失败"), "Kubernetes scheduler"),
)  # fmt: skip

START = (*_START, *MADE)
ENDS = (*_ENDS, *BROKE)
WAITS = (*_WAITS, *QUEUED)
PLATFORM = (*START, *ENDS, *WAITS)
