import RandomNumbers
import Torch

/// A head whose loss sees only some of the classes in each step: those of the batch, and a random share
/// of the others.
///
/// Time and memory of a step go with the share; what is drawn changes from step to step, so that every
/// class is pushed away in time. Only the proxies that were drawn get a gradient.
///
/// An, Zhu, Gao, Xiao, Zhao, Feng, Wu, Qin, Zhang, Zhang, Fu, "Partial FC: Training 10 million identities
/// on a single machine", 2021.
public struct ClassSampling: Sendable, Equatable {
  /// The classes in a step as a share of all, above 0 and at most 1; those of the batch are always
  /// there, also where they are more.
  public let share: Double
  /// Of the draws.
  public let seed: UInt64

  /// - Throws: `LossError` for a share out of range.
  public init(share: Double, seed: UInt64 = 0) throws {
    guard share > 0, share <= 1 else {
      throw LossError(
        .usage, "the share of sampled classes must be above 0 and at most 1, not \(share)")
    }
    self.share = share
    self.seed = seed
  }

  /// The classes of a step, in order, and the labels as places among them.
  ///
  /// - Parameters:
  ///   - labels: int64 [N].
  ///   - ignoreLabel: The label that does not count; it becomes −1.
  ///   - classCount: C.
  ///   - step: Counts the draws.
  func draw(
    labels: Tensor, ignoreLabel: Int?, classCount: Int, step: Int
  ) throws -> (classes: Tensor, labels: Tensor) {
    let numbers = try labels.elements(Int64.self).map(Int.init)
    if let bad = numbers.first(where: { $0 != ignoreLabel && !(0..<classCount).contains($0) }) {
      throw LossError(.data, "the label \(bad) is not one of the \(classCount) classes")
    }
    var isIn = [Bool](repeating: false, count: classCount)
    var count = 0
    func take(_ index: Int) {
      if !isIn[index] { count += 1 }
      isIn[index] = true
    }
    for label in numbers where label != ignoreLabel { take(label) }
    let wanted = min(classCount, max(count, Int((share * Double(classCount)).rounded())))
    var random = SplitMix64(seed, UInt64(step))
    // Past a half, most draws would hit what is there already: what stays out is drawn instead.
    if 2 * wanted > classCount {
      let isOfBatch = isIn
      isIn = [Bool](repeating: true, count: classCount)
      count = classCount
      while count > wanted {
        let index = Int.random(in: 0..<classCount, using: &random)
        if isIn[index] && !isOfBatch[index] {
          isIn[index] = false
          count -= 1
        }
      }
    } else {
      while count < wanted { take(Int.random(in: 0..<classCount, using: &random)) }
    }
    var places = [Int64](repeating: -1, count: classCount)
    var classes: [Int64] = []
    classes.reserveCapacity(wanted)
    for index in 0..<classCount where isIn[index] {
      places[index] = Int64(classes.count)
      classes.append(Int64(index))
    }
    return (
      try Tensor(classes), try Tensor(numbers.map { $0 == ignoreLabel ? -1 : places[$0] })
    )
  }
}
