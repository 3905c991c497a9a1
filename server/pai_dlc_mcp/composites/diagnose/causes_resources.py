"""Causes in logs: memory of GPU and host, disks, limits of the container, GPUs and drivers. Instances only.

Sources of the forms: PyTorch, CUDA, NCCL, JAX/XLA, TensorFlow, vLLM, Ray, the Linux kernel and glibc's ``strerror`` in
the languages that shells and tools are localised to.
"""

from __future__ import annotations

from .causes import DECISIVE, KIND, SPECIFIC, Cause

KERNEL = (
    Cause("host_memory", "resource", "host_memory", DECISIVE,
          "the kernel killed a process: the pod's own memory was used up", (
        "Memory cgroup out of memory", "Out of memory: Killed process", "Out of memory: Kill process", "oom_reaper",
        "oom-kill:constraint*", "invoked oom-killer"), "Linux kernel"),
    Cause("gpu_hardware", "system", "hardware", DECISIVE,
          "the driver reported a fault of a GPU (Xid)", (
        "NVRM: Xid ! : 13, ! : 31, ! : 43, ! : 45, ! : 69,", "Xid (PCI ! : 13, ! : 31, ! : 43, ! : 45, ! : 69,",
        "GPU has fallen off the bus", "GPU is lost", "fallen off the bus"), "NVIDIA driver"),
    Cause("device_assert", "runtime", "code", SPECIFIC,
          "the driver reported a fault of the program on a GPU (Xid)", (
        "NVRM: Xid & : 13,", "NVRM: Xid & : 31,", "NVRM: Xid & : 43,", "NVRM: Xid & : 45,"), "NVIDIA driver"),
)  # fmt: skip
RESOURCES = (
    Cause("host_memory", "resource", "host_memory", SPECIFIC,
          "the pod's own memory (not the GPU's) was not enough", (
        "insufficient memory for the Java Runtime Environment", "Native memory allocation",
        "Unable to allocate * MiB", "Unable to allocate * GiB", "memory allocation of & failed",
        "Cannot allocate * bytes", "cudaHostAlloc & failed", "cudaHostRegister & fail*",
        "process was killed & memory limit", "Worker exceeded * memory budget", "exceeded 95% memory",
        "Memory limit (total) exceeded", "内存溢出", "ray.exceptions.OutOfMemoryError", "node running low on memory",
        "memory usage threshold & killed", "workers killed due to memory pressure", "killed due to memory pressure",
        "OutOfMemoryError & Java heap space", "OutOfMemoryError & GC overhead", "java.lang.OutOfMemoryError",
        "unable to create native thread", "Cannot allocate memory ! *cuda* ! torch_", "[Errno 12]", "errno: 12",
        "std::bad_alloc ! *cuda*", "numpy*ArrayMemoryError", "Unable to allocate & for an array",
        "MemoryError ! *cuda*", "DefaultCPUAllocator: *memory", "DefaultCPUAllocator: can't allocate", "oom-kill",
        "oom_kill", "OOM-killer", "oom killer ! potential ! possible ! (1)", "Out of memory: Killed process",
        "DataLoader worker & killed by signal: Killed", "exceeded memory limit & killed", "slurmstepd & oom",
        "task * Out Of Memory", "Out Of Memory & srun", "Exceeded job memory limit",
        "exceeded & memory limit, being killed", "mmap failed: Cannot allocate memory",
        "fork: Cannot allocate memory", "malloc of size & failed", "bad alloc: out_of_memory", "ArrowMemoryError",
        "MemoryError: Unable to allocate", "realloc of size & failed", "ObjectStoreFullError", "object store is full",
        "OutOfDiskError & object store", "Failed to put object", "worker was killed due to out-of-memory",
        "killed because it ran out of memory", "exceeding memory limits", "Container killed by YARN",
        "not enough memory: you tried to allocate", "无法分配内存", "内存不足", "Nicht genügend Hauptspeicher",
        "Kann keinen Speicher", "Impossible d'allouer de la mémoire", "Ne peut allouer de la mémoire",
        "No se pudo asignar memoria", "Не удалось выделить память", "Невозможно выделить память",
        "メモリを確保できません", "메모리를 할당할 수 없습니다", "Não foi possível alocar memória"
        ), "Linux kernel, glibc, Ray memory monitor, NumPy, Slurm, JVM"),
    Cause("gpu_memory", "resource", "gpu_memory", SPECIFIC,
          "the GPU's memory was not enough", (
        "ResourceExhaustedError & allocate", "ResourceExhaustedError & device", "enough memory available on the GPU",
        "Cannot allocate memory for tensor & cuda", "CUDA Error: out of memory", "CUDA runtime error (2)",
        "hipErrorOutOfMemory", "cuMemAlloc*", "out of memory & cumem*", "out of GPU memory",
        "BFC & ran out of memory", "could not allocate CUDA", "CUDA_OUT_OF_MEMORY", "std::bad_alloc: CUDA",
        "std::bad_alloc: out_of_memory", "insufficient memory on device", "Failed to allocate memory on GPU",
        "GPU OOM", "CUDA out of memory", "torch.OutOfMemoryError", "torch.cuda.OutOfMemoryError",
        "CUDA error: out of memory", "HIP out of memory", "NPU out of memory", "MUSA out of memory",
        "OutOfMemoryError ! java ! ray.exceptions ! host", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED",
        "CUDA_ERROR_OUT_OF_MEMORY", "cudaErrorMemoryAllocation", "RESOURCE_EXHAUSTED & memory",
        "RESOURCE_EXHAUSTED & oom", "ResourceExhaustedError & OOM", "OOM when allocating tensor",
        "failed to allocate * device memory", "Failed to allocate request for", "Out of memory allocating & bytes",
        "Out of memory while trying to allocate", "Free memory on device & less than desired",
        "No available memory for the cache blocks",
        "max seq len & larger than the maximum number of tokens & KV cache",
        "KV cache is needed, which is larger than the available KV cache memory",
        "larger than the available KV cache", "Failed to CUDA calloc", "Cuda failure & out of memory",
        "Cuda failure 2 ", "cudaMalloc failed: out of memory",
        "Not enough memory. Please try to increase --mem-fraction-static", "bad_alloc: CUDA error",
        "rmm & out_of_memory", "ran out of GPU memory", "not enough GPU memory", "insufficient GPU memory",
        "cudaMalloc & memory allocation", "Memory allocation error on worker",
        "XGBoostError & Memory allocation error", "out of memory & XLA", "ncclUnhandledCudaError & out of memory",
        "exceeds the GPU memory", "does not fit any device", "GPU memory & is insufficient",
        "memory profiling & not enough", "显存不足"), "PyTorch, XLA, TensorFlow, vLLM, cuBLAS, NCCL"),
    Cause("shared_memory", "resource", "host_memory", SPECIFIC,
          "the shared memory (/dev/shm) was not enough", (
        "insufficient shared memory", "out of shared memory ! triton ! required", "Bus error", "SIGBUS ! possible",
        "dev/shm & No space left", "dev/shm & space", "Unable to write to file </torch_", "unable to mmap",
        "unable to open shared memory object", "Error while creating shared memory segment", "shm_open & failed",
        "No space left on device & shm", "object store & dev/shm", "unable to resize file </torch_",
        "shared memory & nccl-", "dev/shm & not enough", "increase the size of * dev/shm", "死机总线错误", "总线错误",
        "Bus-Fehler", "Erreur du bus", "Ошибка шины", "バスエラー", "버스 오류", "Error en el bus"
        ), "PyTorch DataLoader, NCCL, Ray, bash"),
    Cause("disk_full", "resource", "storage", SPECIFIC,
          "a disk, or its quota, had no room left", (
        "No usable temporary directory", "insufficient disk space", "write error: No space", "Write failed: No space",
        "磁盘已满", "超出配额", "配额不足", "No space left on device ! shm", "Disk quota exceeded", "Errno 28",
        "ENOSPC", "Errno 122", "EDQUOT", "error: no space", "not enough free disk space", "Not enough disk space",
        "PytorchStreamWriter failed", "file write failed & inline_container", "unexpected pos & inline_container",
        "OutOfDiskError", "local disk is full",
        "disk is full", "over 95% full", "write failed & quota", "file too large & Errno 27",
        "ResourceExhaustedError & No space", "设备上没有空间", "超出磁盘限额", "磁盘空间不足",
        "Auf dem Gerät ist kein Speicherplatz mehr", "Aucun espace disponible sur le périphérique",
        "No queda espacio en el dispositivo", "На устройстве не осталось места", "Не осталось свободного места",
        "デバイスに空き領域がありません", "장치에 남은 공간이 없음", "Não há espaço disponível no dispositivo"
        ), "glibc, PyTorch, pip, Ray"),
    Cause("open_files", "resource", "settings", SPECIFIC,
          "the limit of open files, processes or threads was reached", (
        "Too many open files", "Errno 24", "EMFILE", "items of ancdata", "can't start new thread", "fork: retry",
        "Resource temporarily unavailable ! lock", "pthread_create failed", "Thread creation failed",
        "libgomp: Thread creation", "ulimit & open files", "Unable to create new native thread",
        "Cannot create thread", "inotify & limit", "打开的文件过多", "资源暂时不可用", "资源临时不可用",
        "Zu viele offene Dateien", "Trop de fichiers ouverts", "Слишком много открытых файлов",
        "Demasiados archivos abiertos", "開いているファイルが多すぎます"), "glibc, Python multiprocessing, OpenMP"),
    Cause("gpu_shared_memory", "runtime", "settings", SPECIFIC,
          "a GPU kernel needs more shared memory than this GPU has", (
        "out of resource: shared memory", "OutOfResources: *shared memory", "too many resources requested for launch",
        "triton.runtime.errors.OutOfResources"), "Triton, CUDA"),
)  # fmt: skip

HARDWARE = (
    Cause("gpu_hardware", "system", "hardware", SPECIFIC,
          "a GPU or its link reported a hardware fault", (
        "GPU * is in an error state", "NVLink & down", "GPU fault", "uncorrectable ECC", "uncorrectable NVLink",
        "ECC error", "ECC errors", "cudaErrorECCUncorrectable", "CUDA_ERROR_ECC_UNCORRECTABLE", "Xid * GPU",
        "Unable to determine the device handle", "GPU has fallen", "GPU requires reset", "GPU reset required",
        "Hardware stack error", "hardware stack error", "cudaErrorHardwareStackError", "NVSwitch & fatal",
        "NVLink & error ! fabric ! disabled ! topo", "unhandled cuda error & hardware", "row remap*",
        "remapping failure", "CUDA error: unknown error", "cudaErrorLaunchFailure & Xid",
        "nvidia-smi & No devices were found", "Unknown Error & nvidia-smi", "failed to initialize NVML: Unknown",
        "Failed to initialize NVML: GPU is lost", "GPU access blocked", "double bit error", "double-bit ECC",
        "contained error & XID", "cudaErrorNvlinkUncorrectable", "machine check", "Machine Check Exception",
        "EDAC & UE", "uncorrected memory error", "Hardware Error]: *fatal", "NPU & heartbeat lost", "ECC & NPU",
        "hbm multi bit", "HBM & uncorrect*"), "NVIDIA driver (Xid catalogue), CUDA"),
    Cause("gpu_busy", "system", "hardware", SPECIFIC,
          "another process holds the GPU, or it is in exclusive mode", (
        "CUDA-capable device(s) is/are busy or unavailable", "cudaErrorDevicesUnavailable",
        "cudaErrorDeviceUnavailable", "all CUDA-capable devices are busy", "exclusive-thread or prohibited"), "CUDA"),
    Cause("fabric_manager", "system", "platform", SPECIFIC,
          "the NVLink fabric of the node is not ready (Fabric Manager)", (
        "Error 802", "system not yet initialized", "cudaErrorSystemNotReady", "fabric manager & not",
        "fabricmanager & fail", "nvidia-fabricmanager"), "CUDA 802"),
    Cause("driver_mismatch", "image", "image", SPECIFIC,
          "the image's CUDA does not fit the node's driver or GPU", (
        "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False",
        "CUDA runtime implicit initialization failed", "cudaErrorInitializationError",
        "CUDA_ERROR_COMPAT_NOT_SUPPORTED", "nvidia-smi has failed because it couldn't communicate",
        "NVML: Driver/library", "Driver Not Loaded", "requires a GPU with compute capability",
        "not implemented for & compute capability", "fp8 & compute capability", "does not support bfloat16",
        "The detected CUDA version", "Incompatible NVIDIA driver", "CUDA driver version is insufficient",
        "no kernel image is available", "driver on your system is too old", "Found no NVIDIA driver",
        "Found no NVIDIA driver on your system", "forward compatibility was attempted", "Error 803", "Error 804",
        "unsupported display driver / cuda driver combination", "not compiled with CUDA enabled",
        "Torch not compiled with CUDA", "cuda capability & is not compatible", "CUDA capability & not compatible",
        "requires cuda>=", "requires cuda >=", "nvidia-container-cli: requirement error",
        "unsatisfied condition: cuda", "unsatisfied condition: driver", "CUDA_ERROR_NO_BINARY_FOR_GPU",
        "cudaErrorNoKernelImageForDevice", "cudaErrorInsufficientDriver", "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
        "the provided PTX was compiled with an unsupported toolchain", "cudaErrorUnsupportedPtxVersion",
        "PTX & unsupported toolchain", "Driver/library version mismatch",
        "kernel version & does not match DSO version", "no CUDA GPUs are available",
        "No CUDA-capable device is detected ! cuInit", "cudaErrorNoDevice", "CUDA_ERROR_NO_DEVICE ! cuInit",
        "CUDA is not available", "CUDA unknown error - this may be due to", "CUDNN_STATUS_NOT_INITIALIZED",
        "CUDNN_STATUS_INTERNAL_ERROR", "CUDNN_STATUS_VERSION_MISMATCH", "CUDNN_STATUS_ARCH_MISMATCH",
        "cuDNN & version & incompat*", "CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH", "Loaded runtime CuDNN library",
        "libcuda reported version & mismatch", "Bfloat16 is only supported on GPUs", "compute capability & at least",
        "FlashAttention only supports Ampere", "sm_* is not compatible", "GPU & not supported & bf16",
        "detected CUDA version & mismatches the version", "CUDA version & mismatches",
        "does not match the version torch was compiled with", "CUDAMismatchException",
        "CUDA version * does not match", "mismatched CUDA versions", "only supports Ampere GPUs or newer",
        "doesn't support & compute capability", "Unable to get GPU & driver", "jaxlib & was not built with",
        "Unable to initialize backend 'cuda'", "Failed to initialize NVML: Driver", "no NVIDIA GPU & driver",
        "your bf16 & not supported", "not supported by the current GPU", "no usable CUDA",
        "not available on this device & bf16", "Your setup doesn't support bf16/gpu", "libcuda.so* cannot open",
        "Could not find cuda drivers ! on your machine", "ptxas & unsupported", "ptxas fatal",
        "Unsupported gpu architecture"), "CUDA error list, PyTorch, nvidia-container-cli, vLLM, cuDNN"),
    Cause("wrong_architecture", "image", "image", SPECIFIC,
          "the image or program is built for another processor", (
        "exec format error", "Exec format error", "Illegal instruction", "SIGILL ! possible",
        "platform & does not match the detected host", "compiled to use & instructions, but these aren't available",
        "非法指令", "可执行文件格式错误", "无法执行二进制文件", "Недопустимая инструкция",
        "Ungültiger Maschinenbefehl", "Instruction non permise"), "Linux, TensorFlow"),
    Cause("device_assert", "runtime", "code", SPECIFIC,
          "a GPU kernel failed, often an index out of its range", (
        "device-side assert", "illegal memory access", "misaligned address", "unspecified launch failure",
        "cudaErrorIllegalAddress", "cudaErrorLaunchFailure", "CUDA_ERROR_ILLEGAL_ADDRESS", "CUDA_ERROR_LAUNCH_FAILED",
        "Assertion * srcIndex < srcSelectDimSize", "Assertion * failed & Indexing.cu",
        "Assertion * failed & block: [", "ScatterGatherKernel.cu", "t >= 0 && t < n_classes",
        "CUDNN_STATUS_EXECUTION_FAILED", "CUBLAS_STATUS_EXECUTION_FAILED", "CUDNN_STATUS_MAPPING_ERROR",
        "an illegal instruction was encountered", "CUDA error: an illegal", "invalid program counter",
        "warp & illegal"), "CUDA, PyTorch"),
    Cause("driver_mismatch", "image", "image", KIND,
          "cuDNN cannot be initialised: another version, or no memory left", (
        "cuDNN failed to initialize",), "TensorFlow"),
    Cause("device_assert", "runtime", "code", KIND,
          "a call of cuBLAS, cuDNN or another GPU library failed", (
        "CUBLAS_STATUS_*", "CUDNN_STATUS_*", "CUSOLVER_STATUS_*", "CUFFT_*", "cuDNN error", "CUSPARSE_STATUS_*",
        "CUDA error: invalid argument", "CUDA error: invalid configuration", "CUDA error: operation not",
        "CUDA error"), "CUDA"),
)  # fmt: skip
