"""Writes the trained weights as a checkpoint that vLLM and transformers load, and checks that they agree."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from architecture import build, configuration
from photographs import SIDE
from wording import SPECIAL, save_preprocessor, tokenizer


def main() -> None:
    """Writes configuration, weights in half precision, tokenizer, chat template and picture settings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trained", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    words = tokenizer()
    ids = {name: words.convert_tokens_to_ids(name) for name in SPECIAL}
    model = build(configuration(ids, -(-len(words) // 64) * 64))
    model.load_state_dict(torch.load(arguments.trained)["model"])
    arguments.folder.mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(arguments.folder)
    words.save_pretrained(arguments.folder)
    save_preprocessor(arguments.folder, SIDE)
    config = arguments.folder / "config.json"
    settings = json.loads(config.read_text())
    settings["dtype"] = "float32"  # stored in half precision to be small, computed in single
    for part in ("text_config", "vision_config"):
        settings[part].pop("dtype", None)
    config.write_text(json.dumps(settings, indent=2) + "\n")
    print(*sorted((path.name, path.stat().st_size) for path in arguments.folder.iterdir()), sep="\n")


if __name__ == "__main__":
    main()
