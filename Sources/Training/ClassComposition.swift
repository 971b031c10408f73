import RandomNumbers

/// Batches with the same number of samples of each of their classes.
struct ClassComposition: Sendable {
  /// K.
  let samplesPerClass: Int
  /// P.
  let classesPerBatch: Int
  /// The samples of each class.
  private let members: [[Int]]

  /// - Throws: As `BatchOrder.init(labels:samplesPerClass:batchSize:epochs:seed:)`.
  init(_ labels: [Int32], samplesPerClass: Int, batchSize: Int) throws(TrainingError) {
    guard samplesPerClass >= 2 else {
      throw TrainingError(
        .usage,
        "the samples of each class in a batch must be at least 2, so that there are pairs of one "
          + "class, not \(samplesPerClass): use --samples-per-class 2 or more")
    }
    guard batchSize >= 2 * samplesPerClass, batchSize % samplesPerClass == 0 else {
      throw TrainingError(
        .usage,
        "a batch of \(batchSize) cannot have \(samplesPerClass) samples of each of its classes, of "
          + "which there must be 2 or more: use a --batch-size that is a multiple of \(samplesPerClass), "
          + "\(2 * samplesPerClass) or more")
    }
    let byClass = Dictionary(grouping: labels.indices) { labels[$0] }
    (self.samplesPerClass, classesPerBatch) = (samplesPerClass, batchSize / samplesPerClass)
    guard classesPerBatch <= byClass.count else {
      throw TrainingError(
        .usage,
        "a batch of \(batchSize) with \(samplesPerClass) samples of each class has "
          + "\(batchSize / samplesPerClass) classes, but there are only \(byClass.count): use "
          + "--batch-size \(byClass.count * samplesPerClass) or less")
    }
    let sorted = byClass.sorted { $0.key < $1.key }
    if let few = sorted.first(where: { $0.value.count < samplesPerClass }) {
      let problem =
        "class \(few.key) has \(few.value.count) of the \(samplesPerClass) training samples that a "
        + "batch has of each class: leave such classes out"
      let least = sorted.map(\.value.count).min()!
      throw TrainingError(
        .usage, problem + (least >= 2 ? ", or use --samples-per-class \(least) or less" : ""))
    }
    members = sorted.map(\.value)
  }

  /// The samples of so many batches, one batch after another.
  func indices(stepCount: Int, using random: inout SplitMix64) -> [Int] {
    var classes = Turns(Array(members.indices))
    var samples = members.map { Turns($0) }
    var indices: [Int] = []
    indices.reserveCapacity(stepCount * classesPerBatch * samplesPerClass)
    for _ in 0..<stepCount {
      for label in classes.draw(classesPerBatch, using: &random) {
        indices += samples[label].draw(samplesPerClass, using: &random)
      }
    }
    return indices
  }
}

/// Draws different items at a time, in a random order in which each comes once before any comes again.
private struct Turns {
  private let items: [Int]
  /// Those that have not come yet in this round, the next one last.
  private var rest: [Int] = []

  init(_ items: [Int]) { self.items = items }

  /// - Precondition: There are `count` items.
  mutating func draw(_ count: Int, using random: inout SplitMix64) -> [Int] {
    var drawn = take(count)
    if drawn.count < count {
      let isDrawn = Set(drawn)
      let round = items.shuffled(using: &random)
      // What was drawn just now comes last in the new round.
      rest = round.filter(isDrawn.contains) + round.filter { !isDrawn.contains($0) }
      drawn += take(count - drawn.count)
    }
    return drawn
  }

  private mutating func take(_ count: Int) -> [Int] {
    let taken = Array(rest.suffix(count))
    rest.removeLast(taken.count)
    return taken
  }
}
