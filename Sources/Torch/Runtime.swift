import CTorch

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

  /// Lets the process keep the memory of large tensors for the next ones.
  ///
  /// Otherwise the C library of Linux gives it back to the system and gets it anew, page by page and
  /// filled with zeros, in every step of a training: some 8 % of the time of LeNet++. It is for a
  /// program to decide, not for a library; elsewhere it does nothing.
  public static func keepMemory() { ct_keep_memory() }

  /// Whether the processor has instructions for products of bfloat16 numbers. Without them libtorch
  /// computes the same, more slowly than with float32.
  public static func hasBFloat16() throws -> Bool {
    var result = false
    try TorchError.check(ct_has_bfloat16(&result), "capabilities of the processor")
    return result
  }
}
