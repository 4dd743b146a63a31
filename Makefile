# Two commands set everything up: `make demo` and `make test`.
PYTHON ?= python3
DEMO = .venv-demo
DEV = .venv-dev

.PHONY: demo test lint clean

demo: $(DEMO)/.ready
	@echo "== Evaluating the drawn dataset (the first time draws it and fits the detector)"
	@$(DEMO)/bin/python -m pytest cases -q --no-header
	@echo
	@echo "All commands, those above too, want this environment first:   . $(DEMO)/bin/activate"
	@echo "More to try:"
	@echo "  pytest cases -k 'hex_nut and rotated' -v                    # one part, one perturbation, per-class detail"
	@echo "  pytest cases --iad-perturbation original --iad-perturbation blur:2 --iad-perturbation low-light:0.3"
	@echo "  pytest cases --iad-dataset mvtec:PATH/TO/mvtec              # MVTec-AD photographs"
	@echo "  pytest cases --iad-dataset folder:PATH/TO/PARTS             # your own parts"

test: $(DEV)/.ready
	@echo "== Running the tests (some minutes on two cores)"
	$(DEV)/bin/python -m pytest tests -q -n 2 -rs -W error
	@echo "All tests passed. Next: make lint, or one file alone: $(DEV)/bin/python -m pytest tests/test_metrics.py"

lint: $(DEV)/.ready
	$(DEV)/bin/ruff check
	$(DEV)/bin/ruff format --check
	$(DEV)/bin/mypy

clean:
	rm -rf $(DEMO) $(DEV) .iad_cache build *.egg-info

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
