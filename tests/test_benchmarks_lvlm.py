"""What the two LVLM benchmarks work out without vLLM: choices, configurations, ratios, GPU samples."""

from __future__ import annotations

import json
from pathlib import Path

import architectures
import engine_overhead
import gpu_meter
import h200
import pytest
from engine_overhead import Took

from iad_eval.predictors.lvlm.weights import model_type, weights


def _took(seconds: float, *answers: str) -> Took:
    return Took(seconds, seconds, {f"view {number}": answer for number, answer in enumerate(answers)}, 10, 5)


def test_a_ratio_compares_ways_of_the_same_turn() -> None:
    bare = [_took(1.0, "No.", "No."), _took(2.0, "No.", "No."), _took(4.0, "No.", "No.")]
    ours = [_took(2.0, "No.", "No."), _took(2.0, "No.", "No."), _took(5.0, "No.", "No.")]
    found = engine_overhead.ratios(ours, bare)
    assert (found.least, found.middle, found.most) == (0.5, 0.8, 1.0)
    assert str(found) == "0.80 (0.50 to 1.00)"


def test_answers_agree_view_by_view() -> None:
    assert engine_overhead.agreeing(_took(1.0, "Yes.", "No.", "No."), _took(1.0, "Yes.", "Yes.")) == 1


def test_the_suite_is_given_what_was_typed_and_no_recorded_answers(tmp_path: Path) -> None:
    chosen = engine_overhead.options(["--class", "gear", "--lvlm", "temperature=0", "--limit", "2"])
    found = engine_overhead.settings(chosen, tmp_path)
    assert (found.classes, found.limit, found.models) == (("gear",), 2, ("qwen2-vl-tiny",))
    assert dict(found.lvlm.changes) == {"temperature": 0.0}
    assert not found.lvlm.uses_recorded


def test_without_words_two_classes_meet_the_papers_four_perturbations(tmp_path: Path) -> None:
    found = engine_overhead.settings(engine_overhead.options([]), tmp_path)
    assert len(found.classes) == 2
    assert found.perturbations == ("original", "rotated", "padded", "timestamp")


@pytest.mark.parametrize("name", architectures.ARCHITECTURES)
def test_a_written_architecture_holds_together(name: str, tmp_path: Path) -> None:
    architectures.write_model(tmp_path, architectures.ARCHITECTURES[name])
    assert model_type(weights(str(tmp_path))) == "qwen2_vl"
    config = json.loads((tmp_path / "config.json").read_text())
    head = config["hidden_size"] // config["num_attention_heads"]
    assert 2 * sum(config["rope_scaling"]["mrope_section"]) == head
    tokens = json.loads((tmp_path / "tokenizer.json").read_text())
    ids = {each["content"]: each["id"] for each in tokens["added_tokens"]}
    every = [*tokens["model"]["vocab"].values(), *ids.values()]
    assert sorted(every) == list(range(len(every)))
    assert len(every) <= config["vocab_size"]
    assert config["image_token_id"] == ids["<|image_pad|>"]
    assert "eos_token_id" not in config


def test_the_large_one_has_the_published_size() -> None:
    """72.7 thousand million parameters without the vision tower (Qwen2.5's card), padding aside."""
    large = architectures.ARCHITECTURES["72b-awq"]
    head = large.hidden // large.heads
    attention = large.hidden * (2 * large.heads + 2 * large.kv_heads) * head
    layer = attention + 3 * large.hidden * large.intermediate
    total = large.layers * layer + 2 * large.vocabulary * large.hidden
    assert total == pytest.approx(72.7e9, rel=0.01)
    config = large.config()
    assert config["image_token_id"] == 151655
    quantised = json.loads(json.dumps(config["quantization_config"]))
    assert (quantised["bits"], quantised["group_size"], quantised["zero_point"]) == (4, 128, True)
    assert large.intermediate % (2 * quantised["group_size"]) == 0


def test_every_byte_has_a_letter_of_its_own() -> None:
    vocabulary = json.loads(json.dumps(architectures.tokenizer(256)))["model"]["vocab"]
    assert len(vocabulary) == 256
    assert (vocabulary["A"], vocabulary["Ġ"], vocabulary["Ċ"]) == (65, 32, 10)


def test_engine_arguments_reach_vllm_over_the_papers(tmp_path: Path) -> None:
    architectures.write_model(tmp_path, architectures.ARCHITECTURES["72b-awq"])
    words = ["--sequences", "8", "--engine", "max_num_batched_tokens=4096", "--engine", 'dtype="bfloat16"']
    settings = h200.engine_plan(h200.options(words), tmp_path).engine_settings()
    assert settings["load_format"] == "dummy"
    assert (settings["max_num_batched_tokens"], settings["dtype"]) == (4096, "bfloat16")
    assert (settings["max_num_seqs"], settings["tensor_parallel_size"]) == (8, 1)
    assert settings["mm_processor_kwargs"] == {"size": {"shortest_edge": 602112, "longest_edge": 802816}}


def test_gpu_samples_add_up_over_the_gpus_of_a_moment() -> None:
    found = gpu_meter.gpu_load("100, 1000\n50, 2000\n[N/A], [N/A]\n0, 1500\n50, 1600\n9", 2)
    assert found == gpu_meter.GpuLoad(0.5, 3100)
    assert gpu_meter.gpu_load("[N/A], [N/A]\n", 1) is None
    assert gpu_meter.gpu_load("", 1) is None


def test_what_was_not_measured_says_so() -> None:
    measured = h200.Measured(96, 10, 5.0, 2000, 900, 9, "?", None)
    text = h200.table("72b-awq", [96], {96: measured})
    assert "0.500" in text
    assert "45.0%" in text
    assert text.count("not measured") == 2


def test_only_the_papers_model_is_held_to_an_aim() -> None:
    measured = {96: h200.Measured(96, 10, 5.0, 2000, 900, 9, "?", None)}
    assert "0.45" in h200.table("72b-awq", [96], measured)
    assert "0.45" not in h200.table("tiny", [96], measured)


def test_the_large_model_stays_blank_where_there_is_no_gpu(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["h200.py"])
    h200.main()
    text = capsys.readouterr().out
    assert "GPU: none" in text
    assert [line.split(maxsplit=3)[3:] for line in text.splitlines() if "seconds per image" in line] == [
        ["not measured      not measured"]
    ]
    assert "--architecture tiny" in text


def test_amounts_follow_the_architecture_unless_typed() -> None:
    small = h200.options(["--architecture", "tiny", "--images", "7"])
    assert (small.images, small.sequences) == (7, 4)
    assert h200.options([]).images == 256


def test_the_question_is_as_long_in_bytes_as_the_papers_in_tokens() -> None:
    """It has 25 words and 5 signs, each about one token of the true tokenizer."""
    assert 25 <= len(h200._short_prompt().text.encode()) <= 40
    assert h200._short_prompt().shows_reference
