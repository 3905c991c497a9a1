"""Causes in logs: credentials and files, and words of any program that say less. Instances only.

Sources of the forms: OSS and S3 clients, Hugging Face Hub, Weights & Biases, conda, Transformers, various programs.
"""

from __future__ import annotations

from .causes import GENERIC, KIND, SPECIFIC, SYMPTOM, Cause

ACCESS = (
    Cause("credential", "configuration", "credentials", SPECIFIC,
          "a credential or permission of the program was refused", (
        "failed to authenticate", "ClientAuthenticationError", "403: Forbidden", "401: Unauthorized",
        "returned error: 401", "returned error: 403", "ERROR 401:", "ERROR 403:", "<Response [401]",
        "<Response [403]", "You have NO privilege", "ODPS-0420095", "unable to find * credentials",
        "no credentials found", "Access Key * is invalid", "You are not authorized", "Bad credentials",
        "calling W&B API: permission denied", "expired token", "Token has expired", "认证失败", "身份验证失败",
        "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied ! mount ! must be addressed", "Access Denied",
        "An error occurred (403)", "403 Forbidden ! Tunnel connection failed", "Insufficient permission* ! nvml",
        "401 Unauthorized",
        "403 Client Error",
        "401 Client Error", "HTTP 403", "HTTP 401", "status code 403", "status code 401", "status: 403",
        "status: 401", "'status': 403 ! must be addressed", "statusCode=403", "error: 403", "HTTP Error 403",
        "HTTP Error 401",
        "gated repo", "GatedRepoError", "Invalid API key", "Incorrect API key", "api key & not", "No API key",
        "api_key not configured", "Authentication failed", "AuthenticationError", "could not read Username",
        "could not read Password", "Permission denied (publickey", "Permission denied, please try again",
        "SecurityToken & expired", "InvalidSecurityToken",
        "token & expired", "ExpiredToken", "invalid token ! tokenizer ! syntax ! unexpected ! not well-formed",
        "Invalid username or token", "not authorized", "UnauthorizedError", "Unauthorized for url",
        "Invalid credentials", "NoCredentialsError", "invalid_grant", "computeMetadata & token",
        "security-credentials & fail*", "Failed to retrieve & service-accounts", "CredentialUnavailableError",
        "Unable to locate credentials", "Failed to get * credentials",
        "ClientAuthenticationError",
        "failed to authenticate the request", "Forbidden: 403", "DefaultCredentialsError",
        "Repository Not Found & Invalid username", "PermissionDenied & RAM", "NoPermission", "Forbidden.RAM",
        "RequestTimeTooSkewed", "AuthorizationFailure", "password authentication failed",
        "access to model * is restricted", "You are trying to access a gated repo", "HTTP Basic: Access denied",
        "Host key verification failed", "remote: HTTP Basic: Access denied", "InvalidToken",
        "The AWS Access Key Id you provided", "登录失败", "鉴权失败", "没有权限访问",
        "license server & fail*", "license server & cannot be reached", "license*expired", "lmgrd",
        "FlexNet Licensing error",
        "No valid license"
        ), "OSS, S3, Hugging Face Hub, git, Weights & Biases"),
    Cause("file_permission", "configuration", "credentials", SPECIFIC,
          "a file may not be read, written or executed", (
        "PermissionError ! errno 1] ! publickey", "Permission denied ! publickey ! mount ! please try again",
        "failed to mount & Permission denied", "Read-only file system",
        "Operation not permitted ! CUDA error ! CUDA_ERROR ! ulimit", "Errno 13", "Errno 30", "EACCES", "EROFS",
        "is not writable",
        "nvml & Insufficient Permissions",
        "is not executable", "NoWritablePkgsDirError", "EnvironmentNotWritableError", "sudo: effective uid is not 0",
        "setuid root", "must be run as root", "you need to be root", "are you root", "must be superuser",
        "dubious ownership ! fatal: detected dubious ownership in repository", "权限不够", "权限不足", "只读文件系统",
        "不允许的操作", "没有权限 ! 访问 ! 操作 ! 授权", "拒绝访问", "Keine Berechtigung",
        "Das Dateisystem ist nur lesbar",
        "Permission non accordée", "Système de fichiers accessible en lecture seulement", "Отказано в доступе",
        "Файловая система доступна только для чтения", "Permiso denegado", "Sistema de archivos de solo lectura",
        "Permissão negada", "許可がありません", "読み込み専用ファイルシステム", "허가 거부", "Permesso negato"
        ), "glibc strerror"),
    Cause("file_exists", "configuration", "data", SPECIFIC,
          "a file or folder that the program makes is there already", (
        "': File exists", "already exists and is not empty ! fatal: destination", "FileExistsError", "Errno 17]",
        "mkdir * file exists", "cannot create * file exists",
        "Errno 39]"), "CPython"),
    Cause("checkpoint_missing", "configuration", "data", SPECIFIC,
          "a checkpoint or model that should be loaded is not there", (
        "could not find a checkpoint", "exit-on-missing-checkpoint", "Unable to find latest file at",
        "No checkpoint found",
        "checkpoint * does not exist",
        "checkpoint & not found ! not found in checkpoint ! not found in the checkpoint",
        "Can't find a valid checkpoint",
        "Error no file named", "no file named & found in directory", "latest_checkpointed_iteration.txt & not",
        "could not find the metadata file", "checkpoint-* is not in list"), "Transformers, DeepSpeed, Megatron"),
    Cause("missing_file", "configuration", "data", SPECIFIC,
          "a file or folder that the program reads is not there", (
        "DataNotFoundError", "No rule to make target", ": Is a directory ! Errno", "cannot find or open",
        "Please use the NLTK Downloader", "404: Not Found",
        "returned error: 404", "ERROR 404:",
        "<Response [404]", "EnvironmentLocationNotFound", "EnvironmentNameNotFound",
        "Could not find conda environment", "Not a conda environment", "Table or view not found",
        "TABLE_OR_VIEW_NOT_FOUND", "ODPS-0130131", "Table not found", "Checkout failed for following targets",
        "Incorrect path_or_model_id", "is not a valid model identifier", "Can't load tokenizer for",
        "Can't load the configuration of", "Can't load the model for", "Couldn't find a module script",
        "FileNotFoundError", "No such file or directory ! Python.h ! shared object ! build.ninja", "NoSuchKey",
        "NoSuchBucket",
        "NotADirectoryError", "IsADirectoryError", "Repository Not Found", "RepositoryNotFoundError",
        "An error occurred (404)", "RevisionNotFoundError", "404 Client Error", "EntryNotFoundError",
        "LocalEntryNotFoundError ! connect ! connection ! trying to locate", "is not a local folder",
        "does not appear to have a file named", "does not exist & path", "path does not exist",
        "Path & does not exist", "file not found ! manifest ! spank:", "HTTP Error 404", "FileNotFoundException",
        "DatasetNotFoundError", "Table not found", "NoSuchTable", "NoSuchObject", "doesn't exist on the Hub",
        "Couldn't find any data file",
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
    Cause("compile_failed", "runtime", "code", KIND,
          "a build of native code stopped, and what stopped it stands above", (
        "Error compiling objects for extension",), "PyTorch"),
    Cause("package_not_found", "configuration", "settings", KIND,
          "a package cannot be built from its source", (
        "Failed building wheel", "subprocess-exited-with-error", "metadata-generation-failed",
        "Could not build wheels",
        "Failed to build installable wheels", "ninja: build stopped", "Could not install packages due to",
        "Failed to install pip requirements",
        "Ninja build failed"), "pip, ninja"),
    Cause("code_not_fetched", "configuration", "settings", KIND,
          "git found no code where it was to work", (
        "fatal: not a git repository ! warning",), "git"),
    Cause("syntax", "runtime", "code", GENERIC,
          "a test or name of the script is malformed: the shell goes on after it", (
        "[[: not found", "unary operator expected", "binary operator expected", "integer expression expected",
        "[: too many arguments", "not a valid identifier", "unexpected operator"), "bash, dash"),
    Cause("mpi_launch", "configuration", "settings", SYMPTOM,
          "the MPI launcher complains, of itself or of what happened to its processes", (
        "ORTE_ERROR_LOG", "PRTE_ERROR_LOG"), "Open MPI"),
    Cause("corrupt_data", "runtime", "data", KIND,
          "the data holds what the program was not prepared for", ("previously unseen labels",), "scikit-learn"),
    Cause("corrupt_data", "runtime", "data", GENERIC,
          "a data set could not be made from its files", ("DatasetGenerationError",), "Hugging Face datasets"),
    Cause("compile_failed", "runtime", "code", GENERIC,
          "the compiler or runtime XLA failed on the program", ("XlaRuntimeError & INTERNAL",), "JAX"),
    Cause("storage_fault", "system", "storage", KIND,
          "reading the data took longer than its loader waits", ("DataLoader timed out",), "PyTorch"),
    Cause("too_many_processes", "configuration", "settings", KIND,
          "the program asks for more resources than its cluster has", (
        "NoResourceAvailableException", "Could not acquire the minimum required resources"), "Flink"),
    Cause("bad_settings_file", "configuration", "settings", KIND,
          "a column is named that the data does not have", (
        "given input columns", "UNRESOLVED_COLUMN", "column & cannot be resolved"), "Spark"),
    Cause("import_failed", "image", "image", KIND,
          "an import failed: a package is missing or of another version", (
        "ImportError", "Numpy is not available", "OMP: Error #15",
        "'type' object is not subscriptable", "unsupported operand type(s) for |: '*type'"), "CPython"),
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
        "must specify", "must be specified", "must always specify", "must also specify", "cannot be used together",
        "cannot be used with", "mutually exclusive",
        "only one of & can be", "is required when", "not supported with"), "various programs"),
    Cause("bad_settings_file", "configuration", "settings", GENERIC,
          "a settings value is refused", (
        "invalid value for", "unsupported * config"), "various programs"),
)  # fmt: skip
