import CTorch

/// A source of random numbers of its own: the same seed gives the same numbers, whatever else the
/// process draws. Tensors are drawn on the CPU, so that every device gets the same ones.
public final class RandomGenerator {
  let handle: OpaquePointer

  public init(seed: UInt64) throws {
    var handle: OpaquePointer?
    try TorchError.check(ct_generator_create(seed, &handle), "random generator")
    self.handle = handle!
  }

  deinit { ct_generator_release(handle) }
}
