extension TensorBoard {
  /// Counts of values in bins of equal width from the smallest value to the largest.
  public struct Histogram: Sendable, Equatable {
    public struct Bin: Sendable, Equatable {
      /// Values from `left` up to `right`, in the last bin with `right`.
      public var left, right: Double
      public var count: Int
    }

    public let bins: [Bin]

    /// Counts the values; those that are not finite are left out.
    ///
    /// Values that are all the same lie in the last bin, and all bins are as wide as they: nothing.
    /// Without values every bin is 0...0 and empty. TensorFlow does the same.
    ///
    /// - Precondition: `binCount` is at least 1.
    public init(_ values: [Float], binCount: Int = 30) {
      precondition(binCount >= 1)
      var (low, high) = (Double.infinity, -Double.infinity)
      for value in values where value.isFinite {
        low = min(low, Double(value))
        high = max(high, Double(value))
      }
      if low > high { (low, high) = (0, 0) }
      var counts = [Int](repeating: 0, count: binCount)
      let width = (high - low) / Double(binCount)
      for value in values where value.isFinite {
        let bin = width > 0 ? Int((Double(value) - low) / width) : binCount - 1
        counts[min(bin, binCount - 1)] += 1
      }
      bins = counts.enumerated().map { index, count in
        Bin(
          left: low + Double(index) * width,
          right: index == binCount - 1 ? high : low + Double(index + 1) * width, count: count)
      }
    }
  }
}
