# Everything that is done here more than once. `make help` lists it.
GOLANGCI = go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME ?= 20s

# Where scripts/ensure-postgres.sh puts a Postgres that no package manager could install.
export THIDUA_PG_PACKAGES := $(CURDIR)/.postgres

# Everything but the scenarios that break the machine and the programs of others, which have targets of their own.
PACKAGES = $$(go list ./... | grep -v -e /internal/faults -e /internal/outside)

.PHONY: help
help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile

.PHONY: build
build: page ## build bin/thidua
	CGO_ENABLED=0 go build -trimpath -o bin/thidua ./cmd/thidua

.PHONY: page
page: ## build the page that verifies a dossier in a browser, which the program carries
	@go run ./internal/page/build

.PHONY: demo
demo: postgres build ## take in the example season, show its ranking, verify the log
	bin/thidua demo

.PHONY: test
test: postgres page ## every test that needs Go and Postgres only
	go vet ./...
	go test -p 3 -timeout 20m $(PACKAGES)

.PHONY: check
check: test lint fuzz units outside ## make test, the linter, and what takes longer
	go mod tidy -diff
	go test -race -short -timeout 20m $$(go list ./... | grep -v -e /internal/faults -e /internal/outside -e /cmd/thidua)
	go test -race -short ./cmd/thidua -run '^TestScripts$$/^(up|seal|sample|dossier|parked|rebuild|serve)$$'
	go test -short -count=1 ./internal/faults
	go test -count=1 ./seal/dossier -run '^TestRandom(Changes|Bytes)$$' -rapid.checks=10000

.PHONY: lint
lint: ## the linter and the import rules
	$(GOLANGCI) run ./...

.PHONY: units
units: ## judge the systemd units of deploy/ (needs systemd-analyze)
	@sh scripts/verify-units.sh

.PHONY: fmt
fmt: ## format the code
	$(GOLANGCI) fmt ./...

.PHONY: race
race: postgres page ## every test under the race detector
	go test -race -timeout 30m $(PACKAGES)

.PHONY: fuzz
fuzz: ## fuzz the readers of what comes from outside, FUZZTIME each
	go test -run '^$$' -fuzz '^FuzzRead$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 1x ./bundle
	go test -run '^$$' -fuzz '^FuzzDecode$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 1x ./eventlog/envelope
	go test -run '^$$' -fuzz '^FuzzParsePolicy$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 1x ./seal
	go test -run '^$$' -fuzz '^FuzzCheck$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 1x ./seal/cms

.PHONY: outside
outside: page ## hold the record against programs that others wrote, some fetched from the module proxy (needs python3, curl, OpenSSH, OpenSSL and Chromium)
	go test -count=1 ./internal/outside

.PHONY: contract
contract: ## write the event contract anew; what a released type looks like stays
	go test -count=1 ./eventlog/envelope -run '^TestReleasedExamples$$' -update
	go test -count=1 ./contract -run '^TestContractIsCurrent$$' -update

.PHONY: faults
faults: postgres page ## break the machine in every listed way, and check that nothing is lost, twice or skipped
	go test -count=1 -timeout 30m -v ./internal/faults

.PHONY: bench
bench: postgres build ## measure, and print a table with the ratios (QUICK=1: a smaller one in under a minute)
	go run ./internal/bench -thidua bin/thidua $(if $(QUICK),-quick)

.PHONY: postgres
postgres:
	@sh scripts/ensure-postgres.sh
