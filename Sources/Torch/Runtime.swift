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
}
