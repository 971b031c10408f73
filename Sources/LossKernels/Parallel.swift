import Dispatch

/// Runs `body` for each of `count` equal parts, on as many threads.
///
/// What a part does depends on its number alone, so results are the same from run to run.
func inParallel(_ count: Int, _ body: (Int) -> Void) {
  if count <= 1 { return body(0) }
  // Parts touch memory of their own.
  nonisolated(unsafe) let body = body
  DispatchQueue.concurrentPerform(iterations: count) { body($0) }
}

/// The rows of part `index` of `count`, when `total` are dealt out in runs.
func share(_ index: Int, of count: Int, total: Int) -> Range<Int> {
  total * index / count..<total * (index + 1) / count
}
