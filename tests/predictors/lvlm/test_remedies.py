"""What vLLM says when it does not start, and the setting that each of its complaints leads to."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from iad_eval.predictors.lvlm.plan import EnginePlan
from iad_eval.predictors.lvlm.remedies import advice_for, last_lines, tail, why_no_start
from iad_eval.predictors.lvlm.weights import Weights
from iad_eval.profiles import PAPER

PLAN = EnginePlan(
    "qwen2-vl-72b-awq",
    Weights("Qwen/Qwen2-VL-72B-Instruct-AWQ", "main", "Qwen/Qwen2-VL-72B-Instruct-AWQ@main"),
    PAPER,
    pictures=2,
    seed=0,
    bounds_pixels=True,
)

KV, TP, MEMORY = "max_model_len=N (now 7000)", "tensor_parallel_size=2 does not suit", "too little memory"
SHARED, DEVICE, WEIGHTS = "gpu_memory_utilization=0.5", "no GPU that this vLLM can use", "hf download"
LENGTH, DTYPE = "--iad-lvlm max_model_len=7000 is more", "--iad-lvlm dtype=float16"
QUANTISED = "--iad-lvlm quantization=NAME"

# The wording of vLLM 0.32 and of the libraries that it loads models with.
COMPLAINTS = [
    (
        "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when "
        "initializing the engine (this flag also controls CPU memory reservation on the CPU backend, despite "
        "its name).",
        KV,
    ),
    (
        "ValueError: To serve at least one request with the model's max seq len (7000), (2.14 GiB KV cache "
        "is needed, which is larger than the available KV cache memory (1.02 GiB). Based on the available "
        "memory, the estimated maximum model length is 3328. Try increasing `gpu_memory_utilization` (which "
        "also controls CPU memory on the CPU backend) or decreasing `max_model_len`",
        KV,
    ),
    (
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 462.00 MiB. GPU 0 has a total "
        "capacity of 39.39 GiB of which 128.81 MiB is free.",
        MEMORY,
    ),
    (
        "RuntimeError: CUDA out of memory occurred when warming up sampler with 256 dummy requests. Please "
        "try lowering `max_num_seqs` or `gpu_memory_utilization` when initializing the engine.",
        MEMORY,
    ),
    ("its server ended with code -9", MEMORY),
    (
        "ValueError: Free memory on device cuda:0 (10.1/39.39 GiB) on startup is less than desired GPU "
        "memory utilization (0.9, 35.45 GiB). Decrease GPU memory utilization or reduce GPU memory used by "
        "other processes.",
        SHARED,
    ),
    (
        "ValueError: Available memory on node 0 (3.1/15.6 GiB) on startup is less than desired CPU memory "
        "utilization (0.92, 14.4 GiB). On the CPU backend, the `--gpu-memory-utilization` flag controls the "
        "fraction of CPU memory reserved (despite its name).",
        SHARED,
    ),
    (
        "World size (2) is larger than the number of available GPUs (1) in this node. If this is intentional "
        "and you are using:",
        TP,
    ),
    (
        "ValueError: Total number of attention heads (28) must be divisible by tensor parallel size (3).",
        TP,
    ),
    (
        "ValueError: The input size is not aligned with the quantized weight shape. This can be caused by "
        "too large tensor parallel size.",
        TP,
    ),
    (
        "RuntimeError: Failed to infer device type, please set the environment variable "
        "`VLLM_LOGGING_LEVEL=DEBUG` to turn on verbose logging to help debug the issue.",
        DEVICE,
    ),
    ("RuntimeError: No CUDA GPUs are available", DEVICE),
    (
        "RuntimeError: Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and "
        "installed a driver from http://www.nvidia.com/Download/index.aspx",
        DEVICE,
    ),
    (
        "RuntimeError: The NVIDIA driver on your system is too old (found version 11040). Please update your "
        "GPU driver",
        DEVICE,
    ),
    (
        "ImportError: libcuda.so.1: cannot open shared object file: No such file or directory",
        DEVICE,
    ),
    ("RuntimeError: Cannot find any model weights with `/models/qwen2-vl`", WEIGHTS),
    (
        "OSError: We couldn't connect to 'https://huggingface.co' to load the files, and couldn't find them "
        "in the cached files.",
        WEIGHTS,
    ),
    (
        "huggingface_hub.errors.LocalEntryNotFoundError: Cannot find the requested files in the disk cache "
        "and outgoing traffic has been disabled.",
        WEIGHTS,
    ),
    (
        "OSError: qwen/none is not a local folder and is not a valid model identifier listed on "
        "'https://huggingface.co/models'",
        WEIGHTS,
    ),
    ("Invalid repository ID or local directory specified: 'qwen/none'.", WEIGHTS),
    (
        "ValueError: User-specified max_model_len (7000) is greater than the derived max_model_len "
        "(max_position_embeddings=1024 or model_max_length=None in model's config.json).",
        LENGTH,
    ),
    (
        "ValueError: Bfloat16 is only supported on GPUs with compute capability of at least 8.0. Your Tesla "
        "T4 GPU has compute capability 7.5.",
        DTYPE,
    ),
    (
        "ValueError: torch.bfloat16 is not supported for quantization method awq. Supported dtypes: "
        "[torch.float16]",
        DTYPE,
    ),
    (
        "ValueError: The quantization method awq_marlin is not supported for the current GPU. Minimum "
        "capability: 75. Current capability: 70.",
        QUANTISED,
    ),
    ("ERROR: [Errno 98] error while attempting to bind on address: address already in use", "run the same"),
]

CHATTER = """\
INFO 11-23 20:01:02 [api_server.py:1] non-default args: {'model': 'm', 'tensor_parallel_size': 2, \
'gpu_memory_utilization': 0.9, 'max_model_len': 7000}
INFO 11-23 20:01:03 [model.py:2] using derived max_model_len=7000
INFO 11-23 20:01:04 [core.py:9] Initializing a V1 LLM engine with config: model='m', tensor_parallel_size=2, \
pipeline_parallel_size=1, quantization=awq, device_config=cuda
INFO 11-23 20:01:05 [gpu_worker.py:3] Available KV cache memory: 3.20 GiB
INFO 11-23 20:01:05 [kv_cache_utils.py:4] GPU KV cache size: 52,000 tokens
INFO 11-23 20:01:05 [gpu_worker.py:5] Free memory on device (38.1/39.39 GiB) on startup. Desired GPU memory \
utilization is (0.9, 35.45 GiB). Actual usage is 20.1 GiB for consumed memory.
INFO 11-23 20:01:06 [env.py:5] CUDA driver version: 12.4; libcudart 12.4
"""


@pytest.mark.parametrize(("said", "advice"), COMPLAINTS)
def test_each_complaint_leads_to_the_setting_that_helps(said: str, advice: str) -> None:
    found = advice_for(f"{CHATTER}{said}\nRuntimeError: Engine core initialization failed.", PLAN)
    assert found is not None
    assert advice in found


def test_what_every_start_says_leads_nowhere() -> None:
    assert advice_for(CHATTER, PLAN) is None
    assert advice_for("RuntimeError: Engine core initialization failed. See root cause above.", PLAN) is None
    assert advice_for("", PLAN) is None


def test_advice_says_how_things_are_set_now() -> None:
    assert "Qwen/Qwen2-VL-72B-Instruct-AWQ" in str(advice_for("Cannot find any model weights", PLAN))
    assert "(now 2)" in str(advice_for("CUDA out of memory", PLAN))


def test_the_reason_at_hand_goes_before_what_the_log_holds(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("ValueError: No available memory for the cache blocks.\n")
    told = why_no_start(PLAN, "RuntimeError: No CUDA GPUs are available", log)
    assert f"What to change: {DEVICE}" in told
    assert "No available memory for the cache blocks" in told
    assert str(log) in told


def test_what_an_earlier_engine_said_is_not_this_one_s(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("torch.OutOfMemoryError: CUDA out of memory.\n")
    since = log.stat().st_size
    with log.open("a") as more:
        more.write("ImportError: no module\n")
    told = why_no_start(PLAN, "its server ended with code 1", log, since)
    assert "memory" not in told
    assert "ImportError: no module" in told
    assert "out of memory" in tail(log, since=since + 10_000)  # the log was begun anew meanwhile


def test_no_escape_and_no_control_character_reaches_a_terminal(tmp_path: Path) -> None:
    log = tmp_path / "log"
    nasty = (
        "\x1b[31mERROR\x1b[0m \x07bell \x1b]0;title\x07 \x9b2J \u202eedispu \x00nul\r\n half\rline \u2028x\n"
    )
    log.write_bytes(nasty.encode() + b"\xff\xfe broken\n")
    told = why_no_start(PLAN, f"died: {nasty}", log)
    bad = {char for char in told if not char.isprintable() and char != "\n"}
    assert not bad
    assert "ERROR" in told
    assert "[31m" not in told


def test_lines_that_tell_go_before_chatter(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("loading\n(EngineCore_DP0 pid=12) ValueError: it broke\nshutting down\n")
    assert last_lines(log) == "  ValueError: it broke"
    log.write_text("".join(f"line {number}\n" for number in range(40)))
    assert last_lines(log, count=2) == "  line 38\n  line 39"
    log.write_text("error " + "x" * 10_000)
    assert len(last_lines(log)) < 300


def test_an_engine_without_words_says_so(tmp_path: Path) -> None:
    assert tail(tmp_path / "none") == ""
    assert last_lines(tmp_path / "none") == "  (it said nothing)"
    assert "it ended" in why_no_start(PLAN, "", tmp_path / "none")


def test_a_log_of_ten_megabytes_is_read_at_its_end_only(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"error early\n" + b"chatter that goes on\n" * 500_000 + b"ValueError: the last line\n")
    began = time.perf_counter()
    assert last_lines(log) == "  ValueError: the last line"
    assert len(tail(log)) < 200_000
    assert time.perf_counter() - began < 2.0
