# Two commands set everything up: `make demo` and `make test`.
PYTHON ?= python3
DEMO = .venv-demo
DEV = .venv-dev
VLLM = .venv-vllm
BASELINES = .venv-baselines
PARQUET_TESTS = tests/predictors/test_scores_file.py tests/test_columns.py tests/test_rows.py tests/test_publishing.py

.PHONY: demo demo-lvlm baselines test test-vllm test-baselines lint clean

demo: $(DEMO)/.ready
	@echo "== Evaluating the drawn dataset (the first time draws it and fits the detector)"
	@$(DEMO)/bin/python -m pytest cases -q --no-header --iad-model patch-knn --iad-model qwen2-vl-tiny
	@echo
	@echo "All commands, those above too, want this environment first:   . $(DEMO)/bin/activate"
	@echo "More to try:"
	@echo "  pytest cases -k 'hex_nut and rotated' -v                    # one part, one perturbation, per-class detail"
	@echo "  pytest cases --iad-perturbation original --iad-perturbation blur:2 --iad-perturbation low-light:0.3"
	@echo "  python -m iad_eval show-prompt --iad-model qwen2-vl-tiny    # what the LVLM is sent"
	@echo "  make demo-lvlm                                              # asks the LVLM live, through vLLM"
	@echo "  pytest cases --iad-dataset mvtec:PATH/TO/mvtec              # MVTec-AD photographs"
	@echo "  pytest cases --iad-dataset folder:PATH/TO/PARTS             # your own parts"

demo-lvlm: $(VLLM)/.ready
	@echo "== Asking the embedded LVLM live, through vLLM, beside the detector (the engine starts first)"
	@$(VLLM)/bin/python -m pytest cases -q --no-header --iad-model patch-knn --iad-model qwen2-vl-tiny --iad-recorded no
	@echo
	@echo "More to try in this environment:   . $(VLLM)/bin/activate"
	@echo "  pytest cases --iad-model qwen2-vl-2b --iad-dataset mvtec:PATH/TO/mvtec     # with a GPU: a real one"
	@echo "  pytest cases --iad-model qwen2-vl-tiny --iad-recorded no --iad-prompts MY.toml -n 2"

baselines: $(BASELINES)/.ready
	@echo "Trained detectors can be asked in this environment:   . $(BASELINES)/bin/activate"
	@echo "  pytest cases --iad-model anomalib:Padim --iad-detectors docs/small.toml     # no weights, no GPU: seeded random ones"
	@echo "  pytest cases --iad-model glass --iad-dataset mvtec:PATH/TO/mvtec            # says which weights it wants, and whose they are"
	@echo "docs/detectors.md tells how they are set, docs/reproduce.md how the paper's tables come out."

test: $(DEV)/.ready
	@echo "== Running the tests (some minutes on two cores)"
	$(DEV)/bin/python -m pytest tests -q -n 2 --dist worksteal -rs -W error
	@echo "All tests passed. Next: make lint, or one file alone: $(DEV)/bin/python -m pytest tests/test_metrics.py"

test-vllm: $(VLLM)/.ready
	@echo "== Running the tests that ask a real vLLM (some minutes on two cores)"
	$(VLLM)/bin/python -m pytest tests/live_vllm -q -n 2 --dist worksteal -rs
	@echo "All tests against vLLM passed. Next: make demo-lvlm"

test-baselines: $(BASELINES)/.ready
	@echo "== Running the tests of the trained detectors (some minutes on two cores)"
	OMP_NUM_THREADS=1 $(BASELINES)/bin/python -m pytest tests/baselines $(PARQUET_TESTS) -q -n 2 --dist loadfile -rs
	@echo "All tests of the trained detectors passed. Next: make baselines"

lint: $(DEV)/.ready
	$(DEV)/bin/ruff check
	$(DEV)/bin/ruff format --check
	$(DEV)/bin/mypy
	$(DEV)/bin/check-jsonschema --builtin-schema vendor.github-workflows docs/ci/github-*.yml
	$(DEV)/bin/check-jsonschema --builtin-schema vendor.gitlab-ci docs/ci/gitlab.yml

clean:
	rm -rf $(DEMO) $(DEV) $(VLLM) $(BASELINES) .iad_cache build *.egg-info

$(DEMO)/.ready: pyproject.toml
	@echo "== Setting up $(DEMO) (about half a minute, once)"
	@$(PYTHON) -m venv $(DEMO)
	@$(DEMO)/bin/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(DEV)/.ready: pyproject.toml
	@echo "== Setting up $(DEV) (about half a minute, once)"
	@$(PYTHON) -m venv $(DEV)
	@$(DEV)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

$(BASELINES)/.ready: pyproject.toml .ci/set-up-baselines .ci/mend-torchvision
	@PYTHON=$(PYTHON) .ci/set-up-baselines $(BASELINES)
	@touch $@

$(VLLM)/.ready: pyproject.toml .ci/set-up-vllm .ci/mend-torchvision
	@PYTHON=$(PYTHON) .ci/set-up-vllm $(VLLM)
	@touch $@
