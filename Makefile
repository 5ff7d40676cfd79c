# Homelab Node Agent: `make help` lists everything.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# The publishes share out/.build, where what both programs have in common is compiled once.
.NOTPARALLEL:
MACHINE := $(shell uname -m)
RID ?= linux-$(if $(filter x86_64,$(MACHINE)),x64,$(if $(filter aarch64,$(MACHINE)),arm64,$(MACHINE)))
PREFIX ?= /usr/local
SYSTEMD ?= /etc/systemd/system
SETUP := packaging/local/setup.sh
export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1
# The analyzers judge the solution build of `make test`; a publish has only its own trim and AOT warnings to fail on.
PUBLISH := dotnet publish -c Release -p:RunAnalyzers=false -v q

AGENT_SOURCES := $(shell find agent protos -type f -not -path '*/bin/*' -not -path '*/obj/*' 2>/dev/null) $(wildcard Directory.*.props global.json)
AGGREGATOR_SOURCES := $(shell find aggregator protos -type f -not -path '*/bin/*' -not -path '*/obj/*' 2>/dev/null) $(wildcard Directory.*.props global.json)

.PHONY: help build run demo budget-run faults goals model-check fuzz test kernel-test k8s-test picture bench bench-quick bench-allocator nvidia-test install install-enforce uninstall clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: out/homelab-agent out/homelab-aggregator ## build out/homelab-agent (native) and out/homelab-aggregator

out/homelab-agent: $(AGENT_SOURCES)
	@$(SETUP) build
	$(PUBLISH) agent/Host -r $(RID) -p:NativePublish=true --artifacts-path out/.build -o out/.build/publish/agent
	@install -m 755 out/.build/publish/agent/homelab-agent $@
	@ls -l $@ | awk '{printf "built %s, %.2f MB\n", $$NF, $$5/1e6}'

out/homelab-aggregator: $(AGGREGATOR_SOURCES)
	@$(SETUP) build
	$(PUBLISH) aggregator/Host -r $(RID) --no-self-contained -p:PublishSingleFile=true --artifacts-path out/.build -o out/.build/publish/aggregator
	@install -m 755 out/.build/publish/aggregator/homelab-aggregator $@
	@ln -sf homelab-aggregator out/homelab
	@ls -l $@ | awk '{printf "built %s, %.2f MB\n", $$NF, $$5/1e6}'

out/recorded-hosts/recorded-hosts: $(shell find tests/RecordedHosts -name '*.cs' -not -path '*/obj/*') tests/RecordedHosts/RecordedHosts.csproj
	@$(SETUP) build
	$(PUBLISH) tests/RecordedHosts --artifacts-path out/.build -o out/recorded-hosts

run: build ## aggregator and agent on this machine, live in this terminal; Ctrl-C stops both
	@packaging/local/run.sh

demo: build out/recorded-hosts/recorded-hosts ## the same binaries on a fleet of recorded hosts that obey caps: 190 W of work under 100 W
	@$(SETUP) demo
	@packaging/local/demo.sh

budget-run: build out/recorded-hosts/recorded-hosts ## the demo's fleet for ten minutes, judged by true watts, and its picture
	@$(SETUP) demo
	@packaging/local/budget-run.sh

faults: build out/recorded-hosts/recorded-hosts ## kill -9, pulled cables, full disks, clock jumps, two aggregators (15 minutes, root)
	@$(SETUP) faults
	@packaging/local/faults.sh

test: ## everything: unit, property, interop, end to end (4 minutes on two cores)
	@$(SETUP) test
	@packaging/local/test.sh

model-check: ## every interleaving of losses, crashes and restarts of the grant protocol, one step deeper than in make test
	@$(SETUP) build
	@HOMELAB_MODEL_DEPTH=$${HOMELAB_MODEL_DEPTH:-1} dotnet test tests/ModelCheck.Tests -c Release --nologo -v q --logger "console;verbosity=detailed" | grep -E "model check|^(Passed|Failed)!|(Passed|Failed) Homelab"

fuzz: ## garbled machines through every source, garbled bytes through every parser, for a minute (FUZZ_SECONDS=60)
	@$(SETUP) build
	@mkdir -p out; HOMELAB_FUZZ_SECONDS=$${FUZZ_SECONDS:-60} dotnet test tests/Fuzz.Tests -c Release --nologo -v q --logger "console;verbosity=detailed" > out/fuzz.log 2>&1; status=$$?; grep -E "^ *fuzz:|seed [0-9]+|error|^ *(Passed|Failed): " out/fuzz.log; exit $$status

goals: out/homelab-aggregator ## the goals of holding the budget, measured on simulated fleets beside each rival's rules (SEEDS=200)
	@$< simulate --goals --seeds $${SEEDS:-200} > packaging/scenarios/GOALS.md; status=$$?; cat packaging/scenarios/GOALS.md; exit $$status

kernel-test: out/homelab-agent out/homelab-aggregator ## the native agent inside a stock Debian 6.12 kernel under emulation (x86_64)
	@$(SETUP) kernel
	@tests/KernelBench/run.py

k8s-test: out/homelab-agent out/homelab-aggregator out/recorded-hosts/recorded-hosts ## labels, taints and manifests against a real kube-apiserver, scheduler and etcd (the first run builds them: 6 minutes)
	@$(SETUP) k8s
	@tests/ClusterBench/run.py

picture: build out/recorded-hosts/recorded-hosts ## take the README's picture anew: the demo's page after five minutes
	@$(SETUP) test
	@packaging/local/picture.sh packaging/pictures/page.png

bench: build out/recorded-hosts/recorded-hosts ## footprint of both programs beside node_exporter, then a pass over the largest host (12 minutes)
	@$(SETUP) bench
	@tests/Bench/footprint.py

bench-quick: build out/recorded-hosts/recorded-hosts ## the same in two minutes and a half
	@$(SETUP) bench
	@tests/Bench/footprint.py --seconds 60 --largest 30 --starts 8

bench-allocator: ## time to split a budget among 16 to 10,000 nodes, against its goals
	@dotnet run --project tests/Bench/AllocatorBench -c Release -v q

nvidia-test: out/homelab-agent ## each figure of an NVIDIA GPU beside nvidia-smi's; ends with 77 where there is none
	@install -m 755 tests/NvidiaBench/run.py out/nvidia-test.py
	@out/nvidia-test.py

install: build ## install both programs and their systemd units (PREFIX=/usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(SYSTEMD) $(DESTDIR)/etc/homelab
	install -m 755 out/homelab-agent out/homelab-aggregator $(DESTDIR)$(PREFIX)/bin/
	ln -sf homelab-aggregator $(DESTDIR)$(PREFIX)/bin/homelab
	for unit in homelab-agent homelab-aggregator; do \
	  sed 's#/usr/bin/#$(PREFIX)/bin/#' packaging/systemd/$$unit.service > $(DESTDIR)$(SYSTEMD)/$$unit.service; \
	  chmod 644 $(DESTDIR)$(SYSTEMD)/$$unit.service; done
	for file in agent aggregator; do \
	  test -e $(DESTDIR)/etc/homelab/$$file.yaml || install -m 644 packaging/config/$$file.yaml $(DESTDIR)/etc/homelab/$$file.yaml; done
	@echo "next: systemctl daemon-reload && systemctl enable --now homelab-aggregator homelab-agent"

install-enforce: ## let the installed agent hold this node to caps (still off until enforce.enabled in agent.yaml)
	install -D -m 644 packaging/systemd/homelab-agent-enforce.conf $(DESTDIR)$(SYSTEMD)/homelab-agent.service.d/enforce.conf
	@echo "next: set enforce: { enabled: true } in /etc/homelab/agent.yaml, then systemctl daemon-reload && systemctl restart homelab-agent"

uninstall: ## remove what install put there; /etc/homelab and /var/lib/homelab stay
	rm -f $(DESTDIR)$(PREFIX)/bin/{homelab,homelab-agent,homelab-aggregator} $(DESTDIR)$(SYSTEMD)/homelab-{agent,aggregator}.service $(DESTDIR)$(SYSTEMD)/homelab-agent.service.d/enforce.conf

clean: ## remove what was built
	rm -rf out; find . -type d \( -name bin -o -name obj \) -not -path './.git/*' -not -path '*/node_modules/*' -not -path './tests/fixtures/*' -prune -exec rm -rf {} +
