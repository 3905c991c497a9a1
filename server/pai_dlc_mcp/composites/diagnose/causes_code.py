"""Causes in logs: the program's own code, its data and numbers, and crashes in native code. Instances only.

Sources of the forms: CPython, PyTorch, TensorFlow, JAX, Transformers, safetensors, Arrow, PIL, DeepSpeed, bash.
"""

from __future__ import annotations

from .causes import GENERIC, KIND, SPECIFIC, SYMPTOM, Cause

CODE = (
    Cause("syntax", "runtime", "code", SPECIFIC,
          "the program's or script's source cannot be parsed", (
        "Bad substitution", "*** missing separator", "*** multiple target patterns",
        "SyntaxError ! TypeError ! not a", "IndentationError", "TabError", "syntax error near",
        "syntax error: unexpected",
        "syntax error near unexpected", "unexpected EOF while looking", "Syntax error:",
        "unterminated string literal", "unexpected end of file & line", "未预期的符号", "语法错误",
        "Syntaxfehler beim", "erreur de syntaxe", "синтаксическая ошибка"), "CPython, bash, dash"),
    Cause("checkpoint_mismatch", "runtime", "data", SPECIFIC,
          "a checkpoint does not fit the model or the way it is loaded", (
        "Attempted to load weight & into parameter",
        "checkpoint being loaded used", "Automatic adjustment of ZeRO", "current world size is & checkpoint",
        "was saved with & world size", "Optimizer lost track of step count", "consumed * numels out of", "ckpt_list",
        "state of _OptimStateKey", "unexpected keys in", "mismatched keys", "state dict mismatch",
        "incompatible checkpoint",
        "not compatible with this checkpoint", "not found in checkpoint", "not found in the checkpoint",
        "Checkpoint*Exception & not found", "in checkpoint but not in model",
        "Restoring from checkpoint failed", "size mismatch for", "loading state_dict", "Unexpected key(s)",
        "Missing key(s)", "loading a checkpoint", "Weights only load failed", "weights_only",
        "UnpicklingError & weights", "Error(s) in loading state_dict", "tensors in checkpoint & shape",
        "ignore_mismatched_sizes", "checkpoint was saved with a different", "doesn't match the checkpoint",
        "Trying to set a tensor of shape", "loaded state dict contains a parameter group that doesn't match",
        "loaded state dict has a different number of parameter groups", "Assign requires shapes & save/",
        "Tensor shape mismatch & checkpoint", "different world size & checkpoint", "checkpoint & incompatible",
        "KeyError & state_dict", "Cannot load * checkpoint", "The checkpoint you are trying to load",
        "partition count & checkpoint", "unable to load & universal checkpoint", "arguments & checkpoint & mismatch",
        "value from checkpoint * is not equal",
        "Checkpoint*Exception & mismatch*",
        "mismatch & loaded & expected & tensor for key"), "PyTorch, Transformers, Megatron, DeepSpeed"),
    Cause("not_a_number", "runtime", "data", SPECIFIC,
          "training diverged: a value is not a number", (
        "nan in local grad norm", "found NaN in", "is NaN or Inf", "nan or infinite",
        "Model diverged with loss = NaN", "NanLossDuringTrainingError", "Found Inf or NaN", "Unexpected result nan",
        "loss is nan", "nan loss", "loss: nan ! loss=", "loss=nan", "loss nan", "Loss is inf", "loss is not finite",
        "non-finite", "nonfinite", "nan or inf", "inf or nan", "found nan", "nan detected", "detected nan",
        "NaN in loss", "FloatingPointError", "nan in gradient", "NaN & gradient", "minimum loss scale",
        "Minimum loss scale reached", "loss scale already at minimum", "loss scaler reached minimum",
        "loss scale & minimum", "contains either `inf`, `nan`", "probability tensor contains", "returned nan values",
        "Input contains NaN", "contains NaN ! Label contains", "loss diverged", "training diverged",
        "expected parameter & to satisfy the constraint & nan", "encountered NaN", "gradient overflow & stop"
        ), "PyTorch, DeepSpeed, fairseq, Megatron"),
    Cause("corrupt_data", "runtime", "data", SPECIFIC,
          "an input, a checkpoint or a record of it is damaged or incomplete", (
        "libpng error", "Label contains NaN", "Couldn't cast because column names", "Couldn't cast array of type",
        "SyntaxError: not a * file", "DecompressionBombError", 
        "checksum* did NOT match",
        "Assertion failed) !*.empty()",
        "not in gzip format", "does not look like a tar archive", "End-of-central-directory signature not found",
        "invalid compressed data", "batch must contain tensors & NoneType",
        "last epoch number of samples exceeded", "Index file doesn't match expected format",
        "doesn't match expected format", "bad magic number", "Unexpected end-of-file", "EOF marker",
        "Compressed file ended before", "cannot mmap an empty file", "mmap length is greater than file size",
        "buffer size must be a multiple", "数据损坏", "文件损坏", "校验失败",
        "corrupt* ! might run on ! subsequent gpu ! double free ! memory corruption ! corrupted size"
        " ! corrupted double ! heap corruption ! malloc()",
        "UnpicklingError ! weights", "Unexpected EOF",
        "unexpected end of ! syntax ! while looking", "EOFError: * ! when reading a line", "is truncated",
        "truncated file",
        "file truncated",
        "image file is truncated", "bad crc", "CRC check failed", "cannot identify image", "UnidentifiedImageError",
        "BadZipFile", "not a zip file", "Not a gzip*", "BadGzipFile", "checksum mismatch", "checksum error",
        "checksums didn't match", "NonMatchingChecksumError", "NonMatchingSplitsSizesError", "ChecksumError",
        "hash mismatch", "invalid header", "Invalid magic", "Invalid magic number", "PytorchStreamReader failed",
        "failed finding central directory", "SafetensorError", "InvalidHeaderDeserialization", "HeaderTooLarge",
        "MetadataIncompleteBuffer", "incomplete metadata", "Error while deserializing header", "DataLossError",
        "DATA_LOSS", "ArrowInvalid", "Parquet magic bytes not found", "not a Parquet file", "Not an Arrow file",
        "invalid start byte", "can't decode byte", "invalid continuation byte", "UnicodeDecodeError",
        "json.decoder.JSONDecodeError", "JSONDecodeError ! config", "invalid load key",
        "pickle data was truncated", "ran out of input", "Ran out of input", "zlib.error",
        "Error -3 while decompressing", "incorrect header check", "LZMAError", "tarfile.ReadError", "not a tar file",
        "premature end of", "malformed", "Expected object or value", "Error tokenizing data", "broken data stream",
        "Unable to open file (file signature not found", "file signature not found", "unable to open file (truncated",
        "Failed to decode", "SchemaInferenceError", "DatasetGenerationCastError",
        "invalid character * looking for", "moov atom not found",
        "Invalid data found when processing input", "invalid record",
        "could not convert string to float", "no element found", "not well-formed",
        "ArrowInvalid", "ArrowTypeError",
        "cannot find video stream", "cannot find audio stream", "Consistency check failed",
        "model_proto->ParseFromArray", "file should be of size",
        "Unable to parse",
        "IndexedDataset header"
        ), "PyTorch, safetensors, Arrow, PIL, zlib, TensorFlow, HDF5"),
    Cause("segmentation_fault", "runtime", "code", SPECIFIC,
          "a program or library crashed in native code", (
        "SIGSEGV (@", "Caught signal 11", "Signal code: Address not mapped",
        "A fatal error has been detected by the Java Runtime Environment",
        "Segmentation fault ! could be caused by",
        "Segfault encountered", "SIGSEGV ! possible ! due to sigsegv ! unexpected errors", "signal 11",
        "Signal: Segmentation", "Fatal Python error: Segmentation", "double free", "stack smashing", "malloc(): *",
        "free(): invalid", "munmap_chunk(): invalid", "corrupted size vs. prev_size", "corrupted double-linked",
        "heap corruption", "invalid pointer ! json", "Address not mapped", "address not mapped to object", "段错误",
        "段错误 (核心已转储)", "Speicherzugriffsfehler", "Erreur de segmentation", "Ошибка сегментирования",
        "pure virtual method called", "unexpected fault address", "unexpected signal during runtime execution",
        "terminate called without an active exception", "Violación de segmento", "セグメンテーション違反",
        "세그멘테이션 오류", "Falha de segmentação",
        "Errore di segmentazione", "SIGNAL 11"), "glibc, bash, CPython faulthandler, Open MPI"),
    Cause("out_of_range", "runtime", "code", SPECIFIC,
          "an index or label lies outside its range", (
        "std::out_of_range", "_M_range_check",
        "out of bounds", "IndexError ! shape", "index out of range",
        "out of range ! local_rank ! device ordinal ! DDR address",
        "Target * is out of bounds", "label & out of",
        "than the number of classes", "than num_classes", "index & is out of", "exceeds dictionary size",
        "Token indices & out of range"), "CPython, PyTorch"),
    Cause("shape_mismatch", "runtime", "code", SPECIFIC,
          "tensors of shapes, types or devices that do not fit", (
        "expected a non-empty list",
        "view size is not compatible",
        "num_classes & does not match* the length of",
        "only one element tensors can be converted", "be cast to the desired output type",
        "Got unsupported ScalarType", "expected Tensor as element",
        "Input * of layer & is incompatible with the layer", "to match target batch_size", "to have the same dtype",
        "to match target", "must match the existing size",
        "invalid for input of size", "Dimension out of range", "expected dtype", "mat1 and mat2",
        "Dimension & must be equal", "both shapes must be equal", "must be equal, but are", "Expected 4D",
        "channels, but got", "Expected tensor for argument", "tensors used as indices must be",
        "shapes cannot be multiplied", "size of tensor", "expected scalar type", "shape mismatch",
        "Sizes of tensors must match", "Expected all tensors to be on the same device", "must match the size",
        "expected object of scalar type", "shape * is invalid for input", "incompatible shapes",
        "Incompatible shapes", "mat1 and mat2 must have the same dtype", "must have the same dtype",
        "expected m1 and m2 to have the same dtype", "should be the same ! version", "could not be broadcast",
        "operands could not be broadcast together", "Shapes must be equal rank", "Dimensions must be equal",
        "Dimension mismatch", "expected input & channels", "Given groups=", "expected * dimensional",
        "stack expects each tensor to be equal size", "each element in list of batch should be of equal size",
        "Unable to create tensor, you should probably activate truncation",
        "dot_general requires contracting dimensions", "Trying to resize storage that is not resizable",
        "Expected size for first two dimensions", "Tensor sizes & mismatch", "got mismatched shapes",
        "inconsistent tensor size", "Got unexpected field names", "expects its input to have",
        "output with shape * doesn't match", "Inputs have incompatible shapes",
        "requires shapes of both tensors to match", "must be broadcastable",
        "Input type * and weight type", "Input and parameter tensors are not at the same device",
        "cuDNN & invalid & dtype", "Mismatched * between ranks", "but now have shape", "add got incompatible shapes"
        ), "PyTorch, TensorFlow, JAX, NumPy"),
    Cause("unused_parameters", "runtime", "code", SPECIFIC,
          "DDP: some parameters get no gradient, so ranks wait for ever", (
        "Expected to have finished reduction in the prior iteration", "find_unused_parameters",
        "marked a variable ready only once", "mark a variable ready", "Expected to mark a variable ready only once"
        ), "PyTorch DDP"),
    Cause("autograd", "runtime", "code", SPECIFIC,
          "the backward pass cannot be done as the program is written", (
        "can't optimize a non-leaf Tensor", "implicitly created only for scalar outputs",
        "modified by an inplace operation", "Trying to backward through the graph a second time",
        "element 0 of tensors does not require grad", "does not require grad and does not have a grad_fn",
        "leaf Variable that requires grad", "One of the differentiated Tensors does not require grad",
        "CheckpointError: *", "CUDA graph & capture", "operation not permitted when stream is capturing",
        "Attempting to unscale FP16 gradients", "derivative for * is not implemented",
        "No inf checks were recorded"), "PyTorch autograd"),
    Cause("compile_failed", "runtime", "code", SPECIFIC,
          "a just-in-time compiler failed on the program", (
        "ptxas exited with", "could not compile `*", "tiling func failed",
        "unrecognized command-line option", "unrecognized command line option",
        "was not declared in this scope", "undefined reference to", "Failure occurred when compiling",
        "BackendCompilerFailed", "torch._dynamo.exc",
        "InductorError", "LoweringException", "CompilationError: *",
        "triton.compiler.errors", "RET_CHECK failure & hlo*", "XlaRuntimeError & INTERNAL & compil* ! RET_CHECK",
        "NVVM_ERROR", "NvvmError",
        "XlaRuntimeError & INTERNAL & *lower*", "Failed to compile", "TracerArrayConversionError",
        "TracerBoolConversionError", "TracerIntegerConversionError",
        "trying to compile graph",
        "ConcretizationTypeError", "UnexpectedTracerError"), "torch.compile, Triton, JAX"),
    Cause("pickling", "runtime", "code", SPECIFIC,
          "an object cannot be sent to a worker process", (
        "can't create new processes if CUDA is already initialized",
        "Can't pickle", "cannot pickle", "AttributeError: Can't get attribute", "Can't get attribute",
        "PicklingError", "pickle & not serializable", "Could not serialize", "cannot serialize '_",
        "CUDA in forked subprocess",
        "Cannot re-initialize CUDA in forked",
        "An attempt has been made to start a new process before the current process has finished its bootstrapping"
        ), "Python multiprocessing, Ray"),
    Cause("recursion", "runtime", "code", SPECIFIC,
          "the program recursed too deeply", (
        "RecursionError", "maximum recursion depth", "StackOverflowError"), "CPython"),
    Cause("interrupted", "configuration", "person", KIND,
          "the program was interrupted (Ctrl-C or SIGINT)", (
        "KeyboardInterrupt", "Received SIGINT", "signal 2 (Interrupt)"), "CPython"),
    Cause("stopped_itself", "runtime", "code", KIND,
          "the program ended itself on purpose", (
        "SystemExit ! Worker exit detail", "sys.exit( ! Worker exit detail"), "CPython"),
    Cause("deadlock", "runtime", "code", KIND,
          "threads or processes wait for each other", (
        "Deadlock ! avoid", "Resource deadlock", "Fatal Python error: *deadlock", "dead lock"), "glibc"),
    Cause("assertion", "runtime", "code", KIND,
          "an assertion of the program failed", (
        "AssertionError", "assertion failed", "Assertion `*", "Check failed: ! *nccl*", "CHECK failed ! *nccl*",
        "ASSERT FAILED", "panicked at", "panic: *"), "CPython, glibc, glog, Go, Rust"),
)  # fmt: skip

DEATHS = (
    Cause("child_killed", "runtime", "host_memory", KIND,
          "a child process died without a word of its own", (
        "DeadKernelError", "Some Ray sub* exited unexpectedly", "Ray processes died unexpectedly",
         "Kernel died", "kernel appears to have died",
        "Dead kernel",
        "OwnerDiedError", "its owner has exited", "service process exited with",
        "main process disappeared", "Failed to register worker", "Unable to register worker with raylet",
        "A worker died or was killed",
        "its node has died", "node was terminated & actor", "TaskManager * no longer reachable",
        "Connection unexpectedly closed by remote task manager",
        "ExecutorLostFailure", "Lost executor * on", "DataLoader worker & exited unexpectedly",
        "background workers are no longer alive", "raylet exited immediately",
        "DataLoader worker & is killed by signal", "killed by signal",
        "signal: killed", "terminated with signal SIGKILL", "died with <Signals.SIGKILL", "BrokenProcessPool",
        "A process in the process pool was terminated abruptly", "TerminatedWorkerError",
        "A worker process managed by the executor was unexpectedly terminated",
        "a worker process has died unexpectedly", "A worker died or was killed while executing",
        "Worker unexpectedly exits", "worker process has died", "WorkerCrashedError", "NodeDiedError",
        "Worker * was terminated due to signal",
        "Killed signal terminated program"), "PyTorch DataLoader, concurrent.futures, joblib, Ray, gunicorn"),
    Cause("killed", "system", "host_memory", KIND,
          "a process was killed from outside (SIGKILL); nothing shows that memory was short", (
        "已杀死", "被杀死", "已终止 & kill", "Getötet", "Убито", "Processus arrêté", "Tué", "Terminado (killed)",
        "強制終了", "죽었음", "Signal 9 (SIGKILL)", "exited on signal 9", "KILLED BY SIGNAL: 9",
        "killed by SIGKILL ! (1) ! potential"), "bash, Open MPI, torchrun"),
    Cause("time_limit", "configuration", "settings", KIND,
          "the time that the command itself was given is over (timeout)", (
        "timeout: sending signal", "DUE TO TIME LIMIT", "subprocess.TimeoutExpired", "TimeoutExpired: Command",
        "command timed out after"
        ), "coreutils, CPython"),
    Cause("aborted", "runtime", "code", SYMPTOM,
          "a process aborted (SIGABRT)", (
        "Aborted (core dumped)", "Fatal Python error: Aborted", "signal 6", "已放弃 (核心已转储)", "已放弃",
        "Abgebrochen", "`Process abort signal` is detected", "Abandon (core dumped)", "Аварийный останов",
        "SIGABRT", "Fatal Python error"
        ), "bash, CPython"),
)  # fmt: skip

PROGRAM_EXCEPTION = Cause(
    "exception", "runtime", "code", GENERIC, "the program raised an exception that nothing caught"
)
ERROR_LINE = Cause("error_line", "runtime", "code", GENERIC, "the program printed an error")
NAMELESS = frozenset({PROGRAM_EXCEPTION.code, ERROR_LINE.code})
"""Causes that only say that there was an error."""
