#!/usr/bin/env bash
# Trains the embedded checkpoint from nothing: training/train.sh [WORK]. About an hour on two quiet cores (it took longer beside other work).
# Needs torch, transformers and scikit-learn; .ci/set-up-vllm .venv-vllm makes an environment that has them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=${1:-.training}
python=${PYTHON:-.venv-vllm/bin/python}
mkdir -p "$work"
"$python" "$here/see.py" --work "$work" --steps 4000
"$python" "$here/answer.py" --work "$work" --steps 1800 --stop-after 750 --out answer.pt
"$python" "$here/answer.py" --work "$work" --steps 400 --rate 1e-3 \
    --start answer.pt --out final.pt
"$python" "$here/export.py" "$work/final.pt" "$here/../iad_eval/checkpoints/qwen2-vl-tiny"
