import CTorch
import Dispatch
import Foundation

/// The settings of libtorch that belong to the whole process.
public enum Runtime {
  /// The version of libtorch, such as "2.13.0".
  public static var version: String { String(cString: ct_version()) }

  /// Seeds the generators, on every device, that operators such as dropout draw from when they
  /// are given none.
  public static func seed(_ seed: UInt64) throws {
    try TorchError.check(ct_manual_seed(seed), "seed")
  }

  /// The number of threads an operator may use. It starts as `OMP_NUM_THREADS`, or else as the
  /// number of cores.
  public static var threadCount: Int { Int(ct_thread_count()) }

  /// Sets the number of threads an operator may use, at least 1.
  public static func setThreadCount(_ count: Int) throws {
    try TorchError.check(ct_set_thread_count(Int64(count)), "thread count")
  }

  /// Makes the process keep memory that is freed, for the next tensor, instead of giving it back to the
  /// system: for programs that compute all the time, to be called at their start.
  ///
  /// A training step allocates and frees the same few large blocks. As a rule each is a fresh one from
  /// the system, which hands out zeroed pages one by one, when they are first touched: that can take as
  /// long as the work in them. Other parts of the process are served from the same memory. Only on
  /// Linux; elsewhere it does nothing.
  public static func keepMemory() { ct_keep_memory() }

  /// Whether the processor has instructions for products of bfloat16 numbers. Without them libtorch
  /// computes the same, more slowly than with float32.
  public static func hasBFloat16() throws -> Bool {
    var result = false
    try TorchError.check(ct_has_bfloat16(&result), "capabilities of the processor")
    return result
  }

  /// Calls `body` with 0 ..< `count`, on as many threads: those that libtorch's operators run on, which
  /// else would be waiting busily beside them. What a number does must not depend on the thread.
  public static func concurrently(_ count: Int, _ body: (Int) throws -> Void) throws {
    guard count > 1 else { return try (0..<count).forEach(body) }
    try withoutActuallyEscaping(body) { body in
      let parts = Parts(body)
      let hasRun = ct_concurrently(
        Int64(count),
        { Unmanaged<Parts>.fromOpaque($0!).takeUnretainedValue().run(Int($1)) },
        Unmanaged.passUnretained(parts).toOpaque())
      if !hasRun { DispatchQueue.concurrentPerform(iterations: count) { parts.run($0) } }
      try parts.check()
    }
  }

  private final class Parts: @unchecked Sendable {
    private let body: (Int) throws -> Void
    private let lock = NSLock()
    private var failure: (any Error)?

    init(_ body: @escaping (Int) throws -> Void) { self.body = body }

    func run(_ index: Int) {
      do { try body(index) } catch { lock.withLock { failure = failure ?? error } }
    }

    func check() throws { if let failure { throw failure } }
  }
}
