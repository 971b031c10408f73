import CTorch

/// Products of small row-major blocks of float32 numbers, each on the thread that asks for it: what a
/// computation in tiles is made of. oneDNN's block kernels on CPUs with AVX-512, elsewhere libtorch's
/// matrix product.
///
/// All pointers must be valid for the blocks and strides given.
public enum BlockProduct {
  /// C [m, n] = A [m, k] · B [k, n], or C += A · B with `adding`; no size may be 0.
  @inline(__always)
  public static func multiply(
    m: Int, n: Int, k: Int, _ a: UnsafePointer<Float>, stride aStride: Int,
    _ b: UnsafePointer<Float>, stride bStride: Int, into c: UnsafeMutablePointer<Float>,
    stride cStride: Int, adding: Bool = false
  ) throws {
    precondition(m > 0 && n > 0 && k > 0)
    try TorchError.check(
      ct_block_product(
        Int64(m), Int64(n), Int64(k), a, Int64(aStride), b, Int64(bStride), c, Int64(cStride),
        adding), "block product")
  }

  /// The same of bfloat16 numbers, which are the upper halves of float32 numbers, summed in float32.
  ///
  /// B has its rows in pairs: [k / 2, n, 2]. k must be even.
  @inline(__always)
  public static func multiply(
    m: Int, n: Int, k: Int, _ a: UnsafePointer<UInt16>, stride aStride: Int,
    _ b: UnsafePointer<UInt16>, stride bStride: Int, into c: UnsafeMutablePointer<Float>,
    stride cStride: Int, adding: Bool = false
  ) throws {
    precondition(m > 0 && n > 0 && k > 0)
    try TorchError.check(
      ct_block_product_bf16(
        Int64(m), Int64(n), Int64(k), a, Int64(aStride), b, Int64(bStride), c, Int64(cStride),
        adding), "block product")
  }

  /// Whether the CPU has instructions for bfloat16 products; without, they throw.
  public static var supportsBFloat16: Bool { ct_has_block_product_bf16() }

  /// To be called on a thread that is done with its products.
  public static func end(bfloat16: Bool) { ct_block_products_end(bfloat16) }
}
