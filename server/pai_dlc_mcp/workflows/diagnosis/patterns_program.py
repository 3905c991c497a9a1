"""What programs print when they fail, by category. Order matters only between equal weights."""

from __future__ import annotations

from .patterns import GENERIC, KIND, SPECIFIC, SYMPTOM, Pattern, pattern

RESOURCE = (
    pattern("gpu_memory", "resource", SPECIFIC, "the GPU's memory was not enough",
            "cuda out of memory", "outofmemoryerror", "cuda error: out of memory", "hip out of memory",
            "cublas_status_alloc_failed", "cuda_error_out_of_memory", "resource_exhausted & oom",
            "resourceexhaustederror", "npu out of memory"),
    pattern("host_memory", "resource", SPECIFIC, "the pod's memory was not enough",
            "cannot allocate memory", "std::bad_alloc", "memoryerror", "oom-kill", "oomkill", "out of memory: kill",
            "dataloader worker & killed by signal: killed", "java.lang.outofmemoryerror", "unable to allocate & array",
            "defaultcpuallocator"),
    pattern("shared_memory", "resource", SPECIFIC, "the shared memory was not enough",
            "insufficient shared memory", "out of shared memory", "bus error", "dev/shm & no space",
            "unable to write to file </torch_", "unable to mmap"),
    pattern("disk_full", "resource", SPECIFIC, "a disk had no room left",
            "no space left on device", "disk quota exceeded", "errno 28", "enospc", "errno 122", "error: no space"),
    pattern("open_files", "resource", SPECIFIC, "the limit of open files or processes was reached",
            "too many open files", "can't start new thread", "fork: retry", "resource temporarily unavailable"),
)  # fmt: skip

IMAGE = (
    pattern("missing_module", "image", SPECIFIC, "a Python module is not installed in the image",
            "modulenotfounderror", "no module named"),
    pattern("missing_library", "image", SPECIFIC, "a system library is missing in the image or of another version",
            "cannot open shared object file", "undefined symbol", "glibc & not found", "glibcxx",
            "error while loading shared libraries"),
    pattern("driver_mismatch", "image", SPECIFIC, "the image's CUDA does not fit the node's GPU or driver",
            "cuda driver version is insufficient", "no kernel image is available", "driver on your system is too old",
            "found no nvidia driver", "forward compatibility was attempted", "not compiled with cuda enabled",
            "cuda capability & is not compatible", "requires cuda>="),
    pattern("wrong_architecture", "image", SPECIFIC, "the image or program is for another processor",
            "exec format error", "illegal instruction", "platform & does not match"),
    pattern("import_failed", "image", KIND, "an import failed: a package of another version than the program expects",
            "importerror", "cannot import name"),
)  # fmt: skip

CONFIGURATION = (
    pattern("credential", "configuration", SPECIFIC, "a credential or permission of the program was refused",
            "invalidaccesskeyid", "signaturedoesnotmatch", "accessdenied", "access denied", "403 forbidden",
            "401 unauthorized", "403 client error", "401 client error", "gated repo", "invalid api key",
            "incorrect api key", "api key & not", "no api key", "authentication failed", "authenticationerror",
            "could not read username", "permission denied (publickey", "securitytoken & expired", "invalid token",
            "invalid username or token", "not authorized"),
    pattern("missing_variable", "configuration", SPECIFIC, "an environment variable or setting is not given",
            "environment variable & not set", "environment variable & missing", "environment variable & required",
            "environment variable & expected, but not set", "unbound variable", "parameter not set",
            "must be set", "is not set & env"),
    pattern("command_not_found", "configuration", SPECIFIC, "the start command names a program that is not there",
            "command not found", "sh: 1: & not found", "sh: line & not found", "/sh: & not found",
            "executable file not found", "can't open file", "exec: & not found"),
    pattern("package_not_found", "configuration", SPECIFIC, "a package that the job installs does not exist as asked",
            "no matching distribution found", "could not find a version that satisfies", "resolutionimpossible",
            "unable to locate package", "has no installation candidate"),
    pattern("code_not_fetched", "configuration", SPECIFIC, "the code cannot be fetched",
            "fatal: repository", "fatal: couldn't find remote ref", "remote branch & not found",
            "pathspec & did not match", "fatal: not a git repository"),
    pattern("bad_argument", "configuration", SPECIFIC, "the program was started with a wrong argument",
            "unrecognized arguments", "unrecognized argument", "arguments are required", "invalid choice",
            "unknown option", "unrecognized option", "invalid option", "no such option", "error: argument",
            "expected one argument", "missing required argument", "unexpected keyword argument & config",
            "error: missing option", "got unexpected extra argument", "unexpected argument"),
    pattern("bad_settings_file", "configuration", SPECIFIC, "a settings file cannot be read",
            "yaml.scanner", "yaml.parser", "scannererror", "parsererror & yaml", "tomldecodeerror",
            "configattributeerror", "missingmandatoryvalue", "missingconfigexception", "configkeyerror",
            "omegaconf", "configuration error", "invalid configuration", "validation error for"),
    pattern("too_many_processes", "configuration", SPECIFIC, "more processes or devices are asked for than there are",
            "invalid device ordinal", "duplicate gpu detected", "not divisible by", "must be divisible",
            "world size & does not match", "world_size & does not", "device id must be",
            "not enough gpus", "invalid cuda 'device"),
    pattern("port_in_use", "configuration", SPECIFIC, "a port that the program listens on is taken",
            "address already in use", "eaddrinuse", "errno: 98", "errno 98", "failed to bind"),
    pattern("missing_file", "configuration", SPECIFIC, "a file or folder that the program reads is not there",
            "filenotfounderror", "no such file or directory", "nosuchkey", "nosuchbucket", "notadirectoryerror",
            "repository not found", "404 client error", "entrynotfounderror", "is not a local folder",
            "does not appear to have a file named", "does not exist & path", "path does not exist", "file not found"),
    pattern("file_permission", "configuration", SPECIFIC, "a file may not be read, written or executed",
            "permissionerror", "permission denied", "read-only file system", "operation not permitted"),
    pattern("mpi_launch", "configuration", SPECIFIC, "the MPI launcher cannot start its processes",
            "there are not enough slots", "orte daemon & failed", "prted", "mpirun was unable", "mpiexec & unable"),
)  # fmt: skip

NETWORK = (
    pattern("rdma", "network", SPECIFIC, "the fast network between nodes (RDMA) does not work",
            "ibv_ & fail", "net/ib & warn", "got completion & error", "no socket interface found",
            "no eth interface", "rdma & fail", "ibv_poll_cq", "ib device & not", "call to ibv_", "ncclsystemerror"),
    pattern("name_resolution", "network", SPECIFIC, "a host name cannot be resolved",
            "temporary failure in name resolution", "name or service not known", "could not resolve host",
            "nameresolutionerror", "getaddrinfo failed", "no address associated", "nodename nor servname",
            "unknown host", "no such host"),
    pattern("unreachable", "network", SPECIFIC, "an address on the network cannot be reached",
            "connection timed out", "connect timeout", "read timed out", "readtimeout", "connecttimeout",
            "max retries exceeded", "network is unreachable", "no route to host", "connection to & timed out",
            "i/o timeout", "failed to establish a new connection", "proxyerror", "tls handshake timeout", "sslerror",
            "certificate verify failed", "failed to connect to", "ssh: connect to host", "operation timed out",
            "err_connection", "the read operation timed out", "host is unreachable", "unable to access 'http"),
    pattern("refused", "network", KIND, "a connection was refused: nothing listens there, or the peer is gone",
            "connection refused", "econnrefused"),
)  # fmt: skip

SYSTEM = (
    pattern("gpu_hardware", "system", SPECIFIC, "a GPU reported a hardware fault",
            "uncorrectable ecc", "ecc error", "fallen off the bus", "nvrm: xid", "xid (pci", "nvlink & error",
            "cuda_error_ecc", "unable to determine the device handle", "gpu is lost", "gpu requires reset",
            "hardware stack error", "cudaerrordevicesunavailable", "devices unavailable", "nvswitch & fatal",
            "cuda error: unknown error", "row remap"),
    pattern("storage_fault", "system", SPECIFIC, "the mounted storage failed",
            "input/output error", "stale file handle", "stale nfs", "transport endpoint is not connected",
            "remote i/o error", "errno 5]", "errno 116]"),
    pattern("service_fault", "system", SPECIFIC, "a service answered with an internal fault",
            "503 service", "serviceunavailable", "service unavailable", "internal server error", "internalerror",
            "500 server error", "502 bad gateway", "504 gateway", "503 server error"),
)  # fmt: skip

RUNTIME = (
    pattern("syntax", "runtime", SPECIFIC, "the program's source cannot be parsed",
            "syntaxerror", "indentationerror", "taberror", "syntax error near"),
    pattern("checkpoint_mismatch", "runtime", SPECIFIC, "a checkpoint does not fit the model",
            "size mismatch for", "loading state_dict", "unexpected key(s)", "missing key(s)", "loading a checkpoint"),
    pattern("not_a_number", "runtime", SPECIFIC, "training diverged: a value is not a number",
            "loss is nan", "nan loss", "loss: nan", "loss=nan", "loss nan", "non-finite", "nan or inf", "inf or nan",
            "found nan", "nan detected", "nan in loss", "floatingpointerror", "nan in gradient",
            "minimum loss scale reached", "loss scale"),
    pattern("corrupt_data", "runtime", SPECIFIC, "an input record or file is damaged",
            "corrupt", "unpicklingerror", "unexpected eof", "unexpected end of", "eoferror", "truncated", "bad crc",
            "cannot identify image", "badzipfile", "not a gzip", "checksum", "invalid header", "crc check failed",
            "invalid magic number", "pytorchstreamreader failed"),
    pattern("device_assert", "runtime", SPECIFIC, "a GPU kernel failed, often an index out of its range",
            "device-side assert", "illegal memory access", "misaligned address", "unspecified launch failure",
            "cudnn_status", "cublas_status"),
    pattern("out_of_range", "runtime", SPECIFIC, "an index or label lies outside its range",
            "out of bounds", "indexerror", "index out of range", "out of range"),
    pattern("shape_mismatch", "runtime", SPECIFIC, "tensors of shapes or types that do not fit",
            "shapes cannot be multiplied", "size of tensor", "expected scalar type", "shape mismatch",
            "sizes of tensors must match", "expected all tensors to be on the same device", "must match the size",
            "expected object of scalar type", "shape & is invalid for input", "incompatible shapes"),
    pattern("segmentation_fault", "runtime", SPECIFIC, "a program or library crashed in native code",
            "segmentation fault", "sigsegv", "signal 11", "fatal python error", "double free", "stack smashing",
            "core dumped & sigill"),
    pattern("deadlock", "runtime", KIND, "threads or processes wait for each other", "deadlock",
            "resource deadlock"),
    pattern("assertion", "runtime", KIND, "an assertion of the program failed", "assertionerror", "assertion failed",
            "assertion `"),
    pattern("child_killed", "runtime", GENERIC, "a child process was killed", "killed by signal", "signal: killed",
            "\nkilled"),
)  # fmt: skip

COLLECTIVE = (
    pattern("collective_timeout", "network", SYMPTOM, "a collective timed out or lost a peer",
            "watchdog caught collective", "collective operation timeout", "nccl operations have failed",
            "nccl timeout", "nccl & timed out", "ncclremoteerror", "connection closed by", "connection reset by peer",
            "broken pipe", "gloo & timed out", "gloo & timeout", "distbackenderror", "disterror",
            "socket timeout", "all-reduce timeout", "allreduce timeout",
            "heartbeat monitor", "horovod has been shut down", "has failed to send", "remote process exited",
            "tcpstore", "store->get", "wait timeout after", "nccl communicator was aborted", "taking the entire",
            "barrier & timeout", "barrier & timed out", "timed out waiting for & ranks", "waiting for clients",
            "waiting for other ranks & timed out", "rendezvoustimeouterror", "rendezvous & timeout",
            "rendezvousconnectionerror", "last enqueued nccl", "unhandled system error, nccl", "peer & is gone",
            "lost connection to", "nccl error & remote", "peer rank"),
    pattern("terminated", "runtime", SYMPTOM, "the process was ended because another one failed",
            "sigterm", "got signal: 15", "death signal", "signalexception", "closing signal", "mpi_abort",
            "childfailederror", "terminate called after", "core dumped", "exiting due to", "workers failed",
            "raysystemerror", "actordiederror", "actor died", "received signal 15", "exitcode  : -15"),
)  # fmt: skip

PROGRAM: tuple[Pattern, ...] = (
    *COLLECTIVE, *RESOURCE, *IMAGE, *SYSTEM, *CONFIGURATION, *NETWORK, *RUNTIME,
)  # fmt: skip

EXCEPTION = pattern("exception", "runtime", GENERIC, "the program raised an exception that nothing caught")
ERROR_LINE = pattern("error_line", "runtime", GENERIC, "the program printed an error")

NOISE = ("deprecat", "futurewarning", "userwarning", "running pip as", "requirements.txt", "runtimewarning",
         "syntaxwarning", "resourcewarning", "pkg_resources", "tensorrt", "cuda drivers on your machine")  # fmt: skip
"""Lines that hold one of these explain nothing."""
