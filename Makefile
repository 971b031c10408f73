# Every target does the set-up it needs; all are quick when there is nothing to do.

CONFIGURATION = release
MARGIN = .build/$(CONFIGURATION)/margin

.PHONY: demo test test-portable build bench format lint docs setup

# The main job: a plain classifier against an angular margin on drawn digits.
demo: build
	@rm -rf runs/demo
	$(MARGIN) compare --losses softmax,arcface --output runs/demo

test: setup
	OMP_NUM_THREADS=1 swift test -c $(CONFIGURATION) --disable-xctest

build: setup
	swift build -c $(CONFIGURATION) --product margin

# The kernels, built for any machine of this architecture instead of for this one.
test-portable: setup
	MARGIN_PORTABLE=1 OMP_NUM_THREADS=1 swift test -c $(CONFIGURATION) --disable-xctest \
	  --scratch-path .build/portable --filter 'FusedTests|FusedPairsTests|NearestNeighborsTests'

bench: build
	Utilities/setup --peers
	$(MARGIN) bench --peers .deps/peers/bin/python
	.deps/peers/bin/python Benchmarks/projection.py $(MARGIN)
	.deps/peers/bin/python Benchmarks/training.py --rounds 3 --steps 15

format:
	swift format --in-place --recursive --parallel Sources Tests Package.swift

lint:
	swift format lint --strict --recursive --parallel Sources Tests Package.swift

docs: setup
	Utilities/make-docs

setup:
	@Utilities/setup
