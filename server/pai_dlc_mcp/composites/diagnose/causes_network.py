"""Causes in logs: the network, services, mounted storage, collectives and launchers. Instances only.

Sources of the forms: glibc's ``strerror`` and resolver, urllib3 and requests, NCCL, Gloo, PyTorch c10d, Open MPI,
Intel MPI, Horovod, DeepSpeed, Ray, XGBoost's rabit, TensorFlow's gRPC, OSS and NFS clients.
"""

from __future__ import annotations

from .causes import KIND, SPECIFIC, SYMPTOM, Cause

_NETS = tuple(
    f"NET/{net} & {word}"
    for net in ("IB", "OFI", "UCX", "gIB", "IBext*", "FastSocket", "AWS Libfabric", "GPUDirect")
    for word in ("couldn't", "unable", "fail*", "error", "No NIC", "cannot")
)
"""How NCCL's plugins for a fast network say that it does not work."""
NETWORK = (
    Cause("rdma", "network", "network", SPECIFIC,
          "the fast network between nodes (RDMA) does not work", (
        "Could not find NET with id", "ibv_* & fail*", "NET/IB & WARN", "NET/IB : Got completion",
        "Got completion & error",
        "Got completion from peer",
        "RDMA & fail*", "RDMA & error", "ibv_poll_cq", "ibv_modify_qp", "ibv_reg_mr", "ibv_create_qp",
        "IB device & not", "Call to ibv_*", "ncclSystemError & IB", "mlx5 & error", "port * is down",
        "transport retry counter exceeded", "transport retry count exceeded", "RNR retry", "mlx5 & retry",
        "work request flushed", "remote access error & qp", "local QP operation error", "libfabric & fail*",
        "UCX & ERROR", "NCCL WARN & memory registration", "NET/Plugin & fail*", "GID index & invalid",
        "no active InfiniBand", *_NETS,
        "Check failed: ncclIb*", "no usable transport", "fi_getinfo & empty list",
        "fi_getinfo & fail*"), "NCCL NET/IB, libibverbs, UCX"),
    Cause("name_resolution", "network", "network", SPECIFIC,
          "a host name cannot be resolved", (
        "unable to resolve host",
        "Temporary failure in name resolution", "Temporary failure resolving", "Name or service not known",
        "Could not resolve host",
        "NameResolutionError", "getaddrinfo failed", "getaddrinfo & fail*", "No address associated",
        "nodename nor servname", "unknown host", "UnknownHostException", "no such host", "Failed to resolve",
        "hostname cannot be resolved", "cannot resolve ! input columns ! symbol ! overload",
        "could not resolve hostname", "Name does not resolve",
        "Domain name not found", "EAI_AGAIN", "gaierror", "No such host is known", "域名解析暂时失败",
        "未知的名称或服务", "域名解析失败"), "glibc resolver, curl, urllib3"),
    Cause("unreachable", "network", "network", SPECIFIC,
          "an address on the network cannot be reached", (
        "error in rsync protocol data stream", "rsync: connection unexpectedly closed",
        "Could not find any running Ray instance", "Unable to connect to GCS", "Failed to connect to GCS",
        "trying to locate * on the Hub",
        "LocalEntryNotFoundError & connection", "trying to locate the file on the Hub", "Could not fetch URL",
        "Could not connect to server", "HTTPSConnectionPool & timed out",
        "Failed to fetch http*", "urlopen error", "Network unreachable", "aiohttp & Cannot connect", "curl: (6)",
        "curl: (5)", "curl: (16)", "curl: (52)", "curl: (55)", "NoBrokersAvailable",
        "failed on connection exception",
        "curl: (18)", "curl: (92)", "SSL: WRONG_VERSION_NUMBER", "SSL routines",
        "unable to get local issuer certificate", "网络连接超时", "Connection timed out ! retr*", "connect timeout",
        "timed out & connect to", "Read timed out", "ReadTimeout", "ReadTimeoutError", "ConnectTimeout",
        "ConnectTimeoutError", "Max retries exceeded", "Network is unreachable", "No route to host",
        "connection to * timed out", "i/o timeout", "Failed to establish a new connection", "ProxyError",
        "Cannot connect to proxy", "Tunnel connection failed", "proxyconnect tcp",
        "Could not find any running Ray instance",
        "connect to GCS",
        "TLS handshake timeout", "SSLError", "SSLCertVerificationError",
        "certificate verify failed", "x509: certificate", "x509", "certificate has expired",
        "self-signed certificate", "self signed certificate", "Failed to connect to ! all addresses",
        "Could not connect to", "ssh: connect to host", "Operation timed out", "ERR_CONNECTION*",
        "The read operation timed out", "Host is unreachable", "EHOSTUNREACH", "ENETUNREACH",
        "unable to access 'http*", "couldn't connect to", "We couldn't connect to", "can't reach", "Cannot reach",
        "LocalEntryNotFoundError & connect*", "offline mode", "HfHubHTTPError & timed out", "HF_HUB_OFFLINE",
        "OfflineModeIsEnabled", "Connection to * timed out", "unable to connect to",
        "Client network socket disconnected", "RequestError & oss", "curl: (7)", "curl: (28)", "curl: (35)",
        "curl: (56)", "wget: unable", "early EOF", "RPC failed; curl", "The remote end hung up unexpectedly",
        "SSL_ERROR_SYSCALL", "gnutls_handshake", "EOF occurred in violation of protocol", "ServerDisconnectedError",
        "ClientConnectorError", "IncompleteRead", "ChunkedEncodingError", "RemoteDisconnected",
        "Remote end closed connection", "连接超时", "网络不可达", "没有到主机的路由",
        "Die Wartezeit für die Verbindung ist abgelaufen", "Connexion terminée par expiration",
        "Время ожидания соединения истекло", "Se agotó el tiempo de espera", "Сеть недоступна"
        ), "urllib3, requests, git, curl, Go net, Hugging Face Hub"),
    Cause("refused", "network", "network", KIND,
          "a connection was refused: nothing listens there, or the peer is gone", (
        "Connection refused", "ECONNREFUSED", "ConnectionRefusedError", "拒绝连接", "连接被拒绝",
        "Verbindungsaufbau abgelehnt", "Connexion refusée", "В соединении отказано", "Conexión rehusada"
        ), "glibc strerror"),
)  # fmt: skip

STORAGE = (
    Cause("storage_fault", "system", "storage", SPECIFIC,
          "the mounted storage failed", (
        "Input/output error", "Stale file handle", "Stale NFS", "Transport endpoint is not connected",
        "Remote I/O error", "Errno 5]", "Errno 116]", "Errno 107]", "Errno 121]", "ESTALE",
        "Software caused connection abort", "Device or resource busy & nfs*", "Structure needs cleaning",
        "Errno 117]", "nfs: server & not responding", "lustre & evicted", "fuse: & fail", "ossfs & fail*",
        "JindoFS & fail*", "Cannot send after transport endpoint shutdown", "Communication error on send",
        "Unable to lock file", "unable to lock file, errno", "No locks available", "Errno 37]",
        "h5py & unable to lock", "BlockingIOError & Errno 11", "输入/输出错误", "过旧的文件句柄", "传输端点尚未连接",
        "Ошибка ввода/вывода", "Eingabe-/Ausgabefehler", "Erreur d'entrée/sortie", "Error de entrada/salida",
        "入力/出力エラー"), "glibc strerror, NFS, FUSE, HDF5"),
    Cause("rate_limited", "network", "network", SPECIFIC,
          "a service limits the rate of requests", (
        "returned error: 429", "ERROR 429:",
        "<Response [429]",
        "429 Client Error", "429 Too Many Requests", "Too Many Requests", "RateLimitError", "rate limit ! loss",
        "rate limited", "QpsLimitExceeded", "DownloadTrafficRateLimitExceeded", "SlowDown", "Throttling.User",
        "Throttling"), "HTTP 429, OSS"),
    Cause("service_fault", "system", "network", SPECIFIC,
          "a service answered with an internal fault", (
        "returned error: 500", "returned error: 502", "returned error: 503", "returned error: 504", "ERROR 500:",
        "ERROR 502:", "ERROR 503:", "ERROR 504:", "<Response [500]", "<Response [502]", "<Response [503]",
        "<Response [504]", "(InternalError) when calling", "(500) when calling", "(503) when calling", "503 Service",
        "ServiceUnavailable", "Service Unavailable", "Internal Server Error", "is not supported in state standby",
        "InternalError & request", "500 Server Error", "502 Bad Gateway", "502 Server Error", "504 Gateway",
        "504 Server Error", "503 Server Error", "500 Internal", "Bad Gateway", "Gateway Time-out", "HTTP Error 503",
        "HTTP Error 502", "HTTP Error 500", "<title>503"), "HTTP"),
)  # fmt: skip

LAUNCH = (
    Cause("mpi_launch", "configuration", "settings", SPECIFIC,
          "the MPI launcher cannot start or reach its processes", (
        "multiple cpus-per-proc was given",   "a directive was also give*",
        "mpirun & unrecognized argument",
        "binding more processes than cpus", "A request was made to bind", "ORTE does not know how to route",
        "orte_init failed", "opal_init failed", "ompi_mpi_init failed", "PMIX ERROR",
        "Permission denied (publickey & orte",
        "There are no allocated resources", "cannot allocate requested resources", "It looks like MPI_INIT failed",
        "It looks like orte_init failed", "WARNING: Open MPI failed to TCP connect",
        "No network interfaces were found", "A call to mkdir was unable to create the desired directory & orte",
        "There are not enough slots", "not enough slots available", "ORTE was unable to reliably start",
        "unable to reliably start one or more daemons", "ORTE daemon & failed", "ORTE has lost communication",
        "An ORTE daemon has unexpectedly failed", "PRTE has lost communication", "PRTE daemon & failed", "prted",
        "mpirun was unable ! find the specified executable ! launch the specified application", "mpiexec & unable",
        "mpirun has detected an attempt to run as root", "plm:rsh:*", "plm_rsh_agent & not",
        "The value of the MCA parameter \"plm_rsh_agent\"", "HYDU_sock_write error", "HYDT_bscd_*",
        "unable to change wdir", "mpirun could not find",
        "All nodes which are allocated for this job are already filled", "could not be resolved to a host & mpirun",
        "hostfile & not found", "Unable to find hostfile, ! proceed", "hostfile & slots & invalid",
        "bash: orted: command not found", "orted: command not found", "hydra_pmi_proxy & not", "unable to run proxy",
        "ssh operation failed", "A daemon (pid & died unexpectedly", "while attempting to launch so we are aborting",
        "MPI_INIT has failed", "btl_tcp* & unexpected process identifier", "MPI_Init_thread & failed",
        "PMIx_Init failed", "PML add procs failed",
        "pdsh & exited", "Your job failed to map", "SSH & launcher & unreachable", "OMPI was not built with SLURM"
        ), "Open MPI, PRRTE, MPICH Hydra, DeepSpeed pdsh"),
    Cause("invalid_collective", "configuration", "code", SPECIFIC,
          "the ranks use the collective library in ways that do not fit", (
        "NCCL Error 4", "NCCL Error 5",
        "has inconsistent & params",
        "ProcessGroup*::* & invalid tensor", "One rank sent & another rank sent", "Mismatched MPI operations",
        "sizes across ranks",
        "Detected mismatch between collectives on ranks", "mismatch between collectives", "ncclInvalidUsage",
        "ncclInvalidArgument", "invalid usage, NCCL", "nccl* & failed: invalid ! NET/",
        "ProcessGroup* does not support",
        "Invalid scalar type",
        "Tensors must be CUDA and dense",
        "No backend type associated with device type", "Default process group has not been initialized",
        "trying to initialize the default process group twice", "Distributed package doesn't have NCCL",
        "Unknown c10d backend", "the group * is not initialized", "Backend nccl does not support",
        "Broken pipe & wrong version", "NCCL & mismatched versions", "NCCL versions & mismatch",
        "Message truncated : received", "message truncated", "MPI_ERR_TRUNCATE"), "PyTorch c10d, NCCL, MPI"),
)  # fmt: skip

OF_ANOTHER = tuple(
    f"{one} {ended}"
    for one in ("another task", "another rank", "another process", "leader task", "peer task", "remote task")
    for ended in ("died", "failed", "has died", "has failed", "crashed", "has crashed")
)
"""How a process says that it ends because another did."""
COLLECTIVE = (
    Cause("collective_timeout", "network", "network", SYMPTOM,
          "a collective timed out or lost a peer", (
        "等待*节点*超时", "等待*进程*超时", "等待*worker*超时",
        "NCCL error in:",
        "NCCL error & unhandled", "NCCL Error 2", "NCCL Error 1", "NCCL Error 3", "NCCL Error 6",
        "ncclSuccess & NCCL error",
        "RPC call to * timed out",
        "Heartbeat of * timed out", "EI0006", "Getting socket times out",
        "Failed to accept connection", "Socket Connect Error", "connect to (failed)", "NCCL communicator * aborted",
        "lost heartbeat", "missed heartbeat", "heartbeat timeout", "stopped sending heartbeats",
        "leader & unavailable", "remote node & failed", "MPI_ERR_PROC_FAILED", "communicator was revoked",
        "An error occurred in MPI_*", "peer closed", "peer closed connection", "connection was forcibly closed",
        "Disconnected from tracker",
        "Failed to connect to the tracker", "tasks are unhealthy", *OF_ANOTHER, "different incarnation",
        "Watchdog caught collective",
        "failure detected by watchdog", "watchdog thread terminated", "collective operation timeout",
        "NCCL operations have failed", "NCCL timeout", "NCCL & timed out", "ncclRemoteError", "ncclInternalError",
        "please report this issue to the NCCL developers", "Test NCCL failure",
        "ncclSystemError", "ncclUnhandledCudaError", "Connection closed by", "Connection reset by peer",
        "connection was reset by peer", "ConnectionResetError", "Connection reset", "Broken pipe", "BrokenPipeError",
        "gloo & timed out", "gloo & timeout", "Gloo connectFullMesh failed", "gloo/transport",
        "Application timeout caused pair closure", "DistBackendError", "DistError", "DistStoreError",
        "DistNetworkError", "Socket timeout", "socket timeout", "all-reduce timeout", "allreduce timeout",
        "Allreduce failed", "heartbeat monitor", "Heartbeat monitor timed out", "Horovod has been shut down",
        "HorovodInternalError", "Horovod & stalled", "Stalled tensor", "Stalled ranks",
        "One or more tensors were submitted to be reduced", "has failed to send", "remote process exited", "TCPStore",
        "store->get", "wait timeout after", "NCCL communicator was aborted", "NCCL & aborted on rank",
        "communicator & aborted", "taking the entire process down", "barrier & timeout", "barrier & timed out",
        "monitoredBarrier", "timed out waiting for & ranks", "waiting for clients", "clients joined",
        "waiting for other ranks & timed out", "RendezvousTimeoutError", "rendezvous & timeout",
        "RendezvousConnectionError", "RendezvousClosedError", "Rendezvous & failed", "last enqueued NCCL",
        "unhandled system error, NCCL", "unhandled cuda error, NCCL", "peer is gone", "peer * is gone",
        "lost connection to", "NCCL error & remote", "Failed to recv, got 0 bytes", "recvValue failed",
        "recv * got 0 bytes", "failed to recv", "sendBytes failed", "Connection was likely closed", "peer rank",
        "process has unexpectedly disconnected", "peer has unexpectedly disconnected", "Signal: 15 (Terminated)",
        "CollectiveOps & abort*", "Collective ops is aborted", "Collective op & abort", "Stream removed",
        "CancelledError & worker", "UnavailableError", "failed to connect to all addresses", "Barrier timed out",
        "DEADLINE_EXCEEDED", "DeadlineExceededError", "still waiting for response from",
        "coordination service & error", "Coordination service", "The tasks have crashed",
        "poll_for_error", "rabit & fail*", "Poll timeout", "AllReduce failed", "tracker & timed out", "Link failure",
        "Socket Timeout", "collective op & timed out", "DDP expects same model across all ranks",
        "Exception raised from checkTimeout", "Exception raised from sendBytes", "Exception raised from recvBytes",
        "Flight recorder & timeout", "对方重设", "断开的管道", "HcclAllReduce & timeout", "HCCL & timeout", "EI0002",
        "notify wait timeout"), "PyTorch c10d, NCCL, Gloo, Horovod, TensorFlow, JAX, rabit"),
    Cause("terminated", "runtime", "platform", SYMPTOM,
          "the process was ended because another one failed", (
        "failed to run torchrun", "failed to run python*", "failed to run the command",
        "Failed to startup worker", "worker startup repeatedly failed",
        "Rabit returns with exit code", "XGBoostModel training failed", "Training Task Failed during XGBoost",
        "Job aborted due to stage failure", "Worker failed with error", "RayTaskError", "TuneError",
        "TrainingFailedError", "WorkerGroupError", "Some workers failed", "one or more processes failed",
        "exited with a non-zero", "Child process exited", "child process * exited",
        "srun: error: *: task *: Exited with exit code", "Task exited with non-zero exit code",
        "command terminated with exit code", "Worker exited", "returned non-zero exit code", "SIGTERM",
        "got signal: 15", "death signal", "SignalException", "closing signal", "MPI_ABORT", "MPI_Abort",
        "ChildFailedError", "ProcessExitedException", "ProcessRaisedException", "terminate called after",
        "exiting due to", "workers failed", "RaySystemError", "RayActorError", "ActorDiedError", "actor died",
        "ActorUnavailableError", "Received signal 15", "received signal 15", "exitcode  : -15", "EngineDeadError",
        "EngineCore encountered an issue", "EngineCore encountered a fatal", "Engine core initialization failed",
        "EngineCore failed to start",
        "Engine process failed to start", "See root cause above", "See stack trace above", "See error above",
        "WorkerProc initialization failed", "WorkerProc hit an exception", "Executor failed",
        "returned non-zero exit status", "CalledProcessError", "died with <Signals", "exits with return code",
        "Primary job * terminated normally", "non-zero exit code", "exited with non-zero status", "BAD TERMINATION",
        "FAILED with no error file", "detected that one or more processes exited",
        "Per user-direction, the job has been aborted", "terminated by signal 15", "mpirun noticed that",
        "mpirun detected that", "local_rank * FAILED", "failed (exitcode:", "multiprocess worker died",
        "Failed core proc", "CANCELLED AT", "Job step aborted", "已终止", "Terminated ! with ! signal ! process",
        "Killing subprocess", "AsyncEngineDeadError", "MQEngineDeadError", "leaked semaphore",
        "Worker * died, exit code"), "torchrun, DeepSpeed, Open MPI, Ray, vLLM, Horovod, Slurm"),
)  # fmt: skip
