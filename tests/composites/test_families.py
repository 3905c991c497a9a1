"""Errors whose exact text is in no table: numbers of errno, families of words, and how sure a diagnosis then is."""

from __future__ import annotations

import errno
import os

import pytest

from pai_dlc_mcp.composites.diagnose.causes import KIND, SPECIFIC, Cause, Table
from pai_dlc_mcp.composites.diagnose.decision import decide
from pai_dlc_mcp.composites.diagnose.error_numbers import of_number
from pai_dlc_mcp.composites.diagnose.event_families import EVENT_FAMILIES, of_event
from pai_dlc_mcp.composites.diagnose.evidence import EVENTS as TABLE
from pai_dlc_mcp.composites.diagnose.evidence import PROGRAM, read_log
from pai_dlc_mcp.composites.diagnose.explanation import explain
from pai_dlc_mcp.composites.diagnose.families import FAMILIES
from pai_dlc_mcp.composites.diagnose.platform_words import platform_findings
from pai_dlc_mcp.composites.diagnose.verdict import Verdict, quote
from pai_dlc_mcp.composites.diagnose.vocabulary import in_words
from pai_dlc_mcp.composites.diagnose.wording import of_words

from .building import failed

TRACE = ["Traceback (most recent call last):", '  File "/code/train.py", line 7, in <module>']
EVENTS = {0: ["2027-01-15T08:01:40Z Warning ContainerExited exited with code 1: Error."]}


def verdict_on(lines: list[str]) -> Verdict:
    material = failed({0: ["2027-01-15 08:00:00,000 INFO step 1 | loss 2.3", *lines]}, EVENTS)
    return explain(material, decide(material))


WORDED: list[tuple[str, str]] = [
    ("gpu_memory", "FooError: ran out of memory on device 3 while growing the arena"),
    ("host_memory", "PoolError: the requested cache of 64 GiB exceeds the total CPU memory"),
    ("gpu_hardware", "ProbeError: the diagnostics report GPU 5 as faulty"),
    ("rdma", "FabricError: the HCA of this host is not responding"),
    ("node_lost", "PoolFault: host rack7-3 went down"),
    ("shared_memory", "QueueFault: the shared memory segment of the ring is too small"),
    ("account_overdue", "BillFault: the subscription of this tenant is suspended"),
    ("rate_limited", "QueryFault: the request limit of the index was reached"),
    ("no_stock", "LeaseFault: this region lacks capacity for 8 machines"),
    ("workspace_limit", "LeaseFault: the regional quota is used up"),
    ("service_fault", "ScoreFault: the backend is overloaded"),
    ("name_resolution", "ScoreFault: the host name of the scorer is unresolvable"),
    ("time_limit", "GuardFault: the run reached its time limit"),
    ("disk_full", "SpillError: no space for another spill file"),
    ("missing_module", "BackendError: tabular backend 'polars' seems to be not installed"),
    ("missing_library", "BuildError: unable to load library for op rope_fwd: libfoo.so.3 is missing"),
    ("gpu_busy", "ClaimFault: the GPU 3 is already claimed"),
    ("driver_mismatch", "BackendError: this package was built without rocm"),
    ("import_failed", "LoaderError: file was compiled by a newer release than this one"),
    ("command_not_found", "ToolError: the program tabulate was not found on this machine"),
    ("container_start", "RunFault: could not start container 7 of the pool"),
    ("bad_argument", "CliFault: leftover args ['--depth', '3']"),
    ("invalid_collective", "SyncFault: seed 7 differs from other ranks"),
    ("missing_variable", "SetupFault: the environment variable FOO_CACHE must be an absolute path"),
    ("not_a_number", "GuardError: gradients of layer 4 are nan"),
    ("out_of_range", "LookupFault: id 50261 is not in [0, 50257)"),
    ("too_many_processes", "PlanError: cannot partition 6 layers into 8 stages"),
    ("compile_failed", "KernelFault: codegen failed for block 7"),
    ("storage_fault", "IndexFault: the table is locked by another reader"),
    ("autograd", "StepFault: the backward pass is not possible for a frozen block"),
    ("checkpoint_mismatch", "LoaderFault: no weight named 'lm.head' in TinyForScoring"),
    ("child_killed", "PoolFault: one of the workers has abruptly died"),
    ("terminated", "ScoreFault: the scoring engine did not come up"),
    ("shape_mismatch", "JoinError: number of labels differs, 91 instead of 80"),
    ("corrupt_data", "SyncError: the digest of part 7 is inconsistent between client and server"),
    ("file_permission", "SinkFault: no write access to the output volume"),
    ("port_in_use", "ServeFault: port 8081 for the metrics is occupied"),
    ("credential", "SolverError: could not obtain a license for feature lp"),
    ("unreachable", "SinkError: connection to the collector failed"),
    ("file_exists", "StoreFault: the output folder runs/7 already exists"),
    ("missing_file", "IndexFault: neither part can be read, prefix /mnt/data/x cannot be found"),
    ("bad_settings_file", "AdapterError: rank 64 is greater than max_rank 16"),
]


WORDED_IN_CHINESE: list[tuple[str, str]] = [
    ("gpu_memory", "BizError: 第 3 张卡显存剩余不足"),
    ("host_memory", "BizError: 进程内存使用超出容器上限"),
    ("gpu_hardware", "BizError: 检测到掉卡"),
    ("rdma", "BizError: 高速网卡异常"),
    ("node_lost", "BizError: 第 3 台机器掉线"),
    ("shared_memory", "BizError: 环形队列的共享内存已耗尽"),
    ("account_overdue", "BizError: 账户已关闭"),
    ("rate_limited", "BizError: 访问过快"),
    ("no_stock", "BizError: 该机型缺货"),
    ("workspace_limit", "BizError: 项目额度已满"),
    ("service_fault", "BizError: 打分服务繁忙"),
    ("name_resolution", "BizError: 主机名不存在"),
    ("time_limit", "BizError: 执行时间到期"),
    ("disk_full", "BizError: 本地硬盘剩余容量不足"),
    ("missing_module", "BizError: 尚未安装分词组件"),
    ("missing_library", "BizError: 缺少算子的动态库"),
    ("gpu_busy", "BizError: 设备已被占用"),
    ("command_not_found", "BizError: 未找到可执行文件 tabulate"),
    ("container_start", "BizError: 第 7 个容器启动失败"),
    ("bad_argument", "BizError: 多余的参数 depth"),
    ("invalid_collective", "BizError: 各卡的随机种子不一致"),
    ("driver_mismatch", "BizError: 当前显卡不支持该精度"),
    ("import_failed", "BizError: 框架版本与模型文件不兼容"),
    ("missing_variable", "BizError: 环境变量 DATA_ROOT 没有给出"),
    ("not_a_number", "BizError: 梯度出现 nan"),
    ("out_of_range", "BizError: 词表下标越界"),
    ("too_many_processes", "BizError: 批大小不能被卡数整除"),
    ("compile_failed", "BizError: 算子编译失败"),
    ("file_permission", "BizError: 没有写入权限 /mnt/out"),
    ("port_in_use", "BizError: 端口 8081 已被占用"),
    ("storage_fault", "BizError: 样本表写入出错"),
    ("autograd", "BizError: 第 3 层反向传播出错"),
    ("checkpoint_mismatch", "BizError: 权重与模型结构不匹配"),
    ("child_killed", "BizError: 取数子进程意外退出"),
    ("terminated", "BizError: 打分服务拉起失败"),
    ("shape_mismatch", "BizError: 输入特征维度与模型不一致"),
    ("corrupt_data", "BizError: 第 7 个分片校验不通过"),
    ("credential", "BizError: 软件授权已到期"),
    ("unreachable", "BizError: 调用打分服务超时"),
    ("file_exists", "BizError: 输出目录已经存在"),
    ("missing_file", "BizError: 样本列表为空"),
    ("bad_settings_file", "BizError: 学习率取值非法"),
]


def test_every_family_has_an_example_in_chinese() -> None:
    assert {cause.code for cause, _ in FAMILIES} == {code for code, _ in WORDED_IN_CHINESE}


@pytest.mark.parametrize(
    "text", ["2027-01-15 08:00:09,000 ERROR 软件授权已到期", "错误：软件授权已到期", "打分异常：软件授权已到期"]
)
def test_a_line_that_says_in_chinese_that_it_is_an_error_is_read_as_one(text: str) -> None:
    assert verdict_on([text]).cause == "credential"
    assert verdict_on(["2027-01-15 08:00:09,000 INFO 软件授权已到期"]).cause != "credential"


@pytest.mark.parametrize(
    ("cause", "text"),
    [*WORDED, *WORDED_IN_CHINESE],
    ids=[*(case[0] for case in WORDED), *(f"{case[0]}-zh" for case in WORDED_IN_CHINESE)],
)
def test_an_error_of_unknown_text_is_told_by_the_kind_of_its_words_and_never_more_than_likely(
    cause: str, text: str
) -> None:
    assert not any(match.cause.weight >= SPECIFIC for match in PROGRAM.matches(text)), "take a text that no table knows"
    verdict = verdict_on([*TRACE, text])
    assert (verdict.cause, verdict.confidence) == (cause, "medium")


@pytest.mark.parametrize(
    ("text", "near", "cause"),
    [
        ("PlanFault: the plan does not contain a cycle", "PlanFault: the plan does not contain a.json", "missing_file"),
        ("PoolFault: the worker of part.json did not exit", "PoolFault: file part.json is not exist", "missing_file"),
        ("ArgFault: cannot parse value of argument depth", "ArgFault: cannot parse value of part 7", "corrupt_data"),
        ("NpuFault: call of the acl api failed", "NpuFault: call of the rpc failed", "unreachable"),
        ("NpuFault: the device is unavailable", "NpuFault: the broker is unavailable", "unreachable"),
        ("PathFault: two paths diverged in a wood", "LossFault: training diverged at once", "not_a_number"),
        ("ReaderFault: bad day for a tar", "ReaderFault: x.bin is not a tar archive", "corrupt_data"),
        ("CallFault: CUDA error: invalid argument", "CallFault: a call with an invalid argument", "bad_settings_file"),
        ("StateFault: it should not have been begun", "StateFault: it should have a name", "bad_settings_file"),
        ("OpenFault: the meeting cannot be opened", "OpenFault: out/part_0.pt cannot be opened", "missing_file"),
        ("DiskFault: no device of them was asked", "DiskFault: no device of that type available", "driver_mismatch"),
        ("FindFault: failed to find time", "FindFault: failed to find function AclInitRoot", "missing_library"),
        ("FindFault: could not find a way", "FindFault: could not find the platform named cuda", "driver_mismatch"),
        ("GpuFault: it needs a hop over", "GpuFault: this layout needs a Hopper GPU", "driver_mismatch"),
        ("SizeFault: by and by", "SizeFault: 2D inputs of width divisible by 8 are wanted", "shape_mismatch"),
        ("SizeFault: the width of it", "SizeFault: layers are not divisible by stages", "too_many_processes"),
        ("PullFault: the import of images", "PullFault: failed to import docker image", "container_start"),
        ("ClaimFault: the port is already claimed by", "ClaimFault: device already requested 0", "gpu_busy"),
        ("LoadFault: could not find liberty", "LoadFault: could not load libfoocodec", "missing_library"),
        (
            "OpFault: could not run with arguments",
            "OpFault: Could not run 'foo::bar' with arguments from the X",
            "missing_library",
        ),
        ("ServeFault: the engine did purr", "ServeFault: the engine did not start", "terminated"),
        ("ServeFault: it is the server of old", "ServeFault: the server was never healthy", "terminated"),
        ("ServeFault: waiting for a server", "ServeFault: timed out waiting for the server to boot", "terminated"),
        ("ServeFault: the worker rose at dawn", "ServeFault: the worker died before it was ready", "terminated"),
        ("ServeFault: they failed to start", "ServeFault: they failed to start the data server", "terminated"),
        ("ServeFault: the engine of init", "ServeFault: engine initialization failed", "terminated"),
        ("ServeFault: the server task is hard", "ServeFault: the server task ended", "terminated"),
        ("ServeFault: it is starting to rain", "ServeFault: starting the server failed 5 times", "terminated"),
        ("StartFault: to start the engine", "StartFault: cannot connect to the engine", "unreachable"),
        ("ToolFault: the tool lies there", "ToolFault: the tool 'zoom' is not installed", "command_not_found"),
        ("ToolFault: it lies there", "ToolFault: zoomlib is not installed", "missing_module"),
        ("RankFault: rank 3 came first", "RankFault: 7 on rank 0 but 8 on rank 3", "invalid_collective"),
        ("RankFault: rank 0 met rank 3", "RankFault: rank 0 and rank 3 do not agree", "invalid_collective"),
        ("RankFault: the ranks are full", "RankFault: not all ranks reached step 7", "invalid_collective"),
        ("RankFault: he missed his rank", "RankFault: missing ranks [3, 5]", "invalid_collective"),
        ("RankFault: lengths between them", "RankFault: unequal lengths differ between ranks", "invalid_collective"),
        ("ResFault: resources are not all", "ResFault: the pool has not enough resources", "too_many_processes"),
        ("CardFault: no cards were dealt", "CardFault: no HPU devices were given", "driver_mismatch"),
        ("CardFault: the MLU is not there", "CardFault: MLU 3 ran out of memory", "gpu_memory"),
        ("CardFault: no memory of it", "CardFault: cnrtMalloc gave CNRT_RET_ERR_NOMEM", "gpu_memory"),
        ("UrlFault: the endpoint of all", "UrlFault: invalid rendezvous endpoint", "bad_settings_file"),
        ("ReadFault: the processor found it", "ReadFault: Processor was not found", "missing_file"),
        ("GpuFault: it was a GPU as expected", "GpuFault: expected a GPU", "driver_mismatch"),
        ("RunFault: the run was found", "RunFault: project spring was not found", "missing_file"),
        ("MpiFault: programs of MPI", "MpiFault: cannot compile MPI programs", "missing_library"),
        ("RayFault: the local raylet waits", "RayFault: the local raylet died", "child_killed"),
        ("KeyFault: the token of a word must be", "KeyFault: the access token must be 40 long", "credential"),
        ("RegFault: worker 7 is already registered", "RegFault: 'Swish' is already registered in act", "import_failed"),
        ("FsFault: a filesystem of schemes", "FsFault: no filesystem for scheme oss", "missing_module"),
        ("FsFault: the protocol is known", "FsFault: protocol not known: oss", "missing_module"),
        ("FsFault: the file system is implemented", "FsFault: file system 'x' not implemented", "missing_module"),
        (
            "PlanFault: please check the shard_file",
            "PlanFault: please check if the max_gap is right",
            "bad_settings_file",
        ),
        ("PlanFault: please reduce it", "PlanFault: please reduce the micro_size", "bad_settings_file"),
    ],
)
def test_words_that_only_resemble_a_family_are_none_of_it(text: str, near: str, cause: str) -> None:
    assert of_words(text) is None
    found = of_words(near)
    assert found is not None
    assert found.cause.code == cause


def test_every_family_has_an_example_of_its_own() -> None:
    assert {cause.code for cause, _ in FAMILIES} == {code for code, _ in WORDED}
    assert {cause.code for cause, _ in FAMILIES if cause.weight != KIND} == {"child_killed", "terminated"}


@pytest.mark.parametrize(
    "line",
    [
        "2027-01-15 08:00:01,000 INFO data: shard 7 cannot be found, using the next one",
        "hidden size 4096 is divisible by 8, good",
        "2027-01-15 08:00:01,000 INFO loader: 3 labels differ, dropped",
    ],
)
def test_ordinary_lines_are_not_asked_for_the_kind_of_their_words(line: str) -> None:
    assert read_log([line, *TRACE, "ValueError: something odd"]).best is not None
    assert verdict_on([line, *TRACE, "ValueError: something odd"]).cause == "exception"


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (errno.EIO, "storage_fault"), (errno.ESTALE, "storage_fault"), (errno.ESHUTDOWN, "storage_fault"),
        (errno.ECONNABORTED, "storage_fault"), (errno.EREMOTEIO, "storage_fault"), (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"), (errno.EFBIG, "disk_full"), (errno.EMFILE, "open_files"),
        (errno.ENFILE, "open_files"), (errno.ENOMEM, "host_memory"), (errno.EACCES, "file_permission"),
        (errno.EROFS, "file_permission"), (errno.EEXIST, "file_exists"),
        (errno.ENOTEMPTY, "file_exists"), (errno.EPERM, "file_permission"), (errno.ENOENT, "missing_file"),
        (errno.ENOTDIR, "missing_file"), (errno.EADDRINUSE, "port_in_use"), (errno.EHOSTUNREACH, "unreachable"),
        (errno.ENOSYS, "storage_fault"), (errno.ENETUNREACH, "unreachable"), (errno.ETIMEDOUT, "unreachable"),
        (errno.ENOEXEC, "wrong_architecture"),
    ],
)  # fmt: skip
def test_a_number_of_errno_names_its_cause_in_any_language(number: int, cause: str) -> None:
    match = of_number(f"OSError: [Errno {number}] текст на другом языке: '/mnt/nas/x'")
    assert match is not None
    assert (match.cause.code, match.cause.weight) == (cause, SPECIFIC)
    assert verdict_on([*TRACE, f"OSError: [Errno {number}] {os.strerror(number)}: '/mnt/nas/x'"]).cause == cause


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("CUDA error(719), hint of its own", "device_assert"),
        ("Error in thread 0: nvml error (999): of its own", "gpu_hardware"),
        ("CUDA runtime API error cudaErrorOfItsOwn (802): x", "fabric_manager"),
        ("cuda runtime error (59) : of its own", "device_assert"),
        ("Cuda failure 2 of its own", "gpu_memory"),
        ("CUDA driver error 803: of its own", "driver_mismatch"),
    ],
)
def test_a_number_of_cuda_names_its_cause_whatever_is_written_beside_it(text: str, cause: str) -> None:
    assert verdict_on([*TRACE, f"RuntimeError: {text}"]).cause == cause


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("call of its own failed, error code:507035", "device_assert"),
        ("call of its own failed, ret code: 207001", "gpu_memory"),
        ("call of its own failed, error code is 507054", "gpu_hardware"),
        ("data/of/its/own; Is a directory", "missing_file"),
        ("/mnt/its/own.tfrecord; Bad file descriptor", "storage_fault"),
        ("/mnt/its/own.tfrecord; Transport endpoint is not connected", "storage_fault"),
    ],
)
def test_a_number_of_ascends_runtime_and_the_text_of_a_number_behind_a_path_name_their_cause(
    text: str, cause: str
) -> None:
    assert verdict_on([*TRACE, f"FaultOfItsOwn: {text}"]).cause == cause


def test_a_number_in_the_last_complaint_of_a_log_names_its_cause() -> None:
    assert verdict_on(["/opt/bin/its-own: run.x:3: cuda runtime error (30) : of its own"]).cause == "gpu_hardware"


@pytest.mark.parametrize(("module", "cause"), [("flash_attn", "package_not_found"), ("other_module", "missing_module")])
def test_a_module_is_missing_because_the_installation_of_its_package_failed(module: str, cause: str) -> None:
    lines = [
        "ERROR: No matching distribution found for flash-attn",
        *TRACE,
        f"ModuleNotFoundError: No module named '{module}'",
    ]
    assert verdict_on(lines).cause == cause


@pytest.mark.parametrize(
    ("text", "is_credential"),
    [
        ("Token must be specified for push to hub", True),
        ("the push failed: a token must be given first", True),
        ("the pad token must be specified", False),
        ("Token must be an integer", False),
    ],
)
def test_a_token_that_must_be_given_is_a_credential_and_one_of_a_text_is_not(text: str, is_credential: bool) -> None:
    assert (verdict_on([*TRACE, f"ValueError: {text}"]).cause == "credential") is is_credential


def test_any_module_is_missing_because_pip_could_not_write_what_it_installs() -> None:
    failed = "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/.local'"
    missing = [*TRACE, "ModuleNotFoundError: No module named 'odd_module'"]
    assert verdict_on([failed, *missing]).cause == "file_permission"
    assert verdict_on([*missing, failed]).cause == "missing_module"
    assert verdict_on(["cp: cannot open '/.local': Permission denied", *missing]).cause == "missing_module"


@pytest.mark.parametrize(
    "text",
    [
        "CUDA error: 12 tensors failed", "cudagraph(7) captured", "3 of 719 CUDA errors", "error code: 507999",
        "step 507035 failed", "it is a directory", "OSError: [Errno 5] {'status': -2}",
        "OSError: [Errno 5] An error occurred (Odd) when calling PutObject",
    ],
)  # fmt: skip
def test_other_numbers_and_words_are_none_of_those_errors(text: str) -> None:
    assert of_number(text) is None


def test_a_least_value_that_is_not_reached_is_a_setting_and_a_wrong_count_is_a_shape() -> None:
    for text, cause in (
        ("ValueError: max_rows must be at least 1, got -3", "bad_settings_file"),
        ("ValueError: depth must be at most 9 but got 12", "bad_settings_file"),
        ("ValueError: the input must have 3 parts, got 2", "shape_mismatch"),
        ("ValueError: parts must be 3, got 2", "shape_mismatch"),
    ):
        match = of_words(text)
        assert match is not None
        assert match.cause.code == cause, text


def test_what_a_service_answered_says_more_than_the_number_that_its_client_gave_it() -> None:
    answer = (
        "OSError: [Errno 5] {'status': -2, 'details': \"RequestError: ('Connection aborted.', timeout('timed out'))\"}"
    )
    assert verdict_on([*TRACE, answer]).cause == "unreachable"
    assert verdict_on([*TRACE, "OSError: [Errno 5] Input/output error"]).cause == "storage_fault"
    assert verdict_on([*TRACE, "OSError: [Errno 5] odd"]).cause == "storage_fault"


def test_any_words_go_before_the_name_of_an_exception() -> None:
    for reason, cause in (("Input/output error", "storage_fault"), ("Permission denied", "file_permission")):
        match = PROGRAM.best(f"failed 4 times: java.io.FileNotFoundException: /data2/tmp_shuffle ({reason})")
        assert match is not None
        assert match.cause.code == cause


@pytest.mark.parametrize(
    ("frame", "name", "cause"),
    [
        ("/usr/lib/python3.11/subprocess.py", "pigz", "command_not_found"),
        ("/usr/lib/python3.11/subprocess.py", "/mnt/data/part", "missing_file"),
        ("/code/data.py", "pigz", "missing_file"),
        ("", "pigz", "command_not_found"),
        ("", "part", "missing_file"),
        ("", "/opt/pigz", "missing_file"),
    ],
)
def test_a_program_that_cannot_be_started_is_no_file_of_the_data(frame: str, name: str, cause: str) -> None:
    traced = [TRACE[0], f'  File "{frame}", line 9, in f'] if frame else []
    assert verdict_on([*traced, f"FileNotFoundError: [Errno 2] No such file or directory: '{name}'"]).cause == cause


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("error: command 'zoomcc' failed: No such file or directory", "command_not_found"),
        ("tar (child): zoom: Cannot exec: No such file or directory", "command_not_found"),
        ("error: command 'zoomcc' failed: exit status 2: part: No such file or directory", "missing_file"),
        ("tar: part.tar: Cannot open: No such file or directory", "missing_file"),
    ],
)
def test_a_tool_that_a_build_lacks_is_known_by_how_it_was_called(line: str, cause: str) -> None:
    assert verdict_on([line, "ERROR: Failed building wheel for zoom"]).cause == cause


def test_a_library_that_a_program_does_without_is_no_cause() -> None:
    lines = ["node-1:7:7 [0] misc/ibvwrap.cc:63 NCCL WARN Failed to open libibverbs.so[.1]", *TRACE, "ValueError: odd"]
    assert verdict_on(lines).cause == "exception"


def test_why_code_was_not_fetched_goes_before_that_it_was_not() -> None:
    line = "Error downloading object: a.bin: Smudge error: batch response: dial tcp: lookup git.corp: no such host"
    assert verdict_on([line]).cause == "name_resolution"
    assert verdict_on(["Error downloading object: a.bin: Smudge error: pointer"]).cause == "code_not_fetched"


def test_numbers_that_a_peers_death_leaves_are_no_causes() -> None:
    assert of_number("OSError: [Errno 104] x") is None
    assert of_number("OSError: [Errno 32] x") is None


def test_words_that_name_what_failed_go_before_the_systems_reason() -> None:
    match = PROGRAM.best("Call to ibv_reg_mr_iova2 failed with error Cannot allocate memory")
    assert match is not None
    assert match.cause.code == "rdma"


def test_a_full_disk_goes_before_the_library_that_noticed_it() -> None:
    match = PROGRAM.best("SafetensorError: Error while serializing: No space left on device")
    assert match is not None
    assert match.cause.code == "disk_full"


def test_an_exact_error_of_common_words_alone_is_not_sure() -> None:
    sure = verdict_on([*TRACE, "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"])
    unsure = verdict_on([*TRACE, "mylib.Odd: shape mismatch"])
    assert (sure.cause, sure.confidence) == ("gpu_memory", "high")
    assert (unsure.cause, unsure.confidence) == ("shape_mismatch", "medium")


def test_common_words_that_the_exit_code_seconds_are_sure() -> None:
    events = {0: ["2027-01-15T08:01:40Z Warning ContainerExited exited with code 139: Segmentation fault."]}
    material = failed({0: ["run.sh: line 4: 77 Segmentation fault      (core dumped) ./solver"]}, events)
    assert explain(material, decide(material)).cause == "segmentation_fault"


def test_an_exact_form_of_the_same_cause_makes_common_words_exact() -> None:
    table = Table([Cause("x", "runtime", "code", SPECIFIC, "x", ("shape mismatch", "mat1 and mat2"))])
    assert [one.is_generic for one in table.matches("shape mismatch")] == [True]
    assert [one.is_generic for one in table.matches("shape mismatch: mat1 and mat2")] == [False]


def test_what_an_error_introduces_after_a_blank_line_and_frames_belongs_to_it() -> None:
    lines = [
        *TRACE,
        "somelib.InvalidArgumentError: Graph execution error:",
        "",
        "Detected at node lookup defined at (most recent call last):",
        '  File "/code/train.py", line 7, in <module>',
        "",
        "indices[3,12] = 32001 is not in [0, 32000)",
    ]
    verdict = verdict_on(lines)
    assert verdict.cause == "out_of_range"
    assert "32001" in verdict.quotes[0].text


def test_a_workers_exception_that_its_parent_raises_again_is_quoted_in_the_original() -> None:
    lines = [
        *TRACE,
        "AssertionError: Caught AssertionError in DataLoader worker process 3.",
        "Original Traceback (most recent call last):",
        '  File "/code/data.py", line 55, in __getitem__',
        "AssertionError: Expected 4 views, got 3",
    ]
    verdict = verdict_on(lines)
    assert verdict.cause == "assertion"
    assert "Expected 4 views" in verdict.quotes[0].text


def test_a_name_that_was_not_resolved_goes_before_the_address_that_was_not_reached() -> None:
    lines = [
        "[W1124 08:00:12.551 socket.cpp:752] [c10d] The IPv4 network addresses of (m-0, 2) cannot be retrieved"
        " (gai error: -2 - Name or service not known).",
        *TRACE,
        "torch.distributed.DistNetworkError: The client socket has timed out while trying to connect to (m-0, 2).",
    ]
    assert verdict_on(lines).cause == "name_resolution"
    late = [*TRACE, "requests.exceptions.ConnectTimeout: timed out", "warning: Name or service not known"]
    assert verdict_on(late).cause == "unreachable"


def test_words_of_a_family_are_read_in_the_first_part_of_an_error_only() -> None:
    assert of_words("x" * 2_000 + " is not installed") is None
    assert of_words("x is not installed") is not None


EVENTS_WORDED: list[tuple[str, str]] = [
    ("spot_reclaimed", "InstanceTermination Spot instance i-1 received a termination notice"),
    ("preempted", "Requeued The pod gave its GPUs to a job with higher priority that takes its place"),
    ("node_lost", "Cleanup The machine n-7 disappeared from the list of the provider"),
    ("gpu_hardware", "CheckReport 1 of 8 GPUs is missing"),
    ("rdma", "Checker The RoCE port of the pod is down"),
    ("host_memory", "Watcher The container's use of memory is over what it may have"),
    ("disk_full", "Watcher The filesystem of the container is full"),
    ("stopped_by_person", "Console The job was ended: deleted by the owner"),
    ("stopped_by_person", "Console 管理员已终止该任务"),
    ("sanity_failed", "Checker 健康检测异常"),
    ("evicted", "Drainer The node n-1 is being drained"),
    ("no_stock", "Capacity The instance type g8 is not available in this zone"),
    ("time_limit", "Guard The execution time of the job is over 120 minutes"),
    ("image_pull", "Puller The image reg/x:1 cannot be had"),
    ("image_not_found", "Puller The image has no layers since the tag 1 does not exist"),
    ("image_refused", "Puller The image is not for you: log in at the portal"),
    ("mount_failed", "Agent The data set d-1 cannot be attached"),
    ("container_start", "Runtime Error while the sandbox was made: no namespace"),
    ("unschedulable", "Placer There is no suitable node for the pod"),
    ("queue_order", "Placer The job has place 4 in line"),
    ("quota_full", "Queue The job asks for 16 GPU, 4 GPU left"),
    ("fragmentation", "Placer The free cards are scattered over the pool"),
    ("user_limit", "Queue The member's allowance is used up"),
    ("recycled", "Keeper The job was ended since it had been inactive all day"),
    ("bad_settings_file", "Placer The workload was refused: two labels name a line each"),
    ("vpc", "Agent There are no addresses for the pod in its subnet"),
    ("workspace_limit", "Cloud The regional limit of A100 cards was hit"),
]
TOLD_AS_NORMAL = frozenset(
    {"quota_full", "stopped_by_person", "evicted", "preempted", "spot_reclaimed", "queue_order", "unschedulable"}
    | {"fragmentation", "vpc", "workspace_limit", "no_stock", "recycled", "user_limit"}
)
NEVER_BEGAN = frozenset(
    {
        "image_not_found",
        "image_refused",
        "image_pull",
        "mount_failed",
        "quota_full",
        "container_start",
        "no_stock",
        "queue_order",
        "unschedulable",
        "fragmentation",
        "bad_settings_file",
        "user_limit",
        "vpc",
        "workspace_limit",
    }
)


@pytest.mark.parametrize(("cause", "text"), EVENTS_WORDED, ids=[case[0] for case in EVENTS_WORDED])
def test_an_event_of_unknown_text_is_told_by_the_kind_of_its_words_and_never_more_than_likely(
    cause: str, text: str
) -> None:
    assert TABLE.best(text) is None, "take a text that no table knows"
    material = failed({}, {0: [f"2027-01-15T08:01:40Z Warning {text}"]}, began=cause not in NEVER_BEGAN)
    verdict = explain(material, decide(material))
    assert (verdict.cause, verdict.confidence) == (cause, "medium")
    assert (of_event(f"2027-01-15T08:01:40Z Normal {text}") is not None) == (cause in TOLD_AS_NORMAL)


def test_every_family_of_events_has_an_example_of_its_own() -> None:
    assert {cause.code for cause, _ in EVENT_FAMILIES} == {code for code, _ in EVENTS_WORDED}


@pytest.mark.parametrize(
    ("event", "cause"),
    [
        ("Warning UnexpectedAdmissionError Allocate failed due to nvml: GPU 5 reports errors", "gpu_hardware"),
        ("Warning FailedCreatePodSandBox Failed to create pod sandbox: the disk is full", "disk_full"),
        ("Warning UnexpectedAdmissionError Allocate failed due to a claim", "container_start"),
        ("Warning FailedCreatePodSandBox Failed to create pod sandbox: the host is down", "container_start"),
        ("Warning Failed image pull failed for r/x:1 (please log in at the portal)", "image_refused"),
        ("Warning Failed image pull failed for r/x:1 (the tag 1 is not found)", "image_not_found"),
        ("Warning Failed Failed to pull image r/x:1: code = Unknown desc = odd: unknown", "image_pull"),
        ("Warning Failed container x waits: trying and failing to pull image", "image_pull"),
    ],
)
def test_an_event_on_what_could_not_be_done_gives_way_to_what_it_names_as_the_reason(event: str, cause: str) -> None:
    assert [one.cause.code for one in platform_findings([event], "pod_event")] == [cause]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("F0405 18:39:10.1 1 client.h:80] ending: another rank has crashed, see there", "collective_timeout"),
        ("F0405 18:39:10.1 1 client.h:80] ending: some other rule has failed", "error_line"),
    ],
)
def test_a_process_that_ends_because_another_did_says_that_it_lost_a_peer(text: str, cause: str) -> None:
    assert verdict_on([text]).cause == cause


@pytest.mark.parametrize(
    ("event", "cause"),
    [
        ("Warning FailedMount MountDevice failed: lookup api.local on 10.0.0.1:53: no such host", "mount_unreachable"),
        ("Warning FailedMount MountDevice failed: stat /mnt/x: no such file", "mount_missing"),
        (
            "Warning FailedMount MountDevice failed: mounting 10.0.0.1@tcp: on /mnt/x failed: No such device",
            "mount_failed",
        ),
        (
            "Warning Failed Error: failed to stat the mount: stat /a: transport endpoint is not connected",
            "mount_failed",
        ),
        (
            "Warning FailedMount Could not mount juicefs: mount point is not ready eventually, mountpod: a-node-1",
            "mount_failed",
        ),
        ("Warning FailedScaleUp GCE out of resources", "no_stock"),
        ('Warning FailedCreate Error creating: pods "x" is forbidden: User "a:b" cannot create "pods"', "credential"),
        ("Warning Failed Error: nvidia-container-cli: device error: GPU-abc: unknown device", "gpu_hardware"),
        ("Warning Odd Node says requested: 8, used: 8, capacity: 8", "quota_full"),
        ("Normal NotTriggerScaleUp pod didn't trigger scale-up: 2 in backoff", "unschedulable"),
    ],
)
def test_events_of_a_start_are_known_by_what_they_lack(event: str, cause: str) -> None:
    assert [one.cause.code for one in platform_findings([event], "pod_event")] == [cause]


def test_of_a_long_chain_of_what_failed_in_what_the_end_is_quoted() -> None:
    chain = f"Warning Failed Error: failed to create shim task: {'this failed: ' * 60}the odd hook gave up: unknown"
    (found,) = platform_findings([chain], "pod_event")
    assert quote(found).text.startswith("Warning Failed Error: failed to create shim task")
    assert quote(found).text.endswith("the odd hook gave up: unknown")


@pytest.mark.parametrize(
    "event",
    [
        "Warning Scaled Successfully assigned default/dlc-1-worker-0 to node n-7",
        "Warning Pulled Container image reg/x:1 already present on machine",
        "Warning Created Created container main on node n-7",
        "Warning Reported The pod on node n-7 was started by instance manager",
        "Normal Killing Stopping container main",
    ],
)
def test_an_ordinary_event_speaks_for_no_cause(event: str) -> None:
    assert of_event(f"2027-01-15T08:01:40Z {event}") is None


def test_the_words_of_an_exceptions_name_are_those_of_its_last_part() -> None:
    assert in_words("aiohttp.client_exceptions.ServerTimeoutError") == "Server Timeout Error"
    assert in_words("KeyError") == "Key Error"
