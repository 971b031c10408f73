/// A matrix cut into panels of 32 columns, each contiguous, as block products like it best.
public enum Panels {
  /// Columns of a panel.
  public static let width = 32

  /// The columns of each panel of a matrix with `columnCount`.
  public static func ranges(columnCount: Int) -> [Range<Int>] {
    stride(from: 0, to: columnCount, by: width).map { $0..<min($0 + width, columnCount) }
  }

  /// The panels of a batch's transpose: samples are columns. [D, 32] for each 32 samples; for samples
  /// behind the last there are zeros.
  ///
  /// - Parameters:
  ///   - batch: [N, D].
  ///   - paddedCount: N or more.
  ///   - result: D · `paddedCount` numbers.
  public static func packTransposed(
    _ batch: UnsafePointer<Float>, sampleCount: Int, paddedCount: Int, featureCount: Int,
    into result: UnsafeMutablePointer<Float>
  ) {
    for panel in ranges(columnCount: paddedCount) {
      let target = result + panel.lowerBound * featureCount
      for feature in 0..<featureCount {
        for sample in panel {
          target[feature * panel.count + sample - panel.lowerBound] =
            sample < sampleCount ? batch[sample * featureCount + feature] : 0
        }
      }
    }
  }

  /// The panels of a batch whose samples are each multiplied by a factor: features are columns.
  /// [`paddedCount`, 32] for each 32 features; for samples behind the last there are zeros.
  public static func packScaled(
    _ batch: UnsafePointer<Float>, factors: UnsafePointer<Float>, sampleCount: Int,
    paddedCount: Int, featureCount: Int, into result: UnsafeMutablePointer<Float>
  ) {
    for panel in ranges(columnCount: featureCount) {
      let target = result + panel.lowerBound * paddedCount
      for sample in 0..<paddedCount {
        for feature in panel {
          target[sample * panel.count + feature - panel.lowerBound] =
            sample < sampleCount ? batch[sample * featureCount + feature] * factors[sample] : 0
        }
      }
    }
  }
}
