# Everything that is made lies in build/ and target/; `make` alone shows what there is.
SHELL := /bin/bash
.DELETE_ON_ERROR:

# What `make demo` hands on: ARGS=--once ends by itself.
ARGS ?=
# dev builds fast and serves the tests too; release is what a person should measure.
PROFILE ?= release
# What `make conformance` looks at; a PostgreSQL of its own where empty.
DATABASE ?=
# How long `make fuzz` tries each target, and which: one of fuzz/fuzz_targets/ instead of all.
FUZZ_SECONDS ?= 120
FUZZ ?= all

CARGO := $(shell command -v cargo 2>/dev/null || { test -x "$$HOME/.cargo/bin/cargo" && echo "$$HOME/.cargo/bin/cargo"; })

# How many claims the databases of `make bench-scale` have, and where they lie.
SIZES ?= 10000,1000000,10000000
DIR ?= build/scale
# How long each measurement of `make bench-load` takes, and which parts are run; all if empty.
LASTING := $(if $(filter command line environment,$(origin SECONDS)),$(SECONDS),10)
ONLY ?=
# How often 500 of each call are measured.
ROUNDS ?= 6

.PHONY: help demo test conformance lint build docs train-worthiness eval bench bench-scale bench-load fuzz advisories cargo

help: ## show this
	@echo "make demo    build, start the service on a PostgreSQL of its own, submit two sample articles, show their claims"
	@echo "             (ARGS=--once ends by itself; PROFILE=dev builds faster)"
	@echo "make test    every test, with a real PostgreSQL, grpcurl and a Python client; installs what is missing"
	@echo "make conformance DATABASE=URL"
	@echo "             whether a database keeps what claimdesk asks of it; without a URL, the PostgreSQL of make test"
	@echo "make lint    formatting, clippy, the contract's lint, dependencies, and the rules of the house"
	@echo "make build   the binary: target/release/claimdesk (PROFILE=dev: target/debug/claimdesk)"
	@echo "make docs    run the calls of docs/grpcurl.md again and write down what they answer"
	@echo "make eval EVAL=FOLDER"
	@echo "             the extractor over annotated cases (docs/evaluation.md says which)"
	@echo "make bench   what the extractor reads in a second, and whether a byte of a long text costs more"
	@echo "             (ARTICLES=FOLDER reads articles of yours; docs/performance.md)"
	@echo "make bench-scale"
	@echo "             what calls cost with ten thousand, a million and ten million claims: hours, and 50 GB"
	@echo "             (SIZES=10000,1000000 for less; DIR=FOLDER for the databases, which are used again)"
	@echo "make bench-load"
	@echo "             the service under load, beside what this machine can do at best: some minutes"
	@echo "             (SECONDS=10 for each measurement; ONLY=submit,extract,latency,watch,overload for a part)"
	@echo "make fuzz    the extractor, HTML, filters, tokens and language packs on made-up input, two minutes each"
	@echo "             (FUZZ_SECONDS=60 for less, FUZZ=filter for one of them)"
	@echo "make advisories"
	@echo "             known faults of the crates that are used; needs a network with RustSec's database"
	@echo "make train-worthiness DATA=claimbuster.en.jsonl"
	@echo "             train the weights of check-worthiness and of claims again (docs/worthiness.md says from what)"

cargo:
	@test -n "$(CARGO)" || { echo "error: cargo is missing; install Rust $$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml) or newer: https://rustup.rs" >&2; exit 1; }

build: cargo ## the binary
	$(CARGO) build --locked --profile $(PROFILE)

demo: cargo ## the service with two sample articles
	@PG_BIN="$$(scripts/postgres.sh)" && export PG_BIN PROFILE='$(PROFILE)' CARGO='$(CARGO)' && exec scripts/demo.sh $(ARGS)

test: cargo ## every test
	@PG_BIN="$$(scripts/postgres.sh)" && TOOLS_BIN="$$(scripts/tools.sh)" && CHROMIUM="$$(scripts/chromium.sh)" && \
		PGBOUNCER="$$(scripts/pgbouncer.sh || true)" && export PG_BIN TOOLS_BIN CHROMIUM PGBOUNCER && \
		echo "PostgreSQL: $$PG_BIN" && echo "tools: $$TOOLS_BIN" && \
		echo "browser: $${CHROMIUM:-none, ITS TEST IS SKIPPED}" && \
		echo "PgBouncer: $${PGBOUNCER:-none, ITS TEST IS SKIPPED}" && \
		$(CARGO) test --locked

conformance: cargo ## what claimdesk promises, put to a database
	@PG_BIN="$$(scripts/postgres.sh)" && export PG_BIN CLAIMDESK_CONFORMANCE_URL='$(DATABASE)' && \
		{ [ -n "$$CLAIMDESK_CONFORMANCE_URL" ] || "$$PG_BIN/postgres" --version; } && \
		$(CARGO) test --locked --quiet --test it conformance:: -- --nocapture

lint: cargo ## what a reviewer should not have to say
	@TOOLS_BIN="$$(scripts/tools.sh)" && export PATH="$$TOOLS_BIN:$(dir $(CARGO)):$$PATH" && scripts/lint.sh

docs: cargo ## docs/grpcurl.md, from a running service
	@PG_BIN="$$(scripts/postgres.sh)" && TOOLS_BIN="$$(scripts/tools.sh)" && export PG_BIN TOOLS_BIN UPDATE_DOCS=1 && \
		$(CARGO) test --locked --test it documentation

train-worthiness: cargo ## languages/*/worth.toml and claim.toml, from labelled sentences
	@test -n "$(DATA)" || { echo "error: which sentences? make train-worthiness DATA=claimbuster.en.jsonl; see docs/worthiness.md" >&2; exit 1; }
	$(CARGO) run --locked --quiet --example train-worthiness -- '$(DATA)'

eval: build ## every suite of annotated cases that a folder has
	@test -n "$(EVAL)" || { echo "error: which cases? make eval EVAL=FOLDER; see docs/evaluation.md" >&2; exit 1; }
	@scripts/eval.sh target/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))/claimdesk '$(EVAL)'

bench: cargo ## bytes a second beside the machine's ceilings; the share of each stage; the cost of a byte in long texts
	@$(if $(ARTICLES),export CLAIMDESK_ARTICLES='$(abspath $(ARTICLES))' &&) \
		$(CARGO) bench --locked --bench extract && $(CARGO) bench --locked --bench stages && \
		$(CARGO) bench --locked --bench linearity && $(CARGO) bench --locked --bench review

bench-scale: cargo ## calls of the service on a PostgreSQL with few and with very many claims
	@PG_BIN="$$(scripts/postgres.sh)" && export PG_BIN SIZES='$(SIZES)' ROUNDS='$(ROUNDS)' DIR='$(abspath $(DIR))' && \
		$(CARGO) bench --locked --bench scale

bench-load: cargo ## the service under load, beside an empty call and pgbench
	@PG_BIN="$$(scripts/postgres.sh)" && mkdir -p build/load && \
		export PG_BIN && \
		env SECONDS='$(LASTING)' ONLY='$(ONLY)' DIR='$(abspath build/load)' $(CARGO) bench --locked --bench load

fuzz: cargo ## what reads input, on input that a fuzzer makes up
	@PATH="$(dir $(CARGO)):$$PATH" scripts/fuzz.sh $(FUZZ) $(FUZZ_SECONDS)

advisories: cargo ## apart from `make lint`, which needs no network and whose outcome hangs on nothing but the code
	@TOOLS_BIN="$$(scripts/tools.sh)" && export PATH="$$TOOLS_BIN:$(dir $(CARGO)):$$PATH" && \
		$(CARGO) deny --locked check advisories
