"""Programs that other programs start, by name: what is not there is then no file of the data. Pure."""

from __future__ import annotations

import re

_TOOL = re.compile(
    r"7z|Xvfb|accelerate|apptainer|apt-get|ar|aria2c|autoconf|avconv|bazel|blender|c\+\+|cargo|cc|clang"
    r"|clang\+\+|cmake|cpio|curl|deepspeed|docker|dot|enroot|espeak|espeak-ng|ffmpeg|ffprobe|g\+\+|gcc|gcloud"
    r"|gdb|gfortran|git|git-lfs|gmake|graphviz|gsutil|hadoop|hccn_tool|hdfs|helm|hg|hipcc|hl-smi|horovodrun"
    r"|hostname|huggingface-cli|ibstat|ibv_devinfo|ifconfig|ixsmi|java|javac|jq|killall|kubectl|ld|ldconfig"
    r"|llvm-config|lsblk|lscpu|lsof|lspci|lz4|make|mecab|meson|modelscope|mpg123|mpiexec|mpirun|mvn|mx-smi"
    r"|mysql_config|ncu|nerdctl|ninja|npm|nproc|npu-smi|nsys|numactl|nvcc|nvidia-smi|objdump|orted|osscmd"
    r"|ossutil|ossutil64|patchelf|pdflatex|pdftoppm|pdsh|pg_config|pigz|pip|pip3|pkg-config|pkill|podman|poetry"
    r"|protoc|py-spy|python|python3|rclone|rocm-smi|rocminfo|rpm|rsync|rustc|s5cmd|sacct|sbatch|scontrol|scp"
    r"|sinfo|singularity|sox|spark-submit|squeue|srun|ssh|sshpass|stdbuf|strace|svn|swig|tar|taskset|tensorboard"
    r"|tesseract|tmux|torchrun|unzip|uv|wget|xvfb-run|yarn|yq|yum|zstd"
)
_BARE = re.compile(r"No such file or directory: ['\"]([^'\"/]{1,60})['\"]")
_STARTED = re.compile(
    r"\bcommand ['\"]\S{1,60}['\"] failed: No such file|: Cannot exec: No such file"
    r"|\bcannot run [\w.+-]+: No such file"
    r"|\bexec\w*\(?\)?:? .{0,60}No such file|\bwhile executing command\b",
    re.IGNORECASE,
)


def is_tool(message: str, frame: str) -> bool:
    """Whether what is not there is a program that was to be started: the words say so, or its name bears no path and
    was given to ``subprocess`` (``frame`` is the file of the last frame), or is that of a program where no frame says
    who opened it."""
    if _STARTED.search(message):
        return True
    named = _BARE.search(message)
    return named is not None and (
        frame.endswith("/subprocess.py") or (not frame and _TOOL.fullmatch(named[1]) is not None)
    )
