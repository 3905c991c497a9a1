"""Kinds of words for errors of machines: GPUs and their links, the fast network between nodes, storage. Pure."""

from __future__ import annotations

from .vocabulary import CANNOT, family

_FAST = (
    r"(?:rdma|infiniband|roce(?:v2)?|e?rdma_\w+|erdma|ibv_\w+|libibverbs|hca|mlx[45]\w*|efa|libfabric|fi_\w+|ofi"
    r"|ucx|uct_\w+|openib|openfabrics|rnic|ibgda|ibrc|cxi_?\w*|psm2|hfi1|slingshot|ib_(?:write|read|send)_\w+"
    r"|sharp(?:_\w+| plugin)|(?:ib|roce|rdma) (?:port|nic|device|card|link)s?|nvidia[_-]peermem|nv_peer_mem"
    r"|gdr_?copy|gdrdrv|queue pair|gid (?:index|table)|subnet manager"
    r"|sm lid|tcpxo?|fas(?:trak|tsocket)|rxdm|sharpd|aws-ofi\S*|nccl_(?:net_)?ofi\w*|hccp\w*)"
)
_MOUNTED = (
    r"(?:ossfs\d?|jindo\w*|cpfs|bmcpfs|juicefs|nfs\d?|lustre|gpfs|beegfs|ceph\w*|rbd|fuse(?=[:.])|libfuse|alluxio"
    r"|goofys|s3fs"
    r"|geesefs|gcsfuse|weka\w*|glusterfs|hdfs)"
)
_BAD = r"(?:fail\w*|errors?|cannot|can't|unable|lost|down|unreachable|missing|invalid|timed? ?out|not (?:found|loaded"
_BAD += r"|available|supported|ready|active|responding|connected)|unresponsive|abnormal|disconnect\w*|broken|refused"
_BAD += r"|aborted)"

OF_MACHINES = (
    family(
        "node_lost", "system", "hardware", "an error about the loss of a node",
        r"\b(?:connection to |lost )?(?:node|host) (?:[\w.-]*\d[\w.-]*|\S+-\S+) (?:was |is |has been |has "
        r"|went )?(?:lost|down"
        r"|dead|unreachable|not responding|rebooted|failed|gone|crashed)\b|(?:节点|机器|主机).{0,12}(?:宕机|失联"
        r"|掉线|重启)",
    ),
    family(
        "gpu_hardware", "system", "hardware", "an error about a fault of a GPU or its link",
        r"\b(?:page retirement|retired pages?|row[- ]?remap\w*|remapped rows?|pcie? (?:replay|bus error|link)"
        r"|nvswitch"
        r"|nvlink(?: \w+)? (?:is |are )?(?:down|inactive|errors?|fail\w*)|ecc (?:errors?|faults?)|dbe"
        r"|double[- ]bit)\b",
        r"\b(?:dcgmi?|nvvs|health ?check|diagnostics?)\b.{0,80}\b(?:gpus?|npus?)\b.{0,60}\b(?:fail\w*|fault\w*"
        r"|unhealthy|bad)\b|\b(?:dcgmi?|nvvs|health ?check|diagnostics?)\b.{0,80}\b(?:fail\w*|fault\w*|unhealthy)\b"
        r".{0,40}\b(?:gpus?|npus?)\b",
        r"\b(?:gpu|npu)s? (?:\S+ ){0,3}(?:needs? (?:an? )?reset|fell off|has fallen|lost|is lost|degraded|unhealthy"
        r"|faulty|is broken|is down|dropped|abnormal|hang|hung)\b|\b\d+ of \d+ (?:gpus?|npus?)\b"
        r"|\b(?:gpus?|npus?)\b.{0,40}\b(?:is|are|one|some) missing\b|\bdevice (?:\d+ )?(?:was |is )?lost\b|\b(?:xgmi"
        r"|hccs|nvlink|c2c)\b.{0,40}\b(?:down|inactive|fail\w*|degraded|retrain\w*)\b"
        r"|(?:掉卡|GPU.{0,8}(?:故障|异常|丢失))",
    ),
    family(
        "rdma", "network", "network", "an error about the fast network between nodes",
        r"\b" + _FAST + r"\b.{0,80}\b" + _BAD + r"\b",
        r"\b(?:no|without|" + CANNOT + r" (?:find|open|use|load|create|resolve)) (?:an? |any |the )?(?:\w+ ){0,3}"
        + _FAST + r"\b|" + CANNOT + r" .{0,40}\b" + _FAST + r"\b|\bmemlock\b|\blocked memory\b",
        r"(?:高速网卡|高速网络|网卡|(?<![a-z])(?:RDMA|RoCE)(?![a-z])|IB ?卡).{0,16}(?:异常|故障|失败|不可用|断开"
        r"|\bdown\b)"
        r"|(?:未找到|找不到|没有).{0,8}(?:RDMA|IB|RoCE).{0,6}(?:网卡|设备|接口)",
    ),
    family(
        "storage_fault", "system", "storage", "an error about a mounted storage",
        r"\b" + _MOUNTED + r"\b.{0,80}\b(?:fail\w*|lost|timed? ?out|not responding|unreachable|disconnect\w*|crashed"
        r"|aborted|hung|stale|broken|unavailable|i/o error)\b",
        r"\bmount ?point\b.{0,60}\b(?:disconnect\w*|lost|gone|stale|hung|not (?:mounted|connected|responding)|broken"
        r"|crashed|unavailable)\b|挂载点.{0,12}(?:断开|失效|丢失|异常)"
        r"|挂载.{0,20}(?:失败|错误|超时|异常)",
    ),
)  # fmt: skip
"""Asked before the words of programs: who names such a part names what failed."""
