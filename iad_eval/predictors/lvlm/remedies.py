"""Why an engine did not start or died: its own last lines, and the setting that would help."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from iad_eval.predictors.lvlm.plan import EnginePlan

LAST_LINES = 12
"""How many of the engine's own lines a message quotes."""

_TAIL = 1 << 17
_ESCAPES = re.compile(
    r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
_PREFIX = re.compile(r"^\((?:EngineCore|APIServer|Worker)[^)]*\)\s*")


class _Remedy(NamedTuple):
    sign: re.Pattern[str]
    advice: str


def _remedy(sign: str, advice: str) -> _Remedy:
    return _Remedy(re.compile(sign, re.IGNORECASE), advice)


_REMEDIES = (
    _remedy(
        r"No module named '?vllm(?![\w.])",
        "vLLM is not installed: install it with pip install 'iad-eval[vllm]', or name a server that has the "
        "model: --iad-endpoint http://HOST:PORT/v1 --iad-model vllm:NAME",
    ),
    _remedy(
        r"No available memory for the cache blocks|KV cache is needed|can be stored in KV cache"
        r"|estimated maximum model length is",
        "the KV cache does not fit: lower --iad-lvlm max_model_len=N (now {max_model_len}), raise "
        "--iad-lvlm gpu_memory_utilization=0.95, or spread the model with --iad-lvlm tensor_parallel_size=N",
    ),
    _remedy(
        r"(?:Free memory on device|Available memory on node).{0,160}less than",
        "other programs hold the memory that vLLM wants for itself: end them, or lower --iad-lvlm "
        "gpu_memory_utilization=0.5 (it counts without a GPU as well)",
    ),
    _remedy(
        r"CUDA out of memory|OutOfMemoryError|out of memory|Cannot allocate memory|ended with code -9\b",
        "too little memory: spread the model with --iad-lvlm tensor_parallel_size=N (now "
        "{tensor_parallel_size}), choose a smaller or quantised one (qwen2-vl-2b, qwen2-vl-72b-awq), lower "
        "--iad-lvlm max_num_seqs=N, or end what else uses the device",
    ),
    _remedy(
        r"World size \(\d+\) is larger|tensor parallel size \(\d+\) (?:exceeds|cannot)"
        r"|must be divisible by tensor|too large\s+tensor parallel size",
        "--iad-lvlm tensor_parallel_size={tensor_parallel_size} does not suit this machine or model: choose "
        "as many as there are GPUs, and a divisor of the model's attention heads (1 always works)",
    ),
    _remedy(
        r"Failed to infer device type|No CUDA GPUs are available|no NVIDIA driver|driver version is "
        r"insufficient|driver on your system is too old|libcuda.{0,40}(?:cannot open|not found)|No HIP GPUs",
        "no GPU that this vLLM can use: run on a machine with one, install vLLM's CPU build, or ask a server "
        "with --iad-endpoint http://HOST:PORT/v1 --iad-model vllm:NAME",
    ),
    _remedy(
        r"is not a local folder|RepositoryNotFound|LocalEntryNotFound|Can't load the configuration"
        r"|couldn't connect|Cannot find any model weights|OfflineModeIsEnabled|outgoing traffic"
        r"|does not appear to have a file|Invalid repository ID|ConnectError|Max retries exceeded"
        r"|Name or service not known|Temporary failure in name resolution|Connection refused"
        r"|Network is unreachable",
        "the weights of {target} are not here and could not be fetched: download them where there is a "
        "network (hf download {target}) and name the folder with --iad-model vllm:/path/to/folder, or set "
        "HF_HOME to the cache that holds them",
    ),
    _remedy(
        r"max_model_len.{0,80}(?:greater|larger) than",
        "--iad-lvlm max_model_len={max_model_len} is more than the model was made for: lower it",
    ),
    _remedy(
        r"quantization method .{0,60}not supported for the current|quantization is currently not supported",
        "this machine cannot work with weights quantised in that way: choose a model that is not "
        "(qwen2-vl-7b), or another way with --iad-lvlm quantization=NAME",
    ),
    _remedy(
        r"float\w* is (?:only|not) supported",
        "this machine or model cannot work in that number format: try --iad-lvlm dtype=float16 or float32",
    ),
    _remedy(
        r"CPU Generator does not use offset",
        "vLLM on a CPU cannot draw seeded answers to a prompt that it takes in several steps: ask greedily "
        "with --iad-lvlm temperature=0, or show smaller pictures with --iad-lvlm max_pixels=N",
    ),
    _remedy(
        r"Address already in use|EADDRINUSE",
        "another program took the port in that moment: run the same command again",
    ),
)


def why_no_start(plan: EnginePlan, reason: str, log: Path, since: int = 0) -> str:
    """For a person: what vLLM said, which setting to change, and where all of it can be read.

    ``since`` is the log's size (bytes) before this engine wrote into it.
    """
    said = last_lines(log, since=since)
    advice = advice_for(reason, plan) or advice_for(tail(log, since), plan)
    helps = f"\nWhat to change: {advice}" if advice else ""
    first = _ESCAPES.sub("", " ".join(reason.split()))[:300] or "it ended"
    return f"vLLM did not start {plan.name}: {first}{helps}\nIts last lines ({log}):\n{said}"


def why_lost(plan: EnginePlan, log: Path, since: int = 0) -> str:
    """For a person: that an engine died, its own last lines, and the setting that would help, if any."""
    advice = advice_for(tail(log, since), plan)
    helps = f"\nWhat to change: {advice}" if advice else ""
    return f"the engine of {plan.name} died.{helps}\nIts last lines ({log}):\n{last_lines(log, since=since)}"


def advice_for(said: str, plan: EnginePlan) -> str | None:
    """The setting that helps against the first trouble that the engine's words are a sign of."""
    for remedy in _REMEDIES:
        if remedy.sign.search(said):
            return remedy.advice.format(
                max_model_len=plan.profile.max_model_len,
                tensor_parallel_size=plan.profile.tensor_parallel_size,
                target=plan.weights.target,
            )
    return None


def last_lines(log: Path, count: int = LAST_LINES, since: int = 0) -> str:
    """The engine's last lines, indented, errors before chatter, without colours."""
    lines = [line for line in tail(log, since).splitlines() if line.strip()]
    telling = [
        line for line in lines if re.search(r"error|exception|fatal|killed|signal", line, re.IGNORECASE)
    ]
    chosen = (telling or lines)[-count:]
    return "\n".join(f"  {line[:240]}" for line in chosen) or "  (it said nothing)"


def tail(log: Path, since: int = 0) -> str:
    """The end of a log, as text that a terminal cannot be harmed by; empty where there is none.

    What lies before ``since`` (bytes) was said by an earlier engine and is left out.
    """
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(since if since <= file.tell() else 0, file.tell() - _TAIL))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    clean = _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(_PREFIX.sub("", line) for line in clean.splitlines())
