/// The distances of one anchor to all candidates, or its cosines with them, as a kernel works on them:
/// the negatives in one run without gaps, and the positives apart.
public struct PairRow {
  /// [width]. What is no negative (the anchor itself, its positives, filling) is `beyond`.
  let values: UnsafePointer<Float>
  /// A multiple of 16.
  let width: Int
  let negativeCount: Int
  /// [positiveCount], and after them `beyond` up to a multiple of 16.
  let positives: UnsafePointer<Float>
  let positiveCount: Int
  /// dL/d values, for the kernel to write: 0 for what is no negative.
  let slopes: UnsafeMutablePointer<Float>
  /// dL/d positives, for the kernel to write, up to a multiple of 16.
  let positiveSlopes: UnsafeMutablePointer<Float>

  /// A distance that no negative has.
  static let farBeyond: Float = 1e30
  /// A cosine that no negative has.
  static let lowBeyond: Float = -1e30

  var positiveWidth: Int { (positiveCount + 15) & ~15 }

  /// Writes slopes of 0: there is nothing to learn.
  func clear() {
    slopes.update(repeating: 0, count: width)
    positiveSlopes.update(repeating: 0, count: positiveWidth)
  }
}

/// The losses of one anchor, summed, and what they are to be divided by in a mean.
///
/// A kernel that `separatesClasses` has its pairs of one class in the first lane and those of two in
/// the second; another has all in the first.
public struct PairSums: Sendable {
  public var losses: SIMD2<Double>
  public var counts: SIMD2<Double>

  public static let zero = PairSums(losses: .zero, counts: .zero)

  init(losses: SIMD2<Double>, counts: SIMD2<Double>) {
    self.losses = losses
    self.counts = counts
  }

  init(loss: Double, count: Double) {
    self.init(losses: [loss, 0], counts: [count, 0])
  }

  public static func += (a: inout PairSums, b: PairSums) {
    a.losses += b.losses
    a.counts += b.counts
  }
}

/// The loss of an anchor as a function of its row.
public protocol PairKernel: Sendable {
  /// What the values of a row are.
  var measure: PairMeasure { get }
  /// Whether pairs of one class and of two are counted, and weighed, apart.
  var separatesClasses: Bool { get }

  /// The sums of a row, whose slopes it writes.
  func evaluate(_ row: PairRow) -> PairSums
}

extension PairKernel {
  public var separatesClasses: Bool { false }
}

/// What is measured between an anchor and a candidate.
public enum PairMeasure: Sendable {
  /// ‖a − b‖.
  case euclidean
  /// ‖a − b‖².
  case squaredEuclidean
  /// 1 − ⟨a, b⟩, of unit vectors.
  case cosineDistance
  /// ⟨a, b⟩, of unit vectors.
  case cosine

  /// Whether it depends on a − b alone.
  public var isOfDifferences: Bool { self == .euclidean || self == .squaredEuclidean }

  var beyond: Float { self == .cosine ? PairRow.lowBeyond : PairRow.farBeyond }
}
