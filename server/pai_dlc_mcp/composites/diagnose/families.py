"""Kinds of words: what an error whose exact text is in no table is most likely about. Pure.

The tables in ``causes_*.py`` know exact texts. Most errors are worded by their own program, but in a common vocabulary:
something "is not installed", "cannot be found at" a path, "must be divisible by" a number. A family is such a
vocabulary, in English and in Chinese. It is asked only about an error that no exact text explains, and it never makes a
diagnosis more than likely.
"""

from __future__ import annotations

import re

from .causes import Cause
from .machine_families import OF_MACHINES
from .process_families import OF_PROCESSES, OF_TOOLS
from .rank_families import OF_RANKS
from .service_families import OF_SERVICES
from .vocabulary import (
    ACCELERATOR,
    AMOUNT,
    CANNOT,
    GPU_KIND,
    MISFIT,
    NOT_FOUND,
    OF_TENSORS,
    SIZE,
    STORED,
    STORED_FORM,
    THING,
    family,
    hint,
    near,
)
from .widest import WIDEST

FAMILIES: tuple[tuple[Cause, re.Pattern[str]], ...] = (
    family(
        "gpu_memory", "resource", "gpu_memory", "an error about the GPU's memory being used up",
        r"out of memory\b.{0,60}\b(?:device|" + ACCELERATOR + r")\b|\b(?:device|vram|" + ACCELERATOR
        + r")\b.{0,60}\bout of memory",
        r"\b(?:cnrt|cndrv|musa|mc|hip|cuda|acl|syn|ze|ur|ixrt)\w*(?:no_?mem|out_?of_?(?:device_?)?mem"
        r"|alloc\w*fail)\w*",
        r"(?:not enough|insufficient|no available|exceed\w*)\s(?:free )?(?:gpu|device|video|cuda) memory",
        r"\benough (?:gpu|device|cuda|video) (?:ram|memory)\b",
        r"\b(?:alloc\w*|malloc)\b.{0,20}\bmemory\b.{0,20}\bfail\w*|\bfail\w* to allocate (?:device )?memory\b"
        r"|\bmemory[ _]allocation[ _]fail\w*|\balloc size\b.{0,40}\bmore than\b",
        r"\bout of memory\b.{0,120}\b(?:batch size|tokens|kv[ _-]?cache|mem-fraction|gpu-memory)",
        r"(?:显存|(?:GPU|CUDA) ?内存).{0,8}(?:不足|不够|溢出|耗尽)",
    ),
    *OF_MACHINES,
    *OF_SERVICES,
    family(
        "host_memory", "resource", "host_memory", "an error about the host's memory being used up",
        r"\bout of memory\b|\b(?:not enough|insufficient) (?:cpu |host |system |main )?memory\b|cannot allocate \d",
        r"\btotal (?:cpu|host) memory\b",
        r"内存.{0,8}(?:不足|不够|溢出|耗尽|超限|超出)",
    ),
    family(
        "disk_full", "resource", "storage", "an error about room on a disk",
        r"\bno (?:more )?space\b|\bdisk (?:space|is full|full)|\b(?:storage|disk|inode)\b.{0,30}\b(?:exceeded"
        r"|full|used up)",
        r"(?:磁盘|硬盘|存储|空间|配额).{0,8}(?:已满|不足|不够|超出|用完|耗尽)",
    ),
    *OF_TOOLS,
    family(
        "missing_module", "image", "image", "an error about a package that is not installed",
        r"\b(?:is|are|was|seems? to be|been|be) not (?:been )?installed\b|\bisn't installed\b|\bnot installed\b",
        r"\bneed(?:s|ed)? (?:to (?:have|install)\b|\S+ installed)|\bplease (?:pip )?install\b(?! \S*[<>=~!]=)"
        r"|\bpip install \S+|\bthere is no package\b|\bpackage \S+ (?:was |is )?not found\b",
        r"\brequires? (?:the )?\S+ (?:library|package|module|to be installed)\b|install it (?:with|using|by|from)",
        r"\bfile ?systems?\b.{0,40}\bnot (?:implemented|registered|known|supported)\b|\b(?:no|unknown|unsupported)"
        r" file ?systems? (?:found |registered )?(?:for|with)?\s?(?:the )?scheme\b|\bprotocol not known\b",
        r"(?:未|没有|尚未)安装|缺少.{0,12}(?:模块|依赖|软件包)",
    ),
    family(
        "missing_library", "image", "image", "an error about a system library, compiler or extension",
        r"\blib(?:cu|nv|device)\w*\b.{0,40}" + NOT_FOUND,
        r"\b(?:no|not ha(?:ve|s)(?: an?y?)?) (?:\w+ )?(?:kernels?|binary|binaries)\b|\bJIT[ -]?load\b"
        r"|\bno such operator\b|\bforg[eo]t to (?:build|compile)\b"
        r"|error building extension|\bcannot compile \w+ programs\b|\b(?:compiler|headers?|shared librar\w+"
        r"|\S+\.so(?:\.\d+)*)\b.{0,40}"
        + NOT_FOUND,
        CANNOT + r" (?:find|load|open) .{0,60}(?:\.so\b|librar(?:y|ies)\b|compiler)|\S+-dev(?:el)?\b.{0,40}install",
        CANNOT + r" (?:find|load|open) (?:the )?lib(?!rar|er)[a-z]\w+\b(?!/)|"
        + CANNOT + r" run '\w+::\w+' with arguments from",
        CANNOT + r" (?:find|load|resolve) (?:the )?(?:entry point|symbol|operator|function (?-i:(?=[A-Z]\w{6,}\b)))",
        r"(?:缺少|找不到|未找到).{0,12}(?:动态库|共享库|库文件|头文件|编译器)",
    ),
    family(
        "gpu_busy", "system", "hardware", "an error about a GPU that is in use",
        r"\b(?:gpus?|npus?|cuda devices?|devices? (?:\d+ )?(?:is |are )?)\b.{0,20}\b(?:already|still|currently) "
        r"(?:requested|claimed|reserved|allocated|occupied|taken|locked|in use|being used|used by)\b",
        r"(?:显卡|GPU|设备).{0,8}(?:已被|正被).{0,8}(?:占用|使用)",
    ),
    family(
        "compile_failed", "runtime", "code", "an error of a compiler",
        r"\b(?:llvm|mlir|ptxas|nvrtc|hlo|jit)\b.{0,60}\b(?:error|fail\w*|cannot|unable|invalid)\b|\bcannot select\b",
        r"\b(?:compil(?:e|ation|ing|er)|lowering|codegen)\b.{0,30}\b(?:fail\w*|error|abort\w*)\b|\bpass ?manager\b",
        r"\bfail\w* to (?:compile|lower|generate code)\b|编译.{0,6}(?:失败|错误|出错)",
        r"\S\.(?:cuh?|cc?|cpp|cxx|hpp|hip|rs|go|f90)[:(]\d+[:,]?\d*[):]*\s(?:fatal )?error\b(?: #?\w+)?:"
        r"|\A\s*error\[E\d{4}\]",
    ),
    family(
        "driver_mismatch", "image", "image", "an error about a package or driver without support for this GPU",
        r"(?:\bnot|n't|\bwithout) (?:been )?(?:compiled|buil[td])? ?(?:with |using )?(?:gpu|cuda|rocm"
        r"|nccl)(?: support)?\b",
        r"\bcuda (?:driver |runtime )?(?:setup|initiali[sz]ation|init)\b.{0,20}\b(?:fail\w*|error)|\b(?:compiled"
        r"|built) without (?:gpu|cuda|rocm)|\bcpu[- ]only (?:build|version|package|wheel)",
        r"\b(?:no|without an?|at least one|find an?y?) (?:\w+ )?(?:gpus?|[nxhmtdg][pcl]us?|" + ACCELERATOR
        + r" (?:devices?|cards?|accelerators?))\b(?! memory)",
        r"\bno devices? (?:\w+ ){0,4}(?:(?:is|are|was|were) )?(?:available|found|detected|visible)\b"
        r"|" + CANNOT + r" find .{0,20}\b(?:platform|backend|device)s?\b.{0,30}\b(?:cuda|gpu|rocm|npu|xpu)\b"
        r"|\b(?:unknown|no) (?:platform|backend)\b.{0,20}\b(?:cuda|gpu|rocm|npu|xpu)\b",
        r"\b(?:requires?|needs?|only (?:supports?|supported (?:on|by)|available on|for))"
        r" (?:an? |the )?(?:\w+ ){0,2}" + GPU_KIND
        + r"|" + GPU_KIND + r".{0,40}\b(?:is|are) (?:required|needed|not supported)\b",
        r"\b(?:requires?|needs?|expect(?:s|ed)?) (?:an? )?(?:gpu|cuda|nvidia)\b|\bonly (?:be used|supported"
        r"|available) (?:on"
        r"|with) (?:cuda"
        r"|gpu|nvidia)|\b(?:gpu|cuda|accelerator)s? (?:is|are|was) (?:required|needed|mandatory)\b|\bis_sm\d"
        r"|\bsm_?\d{2,3}\b|\bcompute_\d\d\b",
        r"\bdriver\b.{0,40}\b(?:too old|outdated|insufficient)\b|\b(?:gpu|cuda)\b.{0,40}\bnot enabled in\b"
        r"|\brequires? (?:an? )?(?:\w+ ){0,3}gpus?\b",
        r"\b(?:min\w*|required) (?:\w+ )?capability\b|\bnot supported (?:for|on|by)\W.{0,12}\b(?:current|this"
        r"|your) (?:gpu"
        r"|device|hardware|accelerator)",
        r"\b(?:gpu|device|compute) (?:architecture|capability)\b.{0,60}\b(?:too (?:old|low)|unsupported|not supported"
        r"|at least|required)|(?:GPU|驱动|显卡).{0,12}(?:不支持|过旧|过低)"
        r"|(?:未|没有)(?:检测|找|发现)?到?.{0,8}(?:GPU|NPU|显卡|CUDA)",
    ),
    family(
        "autograd", "runtime", "code", "an error about the backward pass",
        r"\bbackward (?:pass|hooks?|graph)\b.{0,60}\b(?:invalid|not|cannot|can't|fail\w*|twice|again|freed|missing)\b"
        r"|\b(?:gradients?|grads?)\b.{0,30}\b(?:is|are|was|were) (?:none|missing|not computed)\b|\bno (?:gradients?"
        r"|grad_fn|grad accumulator)\b|\bautograd\b.{0,60}\b(?:not|cannot|error|fail\w*|invalid)\b",
        r"(?:反向传播|梯度).{0,12}(?:失败|为空|出错|错误)",
    ),
    family(
        "checkpoint_mismatch", "runtime", "data", "an error about a checkpoint that does not fit the model",
        r"\bno (?:module|parameter|key|weight|tensor|layer|module or parameter)s?\b.{0,20}\b(?:named"
        r"|called)\b.{0,80}\bin \w",
        r"\binvalid (?:\w+ ){0,2}(?:checkpoint|state[_ ]dict|weights)\b",
        near(STORED, MISFIT),
        near(STORED, r"\b(?:should|must) have\b"),
        near(r"\b(?:missing|unexpected|extra|unknown|not found|not present)\b",
              r"\b(?:checkpoint|ckpt|state[_ ]?dict|safetensors)\b"),
        r"\b(?:restore|load) (?:data location|the (?:model|weights|optimizer))\b|\bkey mismatch\b",
        r"(?:检查点|权重|预训练).{0,16}(?:不匹配|不一致|对不上|不兼容)",
    ),
    family(
        "import_failed", "image", "image", "an error about a version that does not fit",
        r"\b(?:fail\w*|unable|not able) to import\b(?! (?:\w+ )?image)|\bimport(?:ing)? (?:of )?\S+ failed\b",
        r"\bdifferent (?:minor |major )?versions?\b|\bhas no \w+ implementation\b",
        r"\bversions? mismatch|\bmismatch\w* versions?\b|\bincompatible (?:\S+ )?versions?\b"
        r"|\bversions?\b.{0,40}\bincompatible",
        r"compiled (?:by|with|for) a (?:more recent|newer|different|later)|(?:newer|older|more recent"
        r"|later) version of",
        r"\b(?:by|in|with|for) (?:this|the installed|the current|your) version\b|\bnot be imported\b",
        r"\bnot (?:currently |been )?imported\b|\binstall \S*(?:[<>=~!]=)",
        r"\bno .{0,40}\b(?:module|build|wheel|binding|package|distribution)s? (?:was |were )?(?:found|available"
        r"|built) for\b",
        r"\b(?:is|was|been) (?:removed|deprecated) (?:in|since|and)\b|\bno longer (?:supported|available)\b",
        r"\bregister\w* (?:multiple|twice|more than once)\b|\bprevious registration\b"
        r"|\A(?!.{0,80}\b(?:workers?|nodes?|ranks?|agents?|clients?|users?|hosts?|names?|sessions?|process(?:es)?)\b)"
        r".{0,80}\balready (?:been )?registered\b",
        r"\bmodule '?\S+'? has no attribute|did not match any variant of untagged|\bout of date\b|please upgrade",
        r"\brequires? (?:at least )?\w[\w.-]* ?(?:(?:>=|==|~=|<=) ?\d|[<>] ?\d+\.\d)|\bunsupported (?:file "
        r"|format )?version\b",
        r"版本.{0,16}(?:不兼容|不匹配|不一致|过低|过旧|过高|太低|太旧)",
    ),
    family(
        "missing_variable", "configuration", "settings", "an error about an environment variable that is not set",
        r"\benv(?:ironment)?[ _-]?var\w*\b.{0,60}\b(?:not (?:set|defined|found|given|provided)|must be"
        r"|should be|unset"
        r"|undefined|missing|required|needs? to|has to|to be set)\b",
        r"\b(?-i:[A-Z][A-Z0-9]*_[A-Z0-9_]+)\b.{0,20}\b(?:must|has to|needs to) be (?:set|defined|given)\b"
        r"|\b(?-i:[A-Z][A-Z0-9]*_[A-Z0-9_]+)\b (?:is|was) (?:not (?:set|defined|given)|unset|undefined)\b"
        r"|\bplease (?:set|export|define) (?:the )?(?-i:[A-Z][A-Z0-9]*_[A-Z0-9_]+)\b",
        r"\b(?:requires?|needs?|must|please|have to|forgot to)\b.{0,20}\bset(?:ting)? (?:the |an? )?(?:\S+ )?env",
        r"环境变量.{0,40}(?:未|没有|缺少|必须|为空)|(?:未|没有|请).{0,8}设置.{0,12}环境变量",
    ),
    family(
        "command_not_found", "configuration", "settings", "an error about a command or program that is not there",
        r"\bcommand (?:was )?not found\b|\bno such command\b|\bcommand \S+ (?:was )?not found\b",
        r"\b(?:command|executable|program|binary|interpreter|shell)\b.{0,30}\b" + NOT_FOUND
        + r"|\bnot (?:been )?(?:properly )?(?:found|in|on|configured) .{0,20}(?:\bPATH\b|\$PATH|conda activate)",
        r"(?:找不到|未找到|缺少).{0,6}(?:命令|程序|可执行文件)",
    ),
    family(
        "container_start", "configuration", "settings", "an error about a container that does not start",
        CANNOT + r" initiali[sz]e (?:the )?(?:container )?runtime: |"
        + CANNOT + r" (?:start|create|run|launch|enter) (?:the |a )?container\b|\bcontainer "
        r"(?:start|creation|launch)\w* (?:has )?fail\w*|"
        + CANNOT + r" (?:import|pull|unpack|load) (?:the |a )?(?:docker |container )?image\b",
        r"容器.{0,8}(?:启动|创建).{0,4}(?:失败|错误|出错)",
    ),
    family(
        "port_in_use", "configuration", "settings", "an error about a port that is taken",
        r"\bports? (?:number )?\d+.{0,30}\b(?:in use|taken|occupied|not free|unavailable|not available)\b",
        r"\b(?:no|find an?y?) (?:free|available|unused) ports?\b",
        r"端口.{0,20}(?:占用|冲突|被使用)",
    ),
    family(
        "bad_argument", "configuration", "settings", "an error about an argument of the command",
        r"\b(?:remaining|leftover|left-over|unparsed|unused|extra|unknown|unrecogni[sz]ed|unexpected|surplus)[ _-]"
        r"(?:cli |command[- ]line )?arg(?:v|s)?\b",
        r"(?:多余|未知|未识别|无法识别)的参数",
    ),
    family(
        "not_a_number", "runtime", "data", "an error about a value that is not a number",
        r"\b(?:loss|grad\w*|norm|weights?|values?|outputs?|logits|probabilit\w+|parameters?|tensor)\b.{0,50}"
        r"\b(?:nan|nans|not finite|infinite)\b",
        r"\b(?:nan|nans|infinite)\b.{0,50}\b(?:loss|grad\w*|norm|weights?|values?|outputs?|logits|tensor"
        r"|found|detected)\b",
        r"\b(?:training|loss|model|run|optimi[sz]\w+) (?:has |have )?diverged\b|\bcontains? .{0,3}(?:inf|nan"
        r"|infinity)\b",
        r"(?:损失|梯度|loss|数值).{0,12}(?:nan|inf|非数|无穷|发散|溢出)",
    ),
    family(
        "out_of_range", "runtime", "code", "an error about an index or number outside its range",
        r"\bnot in (?:the )?(?:range\b|[\[(] ?-?\d+ ?, ?-?\d+ ?[\])])|\bout of (?:the )?(?:range|bounds)\b",
        r"\b(?:expect\w*|should|must|has to|have to)\b.{0,50}\b(?:in|within|between) (?:the )?(?:range "
        r"|interval )?[\[(] ?-?\d",
        r"\b(?:expect\w*|should|must|has to|have to)\b.{0,50}\b(?:in|within|inside) (?:the )?range\b"
        r"|\boutside (?:of )?(?:the |its )?(?:\w+ )?range\b",
        r"\bind(?:ex|ices)\b.{0,60}(?:>=|exceed|larger than|greater than|beyond|too large)",
        r"\b(?:token|sequence|prompt|input)s?\b.{0,40}\b(?:longer|greater|larger"
        r"|exceed\w*)\b.{0,40}\b(?:max\w*|limit|context)",
        r"越界|超出.{0,8}范围",
    ),
    family(
        "too_many_processes", "configuration", "settings",
        "an error about numbers of processes, GPUs or parts that do not fit each other",
        r"\bnot (?:have |having )?(?:enough|sufficient) (?:\w+ )?resources\b|\bnot accepted any resources\b"
        r"|\b(?:must|should|does not|doesn't) (?:evenly )?divide\b"
        r"|\A(?!.{0,400}" + OF_TENSORS + r").{0,400}?\bdivisible by\b"
        r"|\bmultiple of\b.{0,40}" + AMOUNT + r"|" + AMOUNT + r"\b.{0,40}\bmultiple of\b",
        r"\b(?:local_?)?(?:rank|world_?size)\b.{0,40}(?:!=|\bconflict\w*|\bmismatch\w*)",
        r"\bpartition \d+ .{0,20}(?:into|over|across) \d+|\b(?:fewer|more|less|greater|larger) "
        + AMOUNT + r"\b.{0,20}\bthan\b",
        AMOUNT + r"\b.{0,40}\b(?:must|should|does not|doesn't|not|has to|have to) (?:be )?(?:equal|match|exceed|>|<|="
        r"|at least|at most|greater|less|larger|smaller|more|fewer)",
        r"整除|(?:卡|进程|GPU|节点|显卡)(?:总)?数.{0,16}(?:不一致|不匹配|不符|大于|小于|超过)",
    ),
    *OF_RANKS,
    family(
        "shape_mismatch", "runtime", "code", "an error about sizes, shapes or types that do not fit",
        r"\b" + SIZE + r"\b.{0,60}(?:\bmismatch\w*|\bdo(?:es)? not match|\bdoesn't match|\bdon't match|\bmust match"
        r"|\bnot equal|\bunequal|\bdiffer\w*|\bbut got\b|\binstead of\b|\bmust be (?:equal|the same)|\bvs\. \d)",
        r"\bnot implemented for '(?:Half|BFloat16|Float\w*|Double|Long|Int|Char|Byte|Bool|Short|Complex\w*)'"
        r"|\bcannot reshape\b|\brequires? .{0,60}\b(?:dtypes?|shapes?|sizes?|devices?) (?:to )?match",
        r"\b[1-9]-?d(?:im\w*)?\b.{0,30}\b(?:arrays?|tensors?|inputs?|expected|instead|but)\b"
        r"|\bmust be [1-9]-?d\b|\bnegative dimension",
        r"\b(?:must|should|expect\w*)\b.{0,40}\bdimensions?\b|\bof shape\b.{0,80}\b(?:has|with|to) shape\b"
        r"|\bnon-?empty tensor",
        r"\b(?:different|differing|varying|unequal|inconsistent) " + SIZE + r"\b",
        near(r"\bdivisible by\b", OF_TENSORS),
        r"\bonly supports?\b.{0,40}\b(?:tensors?|arrays?|shapes?|dtypes?)\b",
        r"\bsame (?:tensor )?(?:shapes?|sizes?|dims?|dtypes?|devices?|lengths?)\b",
        r"\b(?:invalid|mismatch\w*|inconsistent|unexpected|wrong) (?:input |output )?" + SIZE + r"\b",
        r"size\(\) ?==|\bnumber of \S+.{0,60}\b(?:do(?:es)? not match|doesn't match|mismatch|must match"
        r"|must be equal|differs?)\b",
        r"\b(?:must|should|expected to|has to) (?:have|contain|be(?! at (?:least|most)\b))\b.{0,20}\b\d+\b.{0,60}"
        r"\b(?:found|got|has"
        r"|have|but)\b.{0,12}\d",
        r"\bexpected\b.{0,40}\b" + SIZE + r"\b.{0,80}\b(?:but )?(?:got|found)\b"
        r"|\bgot \S.{0,60}\bexpected\b.{0,30}\b" + SIZE + r"\b",
        r"(?:维度|形状|尺寸|长度|数据类型).{0,16}(?:不匹配|不一致|不符|不相等|不同)",
    ),
    family(
        "corrupt_data", "runtime", "data", "an error about data that is damaged, incomplete or of another form",
        r"\b(?:crc|checksum|digest|hash)\b.{0,60}\b(?:inconsistent|mismatch\w*|differ\w*|wrong|invalid|fail\w*"
        r"|not match)",
        near(r"\b(?:data ?files?|data ?sets?|schemas?|records?|rows?|samples?|examples?)\b", MISFIT),
        r"\b(?:samples?|records?|examples?|rows?|entry|images?)\b.{0,30}\b(?:is|are) (?:invalid|broken|bad)\b"
        r"|\b(?:unknown|unexpected|illegal) (?:token|character|symbol)\b",
        r"\bduplicated? (?:file|key|entr|name|id|column|sample|record)\w*\b",
        r"\b(?:corrupt\w*|truncated|malformed|damaged|incomplete)\b|\bunexpected end of\b",
        CANNOT + r" (?:parse|decode|deseriali[sz]e|decompress|unpack(?! non-iterable))\b"
        r"(?!.{0,30}\b(?:types?|arguments?|options?|flags?|config)\b)",
        r"\b(?:unknown|unrecogni[sz]ed) (?:file |audio |image |video )?format\b",
        r"\b(?:invalid|bad|wrong|unexpected) (?:file )?"
        r"(?:header|magic|format|record|encoding|byte)\b",
        r"\b(?:invalid|bad|malformed) " + STORED_FORM + r"\b|\bnot an? (?:valid )?" + STORED_FORM
        + r"(?: (?:file|archive|image|stream))?\b",
        r"损坏|校验.{0,8}(?:失败|不通过|不一致)|(?:解析|解码|反序列化|解压).{0,8}(?:错误|失败|异常)|格式.{0,4}(?:错误"
        r"|不正确)",
    ),
    family(
        "file_permission", "configuration", "credentials", "an error about the right to read or write a file",
        r"\b(?:no|not have|lacks?|without) (?:the )?(?:read|write|execute|writing|reading) (?:permissions?|access)\b"
        r"|\b(?:is|are) not (?:writ(?:e)?able|readable)\b",
        r"(?:写入|读取|打开|创建|执行).{0,40}权限.{0,4}(?:被拒|不足|不够|拒绝)",
        r"(?:没有|无|缺少).{0,6}(?:写入?|读取?|读写|执行|目录|文件).{0,4}权限",
    ),
    family(
        "credential", "configuration", "credentials", "an error about a login, a key, a licence or a permission",
        r"\blicen[cs]e (?:server|key|file|manager|checkout)|\b(?:obtain|check ?out|acquire) a licen[cs]e",
        r"\bun(?:authori[sz]ed|authenticated)\b|\bforbidden\b|\bnot (?:authori[sz]ed|allowed to access|logged in)",
        r"\b(?:invalid|expired|wrong|missing|no|bad) (?:\w+ )?(?:credentials?|access key|api[ _-]?key"
        r"|password|token)\b",
        r"\b(?:access[ _]?key(?:[ _]?id)?|api[ _-]?key|(?:access|auth|session|security)[ _]token"
        r"|credentials?)\b.{0,40}\b(?:do(?:es)? not exist|not found"
        r"|invalid|disabled|inactive|expired|not valid|revoked|unavailable)\b",
        r"\b(?:(?:api|access|secret|licen[cs]e)[ _-]?key|(?:access|auth|api|hub)[ _-]?token|password)s? (?:must|should"
        r"|has to|needs to) (?:be|have|start|begin|contain)\b",
        r"(?:^|: )(?:an? |the |your )?token (?:must|should|has to|needs to) be (?:specified|given|provided|set)\b",
        r"\bcredentials? (?:exception|error)\b|\b(?:authentication|authori[sz]ation) (?:exception|error|fail\w*)\b",
        r"\b(?:log ?in|sign ?in|authenticate) first\b|\bplease (?:log ?in|authenticate)\b",
        r"\bpermissions?\b.{0,30}\b(?:denied|required|missing|to access)",
        r"(?:授权|许可证?|密钥|令牌|口令|密码|凭证|凭据|鉴权|认证|登录|token).{0,10}(?:过期|到期|无效|错误|失败|不正确"
        r"|被拒)",
        r"未授权|无权(?:限|访问)|(?:没有|缺少|缺失|无).{0,40}权限",
    ),
    *OF_PROCESSES,
    family(
        "unreachable", "network", "network", "an error about an address that cannot be reached",
        r"\b(?:connection|connect|connecting|network|request|handshake|download|read|socket|server|service|host"
        r"|endpoint|rpc|api)\b.{0,50}\b(?:time[sd]?[ -]?out|closed)\b",
        r"\b(?:connection|connect|connecting|network|request|handshake|download|socket|server|service|host|endpoint"
        r"|rpc)\b(?! (?:\w+ )?(?:launch|start|boot)\w*\b).{0,50}\bfail(?:s|ed|ure|ing)?\b",
        r"\b(?:errors?|problems?|trouble) (?:while |when )?connecting (?:to|with)\b",
        r"\bnetwork error\b|\binitiali[sz]ation has timed out\b|\bno (?:brokers?|servers?|hosts?|endpoints?|peers?"
        r"|replicas?) (?:is |are )?(?:available"
        r"|reachable)\b"
        r"|(?<!device )(?<!device is )\bunavailable\b",
        CANNOT + r" (?:connect|reach|download|fetch|communicate|contact)\b(?!.{0,300}\bnot found\b)|\b(?:proxy"
        r"|tls|ssl"
        r"|certificate)\b.{0,40}\b(?:error"
        r"|fail\w*|verify)",
        r"(?:连接|请求|网络|下载|访问|握手|调用).{0,60}(?:超时|失败|中断|被拒绝|不可达)|无法(?:连接|访问|下载)",
    ),
    family(
        "storage_fault", "system", "storage", "an error about a lock or a file that the storage does not give",
        r"\b(?:database|file|table|directory) is locked\b|\block\b.{0,60}\b(?:could not|cannot|can't"
        r"|failed to) be? ?(?:acquired?|obtained?)\b",
        r"\b(?:i/o error|input/output|read error|write error|device not configured)\b",
        r"(?:文件|目录|数据库).{0,8}(?:被锁|锁定|占用)|(?:读写|读取|写入).{0,6}(?:出错|失败|错误)",
    ),
    family(
        "file_exists", "configuration", "data", "an error about a file or folder that is there already",
        r"\b(?:files?|folders?|director(?:y|ies)|paths?|checkpoint)\b.{0,120}\balready (?:exists?|present)\b"
        r"|\balready (?:exists?|present)\b.{0,20}\b(?:in|at|under) (?:the )?\S*/\S",
        r"(?:文件|目录|路径).{0,40}已(?:经)?存在",
    ),
    family(
        "missing_file", "configuration", "data", "an error about a file or folder that is not there",
        r"\b(?:processor|tokenizer|feature extractor)\b.{0,40}\b" + NOT_FOUND + r"\b",
        r"\b" + THING + r"\b.{0,80}\b" + NOT_FOUND + r"\b|\b" + NOT_FOUND + r"\b.{0,40}(?: at | in "
        r"|: ?)(?:the )?\S*/\S",
        CANNOT + r" (?:find|open|read|load|locate|stat)\b.{0,60}(?:/|\b" + THING + r"\b)",
        r"(?:\b" + THING + r"\b|\S/\S|\S\.\w{2,5}\b).{0,80}\b" + CANNOT + r" be (?:opened|read|located|accessed)\b",
        CANNOT + r" (?:find|open|read|load|locate|stat)\b.{0,60}\S\.(?:json|model|txt|py|bin|pth?|ckpt|ya?ml|csv"
        r"|np[yz]|idx|h5|pkl|zip|tar|parquet)\b",
        r"\b(?:0|no|zero|any) (?:sample|row|record|example|file|image|item|batch)(?:e?s|\(s\))?\b"
        r"|\bempty (?:data ?set|data ?loader|data ?frame)\b",
        r"\b(?:data(?: ?sets?)?|project|experiment|entity|artifact|workspace|team|run)\b.{0,60}\bnot found\b"
        r"|\bno (?:\w+ )?" + THING + r" (?:were |was )?found\b"
        r"|\b(?:corresponds? to|contains?|has|have|holds?) no data\b",
        r"\b(?:data ?set|data ?loader|split)\b.{0,40}\b(?:empty|no (?:samples?|data|examples?))\b",
        r"\bno \S+ (?:with|named|called) .{0,60}\b(?:exists?|found)\b|\bdoes_not_exist\b",
        r"\b(?:make sure|ensure|check|verify|confirm|if|whether)\b.{0,30}\b" + THING + r"\b.{0,40}\bexists?\b",
        r"\b(?:do(?:es)?|did)(?: not|n't) (?:contain|have|include|hold)\b.{0,40}(?:\b" + THING + r"\b"
        r"|\S\.(?:json|txt|csv|bin|idx)\b)",
        r"\bmissing (?:\w+ )?" + THING + r"\b|\ball " + THING + r" empty\b",
        r"\bno (?:such |valid |matching )?(?:files?|data|samples?|shards?|checkpoints?"
        r"|director\w+)\b.{0,20}\b(?:found|in|match\w*)\b",
        r"(?:文件|目录|路径|数据|模型|检查点|样本).{0,40}(?:不存在|找不到|未找到|缺失|为空)",
        r"(?:找不到|未找到|缺少).{0,12}(?:文件|目录|路径|数据|模型|检查点|样本)",
    ),
    hint(
        "child_killed", "runtime", "host_memory", "an error about a child process that died without a word of its own",
        r"\b(?:sub-?process(?:es)?|process(?:es)?|workers?|child(?:ren)?|threads?)\b.{0,40}\b(?:abruptly"
        r"|unexpectedly|suddenly"
        r"|silently)\b.{0,12}\b(?:die[sd]?|dead|exit\w*|terminat\w*|quit|stopped|crashed|disappear\w*|ended)\b",
        r"\b(?:sub-?process|worker|child|raylet|actor|executor|engine|daemon)(?: process)?(?: \S+)? (?:has |is |was "
        r"|were |process )?(?:died?|dead|killed|crashed|gone)\b",
        r"\b(?:backend|service|server|manager|router|daemon) process (?:has |is |was )?(?:been )?(?:died?|dead|killed"
        r"|crashed|gone|shut ?down|closed|stopped|terminated|exited|ended|quit)\b"
        r"|\bcommunicat\w* with (?:the |its )?(?:\w+ )?(?:process|service|daemon|worker|child)\b"
        r"|\b(?:lost|disconnected) (?:the )?\w+ (?:process|daemon)\b",
        r"(?:子进程|工作进程|进程).{0,8}(?:意外|异常).{0,4}(?:退出|终止|死亡|中止)",
    ),
    WIDEST,
)  # fmt: skip
"""In the order in which they are asked: the more exact vocabulary first."""
