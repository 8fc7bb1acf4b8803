# Every command installs what it needs into .venv first: the hashed locks, with uv where it is, and only once.

VENV := .venv
PYTHON := $(VENV)/bin/python
RUN := $(VENV)/.run-$(shell cksum < requirements.txt | cut -d ' ' -f 1)
DEV := $(VENV)/.dev-$(shell cksum < requirements-dev.txt | cut -d ' ' -f 1)

.PHONY: help demo up test quick lint bench machines storm docs lock clean

help:
	@echo '窗灯：特困人员探访与照料监督'
	@echo
	@echo '  make demo    看一遍：导入台账、探访、漏访、逐级预警（ONCE=1：演完即退出）'
	@echo '  make up      启动并一直运行，数据长期保存'
	@echo '  make test    全部检查与测试'
	@echo '  make quick   只测规则'
	@echo '  make lint    格式、类型、引用方向'
	@echo '  make bench   性能测试'
	@echo '  make machines  随机操作照料、整改、撤换，逐步核对底线（约半小时）'
	@echo '  make storm   一万条记录乱序、重复、断线地提交，一条不丢、一条不重（约两分钟）'
	@echo '  make docs    由代码重画状态图（docs/states.md）'
	@echo '  make lock    重新锁定依赖（UPGRADE=1：同时升级；需要 uv）'
	@echo '  make clean   删除 .venv 和缓存，不动数据'

demo: $(RUN)
	@$(VENV)/bin/chuangdeng demo $(if $(ONCE),--once)

up: $(RUN)
	@$(VENV)/bin/chuangdeng up

# As many processes as cores; a file stays together, and each process has servers and a database of its own.
test: lint
	$(PYTHON) -m pytest --numprocesses auto --dist loadfile

quick: $(DEV)
	$(PYTHON) -m pytest tests/rules -o faulthandler_timeout=0 --hypothesis-profile quick

lint: $(DEV)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(VENV)/bin/lint-imports

bench: $(DEV)
	$(PYTHON) -m tests.bench

# Two thousand lives of fifty steps, as many at a time as cores; `make test` runs a short form.
machines: $(DEV)
	$(PYTHON) -W error -m tests.machines $(if $(SEED),--seed $(SEED))

# Ten thousand submissions over lines that break; `make test` sends two thousand.
storm: $(DEV)
	SUBMISSIONS=10000 $(PYTHON) -m pytest tests/races/test_ten_thousand.py -o faulthandler_timeout=0

docs: $(RUN)
	$(PYTHON) -m cli.states

lock:
	@command -v uv > /dev/null || { echo '锁定依赖需要 uv。'; exit 1; }
	$(call compile,requirements.txt)
	$(call compile,requirements-dev.txt,--extra dev --constraint requirements.txt)

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN):
	$(call install,requirements.txt)
	@rm -f $(VENV)/.run-* && touch $@

$(DEV):
	$(call install,requirements-dev.txt)
	@rm -f $(VENV)/.run-* $(VENV)/.dev-* && touch $(RUN) $@

# A lock names no registry: which one is asked is the machine's affair.
define compile
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(if $(UPGRADE),--upgrade) \
	$(2) --output-file $(1) pyproject.toml
endef

# The project itself is used in place; its command only has to find the checkout.
define install
@set -e; \
python=$$(for name in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null && echo "$$name" && break; done) \
	|| { echo '没有找到 Python 3.11 或更新的版本。请先安装，例如 apt install python3 python3-venv。'; exit 1; }; \
test "$$python" = $(PYTHON) || rm -rf $(VENV); \
echo '正在把依赖装进 $(VENV) ……'; \
if command -v uv > /dev/null && { test -x $(PYTHON) || uv venv --quiet --python "$$python" $(VENV); } \
	&& uv pip install --quiet --python $(PYTHON) --require-hashes -r $(1); then :; else \
	$(PYTHON) -m pip --version > /dev/null 2>&1 || "$$python" -m venv $(VENV) \
		|| { echo '建不了 $(VENV)：请安装 python3-venv 或 uv 后再试。'; exit 1; }; \
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1); \
fi; \
printf '%s\n' '#!/bin/sh' 'here=$$(dirname "$$0")' \
	'PYTHONPATH="$$here/../..$${PYTHONPATH:+:$$PYTHONPATH}" exec "$$here/python" -m cli.main "$$@"' \
	> $(VENV)/bin/chuangdeng; \
chmod +x $(VENV)/bin/chuangdeng
endef
