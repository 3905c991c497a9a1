"""Causes in logs: what the image holds, the start command, settings, credentials and files. Instances only.

Sources of the forms: CPython, pip, glibc's loader and ``strerror``, bash and dash (also localised), argparse, click,
Hydra, pydantic, git, Hugging Face Hub, Weights & Biases, OSS and S3 clients.
"""

from __future__ import annotations

from .causes import GENERIC, KIND, SPECIFIC, Cause

IMAGE = (
    Cause("import_failed", "image", "image", SPECIFIC,
          "an installed package does not fit the others (version or binary)", (
        "module compiled against API version", "compiled against ABI version", "compiled using NumPy 1.x",
        "numpy.dtype size changed", "numpy.core.multiarray failed to import", "_ARRAY_API not found",
        "module 'numpy' has no attribute", "`np.*` was removed in the NumPy", "cannot import name",
        "binary incompatibility", "is required for a normal functioning", "but found & version",
        "requires & but you have & which is incompatible ! ERROR: pip", "requires & but you'll have",
        "DistributionNotFound", "VersionConflict", "PackageNotFoundError", "partially initialized module",
        "Please upgrade & version", "requires transformers>=", "requires the * library but it was not found",
        "requires * to be installed", "Using `* requires ! requires a GPU", "but it is not installed",
        "is not installed, please install", "please install it with", "pip install & to use",
        "FlashAttention2 has been toggled on, but it cannot be used", "package * doesn't seem to be installed",
        "flash_attn seems to be not installed", "requires the following packages that were not found",
        "This modeling file requires", "apex & is not installed", "Descriptors cannot be created directly",
        "No module named & is not a package", "incompatible with the installed", "was built against & but",
        "Failed to import * because of the following error ! No module named",
        "compiled with different & versions", "operator *::* does not exist", "Only a single TORCH_LIBRARY",
        "cached in a LocalFileSystem is not supported",
        "Model architectures & are not supported",
        "has no attribute '__version__'", "DLL load failed", "initialization of * raised unreported exception",
        "Error importing plugin", "Could not run 'torchvision::*",
        "AttributeError: module", "mismatch between & installed version",
        "version mismatch ! nvml ! *cuda*", "does not recognize this architecture",
        "model type * but Transformers does not recognize", "Unsupported * version & python"
        ), "CPython, NumPy 2, pip, Transformers"),
    Cause("missing_module", "image", "image", SPECIFIC,
          "a Python module is not installed in the image", (
        "Couldn't instantiate the backend tokenizer",
        "No module named ! is not a package", "ModuleNotFoundError", "NoClassDefFoundError", "ClassNotFoundException",
        "Could not find or load main class", "没有名为 & 的模块"), "CPython, JVM"),
    Cause("missing_library", "image", "image", SPECIFIC,
          "a system library, header or compiler is missing in the image, or of another version", (
        "cannot open shared object file", "undefined symbol", "GLIBC_* not found", "GLIBCXX_* not found",
        "version `* not found", "CXXABI_* not found", "error while loading shared libraries", "symbol lookup error",
        "Python.h: No such file", "fatal error: *.h: No such file", "fatal error: *.h: 没有",
        "fatal error: *.hpp: No such file", "CUDA_HOME environment variable is not set", "CUDA_HOME does not exist",
        "CUDA_HOME & unable to compile", "nvcc: not found", "nvcc: command not found", "nvcc not found",
        "gcc: command not found", "gcc: not found", "No such file or directory: 'nvcc'",
        "No such file or directory: '*/nvcc'", "No such file or directory: 'gcc'", "Failed to find C compiler",
        "Ninja is required to load C++ extensions", "gladLoadGL error", "EGL & cannot initialize *",
        "libcudart & cannot open", "libGL.so.1",
        "appropriate backend to handle uri", "Failed to verify the OPP", "ASCEND_OPP_PATH",
        "ldconfig & not found & triton",
        "Could not load dynamic library & cannot open ! ignore ! tensorrt ! nvinfer ! cudart_stub", "cannot find -l*",
        "OSError: libtorch*", "Error building extension", "Unable to find * libnccl", "Could not load library lib*",
        "Could not load library libcudnn*", "Unable to load any of {libcudnn*", "Library not loaded",
        "cannot find libcudnn", "cannot load library", "libtinfo.so", "libmpi.so*", "libibverbs & not found",
        "无法打开共享对象文件", "无法打开共享目标文件"), "glibc ld.so, GCC, Triton, PyTorch extensions"),
)  # fmt: skip

COMMAND = (
    Cause("crlf", "configuration", "settings", SPECIFIC,
          "a script has Windows line ends (CRLF)", (
        "bash\\r", "sh\\r", "python\\r", "python3\\r", "$'\\r'", "bash^M", "sh^M", "bad interpreter & ^M",
        "'\\r': command not found", "\\r: command not found", "\\r: not found", "invalid option & \\r", "$'{\\r'",
        "\\r: 未找到命令"), "bash, env"),
    Cause("command_not_found", "configuration", "settings", SPECIFIC,
          "the start command names a program that is not there", (
        "command not found", "sh: 1: * not found", "sh: line & not found", "sh: * not found ! glibc",
        "/sh: * not found", "executable file not found", "can't open file", "exec: * not found",
        "bad interpreter: No such file", "env: * No such file or directory", "unable to find executable",
        "No such file or directory: 'python", "could not find executable", "failed to exec",
        "execve(): *: No such file", "execvp error on file", "mpirun was unable to find the specified executable",
        "unable to launch the specified application", "could not access or execute an executable", "未找到命令",
        "找不到命令",
        "命令未找到", "command non trouvée", "commande introuvable", "Kommando nicht gefunden",
        "Befehl nicht gefunden", "команда не найдена", "orden no encontrada", "comando não encontrado",
        "コマンドが見つかりません", "명령어를 찾을 수 없음", "명령을 찾을 수 없", "comando non trovato"
        ), "bash, dash, env, containerd, Open MPI"),
    Cause("bad_argument", "configuration", "settings", SPECIFIC,
          "the program was started with a wrong argument", (
        "error: the following arguments", "invalid int value", "invalid float value", "Error: No such command",
        "unrecognized arguments", "unrecognized argument", "arguments are required", "argument is required",
        "invalid choice", "unknown option", "unrecognized option", "invalid option -", "illegal option",
        "No such option", "error: argument ! http", "expected one argument", "expected at least one argument",
        "Missing required argument", "Error: Missing option", "Error: Missing argument",
        "Got unexpected extra argument", "unexpected argument", "Error: Invalid value for",
        "not allowed with argument", "ambiguous option",
        "Some specified arguments are not used by the HfArgumentParser",
        "unexpected keyword argument & __init__ & config", "Unknown command line flag", "Flags parsing error",
        "Unknown flag", "requires an argument --", "unknown shorthand flag", "flag provided but not defined",
        "UnrecognizedArguments", "ConfigCompositionException", "Could not override", "Key * is not in struct",
        "Error merging override", "mismatched input & expecting",
        "missing * at '<EOF>'", "no viable alternative at input", "extraneous input & expecting",
        "token recognition error at", "Unknown arguments", "無法識別", "无法识别的选项",
        "无效选项", "不适用的选项"), "argparse, click, absl, Hydra, getopt"),
    Cause("bad_settings_file", "configuration", "settings", SPECIFIC,
          "a settings file or value is refused", (
        "MDB_MAP_FULL", "no socket interface found", "no eth interface", "Unable to find address for: *",
        "must be specified. ! tensor", "YAML syntax", "could not find expected ':'", "Invalid YAML",
        "yaml.constructor", "Expecting property name enclosed", "Invalid JSON", "pydantic_core & validation",
        "yaml.scanner", "yaml.parser", "ScannerError", "ParserError & yaml", "YAMLError", "TOMLDecodeError",
        "ConfigAttributeError", "MissingMandatoryValue", "MissingConfigException", "ConfigKeyError",
        "codec can't encode", "Error instantiating", "Error in call to target", "configuration error",
        "invalid configuration ! *cuda* ! configuration argument",
        "validation error for", "validation errors for",
        "pydantic*ValidationError", "Extra inputs are not permitted", "DeepSpeedConfigError",
        "DeepSpeed config & not", "Check batch related parameters", "train_batch_size is not equal to",
        "Batch size per & must be", "OmegaConf", "JSONDecodeError & config", "Could not parse config",
        "KeyError & config", "is not a valid JSON file", "It looks like the config file at",
        "Missing mandatory value", "Interpolation key", "unsupported config", "Unrecognized configuration class",
        "Unrecognized model in", "Invalid `*` in config", "invalid type & config", "ConfigurationError",
        "Unsupported optimizer", "GEMM & not supported with config", "must be one of & but got ! tensor ! expected",
        "MisconfigurationException", "InvalidConfigError", "is not supported for config", "rope_scaling",
        "Error parsing config", "config.json & is not valid", "fp16 & bf16 & cannot", "mutually exclusive",
        "Invalid zero stage", "ZeRO & only supports", "ZeRO & not compatible",
        "You can't move a model that has some modules offloaded", "unsupported value & config"
        ), "PyYAML, pydantic, DeepSpeed, Hydra, Transformers, Lightning"),
    Cause("too_many_processes", "configuration", "settings", SPECIFIC,
          "the numbers of processes, GPUs or parts do not fit each other", (
        "device >= 0 && device < num_gpus", "Less than two GPU ids were configured", "but torch.cuda.device_count() is",
        "must be divisible by tensor parallel", "larger than world size", "Not enough GPUs", "exceeds number of gpus",
        "requested more GPUs", "No available node types can fulfill resource request",
        "Total available GPUs * is less than total desired GPUs", "should be divisible by", "not evenly divisible",
        "invalid device ordinal", "Invalid rank requested", "Duplicate GPU detected", "not divisible by",
        "must be divisible",
        "is not a multiple of", "world size & does not match", "world_size & does not", "world size & not equal",
        "world size * is less than", "Device id must be", "not enough GPUs", "Invalid CUDA 'device",
        "world_size & less than", "World size (* is larger than", "larger than the number of available GPUs",
        "larger than the available number of GPUs", "exceeds the number of available GPUs",
        "number of GPUs & exceed*", "num_gpus & available", "tensor parallel size * cannot be larger",
        "nproc_per_node & more than", "there are only * GPUs", "local_rank & device_count", "expected * GPUs",
        "tensor_parallel_size & greater", "invalid device id", "cudaErrorInvalidDevice", "requires at least * GPUs",
        "Requested * GPUs", "You requested gpu", "machine only has", "placement group & infeasible",
        "cannot be scheduled & resource request & infeasible", "The number of required GPUs exceeds",
        "rank * is greater than or equal to", "global rank & world size & out of", "world size & invalid",
        "mpu & world size"), "PyTorch, NCCL, Megatron, vLLM, Lightning"),
    Cause("missing_variable", "configuration", "settings", SPECIFIC,
          "an environment variable or setting is not given", (
        "environment variable & not set", "environment variable & missing", "environment variable & required",
        "environment variable & expected, but not set", "unbound variable", "parameter not set",
        "parameter null or not set", "is not set & env",
        "environment variable & undefined", "env var & not set", "MissingEnvironmentVariable", "KeyError: 'RANK'",
        "KeyError: 'WORLD_SIZE'", "KeyError: 'LOCAL_RANK'", "KeyError: 'MASTER_ADDR'", "KeyError: 'MASTER_PORT'",
        "KeyError & environ", "os.environ & KeyError", "not found in environment",
        "Please set the environment variable", "未绑定的变量", "为绑定变量", "未绑定变量", "参数未设置"
        ), "PyTorch env://, bash"),
    Cause("no_terminal", "configuration", "settings", SPECIFIC,
          "the program asks somebody, and a job has no terminal to answer from", (
        "EOF when reading a line", "Inappropriate ioctl for device ! stty", "stdin is not a tty",
        "stdin is not a terminal", "input device is not a TTY", "terminal is required to", "requires a terminal",
        "no tty present", "not a terminal & input", "[Y/n] Abort", "[y/N] Abort", "standard in must be a tty",
        "cannot prompt", "non-interactive & prompt", "prompt & non-interactive"), "CPython, apt, sudo, docker, git"),
    Cause("package_not_found", "configuration", "settings", SPECIFIC,
          "a package that the job installs does not exist as asked", (
        "Could not install packages due to & Errno 2]", "packages do not match the hashes",
        "No matching distribution found",
        "Could not find a version that satisfies", "ResolutionImpossible",
        "Unable to locate package", "has no installation candidate",
        "Cannot install * because these package versions have conflicting", "PackagesNotFoundError",
        "Could not open requirements file", "Invalid requirement", "requires a different Python",
        
        "error: externally-managed-environment", "No solution found when resolving",
        "UnsatisfiableError", "LibMambaUnsatisfiableError",
        "is not a supported wheel", "is not a valid wheel filename", "has an invalid wheel",
        "Cannot uninstall", "Unable to find installation candidates",
        "version solving failed", "Double requirement given",
        "does not have a Release file", "no longer has a Release file",
        "Could not solve for environment"), "pip, apt, conda, uv"),
    Cause("code_not_fetched", "configuration", "settings", SPECIFIC,
          "the code cannot be fetched", (
        "fatal: repository", "fatal: couldn't find remote ref", "Remote branch * not found",
        "pathspec & did not match",
        "fatal: Could not read from remote repository", "fatal: reference is not a tree",
        "fatal: could not create work tree", "fatal: destination path", "git clone & failed", "Smudge error",
        "remote: Repository not found"), "git"),
    Cause("port_in_use", "configuration", "settings", SPECIFIC,
          "a port that the program listens on is taken", (
        "Address already in use", "EADDRINUSE", "errno: 98", "Errno 98", "failed to bind ! numa",
        "port * is already in use", "port is already allocated", "地址已在使用", "地址已被使用",
        "Die Adresse wird bereits verwendet", "Adresse déjà utilisée", "Адрес уже используется",
        "bind: address already"), "glibc, PyTorch TCPStore"),
    Cause("wrong_job_type", "configuration", "settings", SPECIFIC,
          "the launcher's settings do not fit the job type", (
        "TF_CONFIG & not", "Invalid TF_CONFIG", "cluster spec & missing"), "TensorFlow"),
)  # fmt: skip

ACCESS = (
    Cause("credential", "configuration", "credentials", SPECIFIC,
          "a credential or permission of the program was refused", (
        "Access Key * is invalid", "You are not authorized", "Bad credentials", "calling W&B API: permission denied",
        "expired token",
        "Token has expired", "认证失败", "身份验证失败", "InvalidAccessKeyId", "SignatureDoesNotMatch",
        "AccessDenied ! mount", "Access Denied", "An error occurred (403)", "403 Forbidden", "401 Unauthorized",
        "403 Client Error",
        "401 Client Error", "HTTP 403", "HTTP 401", "status code 403", "status code 401", "status: 403",
        "status: 401", "'status': 403", "statusCode=403", "error: 403", "HTTP Error 403", "HTTP Error 401",
        "gated repo", "GatedRepoError", "Invalid API key", "Incorrect API key", "api key & not", "No API key",
        "api_key not configured", "Authentication failed", "AuthenticationError", "could not read Username",
        "could not read Password", "Permission denied (publickey", "SecurityToken & expired", "InvalidSecurityToken",
        "token & expired", "ExpiredToken", "invalid token ! tokenizer ! syntax ! unexpected ! not well-formed",
        "Invalid username or token", "not authorized", "UnauthorizedError", "Unauthorized for url",
        "Invalid credentials", "NoCredentialsError", "Unable to locate credentials", "DefaultCredentialsError",
        "Repository Not Found & Invalid username", "PermissionDenied & RAM", "NoPermission", "Forbidden.RAM",
        "RequestTimeTooSkewed", "AuthorizationFailure", "password authentication failed",
        "access to model * is restricted", "You are trying to access a gated repo", "HTTP Basic: Access denied",
        "Host key verification failed", "remote: HTTP Basic: Access denied", "InvalidToken",
        "The AWS Access Key Id you provided", "登录失败", "鉴权失败", "没有权限访问"
        ), "OSS, S3, Hugging Face Hub, git, Weights & Biases"),
    Cause("file_permission", "configuration", "credentials", SPECIFIC,
          "a file may not be read, written or executed", (
        "PermissionError ! errno 1] ! publickey", "Permission denied ! publickey ! mount",
        "failed to mount & Permission denied", "Read-only file system",
        "Operation not permitted ! CUDA error", "Errno 13", "Errno 30", "EACCES", "EROFS", "is not writable",
        "is not executable",
        "dubious ownership ! fatal: detected dubious ownership in repository", "权限不够", "权限不足", "只读文件系统",
        "不允许的操作", "没有权限 ! 访问", "拒绝访问", "Keine Berechtigung", "Das Dateisystem ist nur lesbar",
        "Permission non accordée", "Système de fichiers accessible en lecture seulement", "Отказано в доступе",
        "Файловая система доступна только для чтения", "Permiso denegado", "Sistema de archivos de solo lectura",
        "Permissão negada", "許可がありません", "読み込み専用ファイルシステム", "허가 거부", "Permesso negato"
        ), "glibc strerror"),
    Cause("file_exists", "configuration", "data", SPECIFIC,
          "a file or folder that the program makes is there already", (
        "already exists and is not empty ! fatal: destination", "FileExistsError", "Errno 17]",
        "Errno 39]"), "CPython"),
    Cause("checkpoint_missing", "configuration", "data", SPECIFIC,
          "a checkpoint or model that should be loaded is not there", (
        "could not find a checkpoint", "Unable to find latest file at", "No checkpoint found",
        "checkpoint * does not exist",
        "checkpoint & not found ! not found in checkpoint ! not found in the checkpoint",
        "Can't find a valid checkpoint",
        "Error no file named", "no file named & found in directory", "latest_checkpointed_iteration.txt & not",
        "could not find the metadata file", "checkpoint-* is not in list"), "Transformers, DeepSpeed, Megatron"),
    Cause("missing_file", "configuration", "data", SPECIFIC,
          "a file or folder that the program reads is not there", (
        "Incorrect path_or_model_id", "is not a valid model identifier", "Can't load tokenizer for",
        "Can't load the configuration of", "Can't load the model for", "Couldn't find a module script",
        "FileNotFoundError", "No such file or directory ! Python.h ! shared object", "NoSuchKey", "NoSuchBucket",
        "NotADirectoryError", "IsADirectoryError", "Repository Not Found", "RepositoryNotFoundError",
        "An error occurred (404)", "RevisionNotFoundError", "404 Client Error", "EntryNotFoundError",
        "LocalEntryNotFoundError ! connect ! connection", "is not a local folder",
        "does not appear to have a file named", "does not exist & path", "path does not exist",
        "Path & does not exist", "file not found ! manifest", "HTTP Error 404", "FileNotFoundException",
        "DatasetNotFoundError", "doesn't exist on the Hub", "Couldn't find any data file",
        "Couldn't find a dataset script", "Unable to find data file", "not a valid file path",
        "Input path does not exist", "NotFoundError & No such file", "Errno 2]", "ENOENT", "does not exist! ",
        "is not a directory", "num_samples should be a positive integer value, but got num_samples=0",
        "Found 0 files", "Found no valid file", "HFValidationError", "Repo id must", "no files found",
        "No data files found", "没有那个文件或目录", "没有该文件或目录", "文件不存在", "找不到文件",
        "Datei oder Verzeichnis nicht gefunden", "Aucun fichier ou dossier de ce type",
        "Нет такого файла или каталога", "No existe el archivo o el directorio", "No existe el fichero",
        "そのようなファイルやディレクトリはありません", "그런 파일이나 디렉터리가 없습니다",
        "Arquivo ou diretório inexistente", "File o directory non esistente"
        ), "CPython, glibc, Hugging Face Hub and Datasets, OSS"),
)  # fmt: skip

WEAK = (
    Cause("package_not_found", "configuration", "settings", KIND,
          "a package cannot be built from its source", (
        "Failed building wheel", "subprocess-exited-with-error", "metadata-generation-failed", "Could not build wheels",
        "Failed to build installable wheels", "ninja: build stopped", "Could not install packages due to"
        ), "pip, ninja"),
    Cause("code_not_fetched", "configuration", "settings", KIND,
          "git found no code where it was to work", (
        "fatal: not a git repository ! warning",), "git"),
    Cause("import_failed", "image", "image", KIND,
          "an import failed: a package is missing or of another version", (
        "ImportError", "Numpy is not available"), "CPython"),
    Cause("missing_file", "configuration", "data", KIND,
          "something that the program looks for is not there", (
        "does not exist", "doesn't exist", "could not find", "couldn't find", "cannot find", "can't find",
        "failed to open", "could not open", "unable to open file", "no checkpoint", "找不到", "不存在"
        ), "various programs"),
    Cause("credential", "configuration", "credentials", KIND,
          "a permission is missing", (
        "do not have permission", "does not have permission", "don't have permission", "permission to access",
        "Forbidden", "Unauthorized", "not logged in", "login required", "Please log in"), "various services"),
    Cause("unreachable", "network", "network", KIND,
          "something on the network cannot be had", (
        "requests.exceptions.ConnectionError", "urllib3.exceptions.ProtocolError", "aiohttp.client_exceptions.*Error",
        "httpx.*Error", "failed to download", "download failed", "failed to fetch", "cannot connect to", "连接失败",
        "无法访问"
        ), "various programs"),
    Cause("bad_argument", "configuration", "settings", KIND,
          "arguments that the program does not take together", (
        "must specify", "must be specified", "cannot be used together", "cannot be used with", "mutually exclusive",
        "only one of & can be", "is required when", "not supported with"), "various programs"),
    Cause("bad_settings_file", "configuration", "settings", GENERIC,
          "a settings value is refused", (
        "invalid value for", "unsupported * config"), "various programs"),
)  # fmt: skip
SETUP = (*IMAGE, *COMMAND, *ACCESS)
