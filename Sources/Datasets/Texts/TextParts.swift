import RandomNumbers

/// The parts of a set of labelled texts, and the vocabulary of its training part.
public struct TextParts: Sendable {
  public let name: String
  public let train: TextSet
  /// What a training may be tuned on; nil if the set has no such part and none was split off.
  public let validation: TextSet?
  public let test: TextSet
  /// Made of the training part alone.
  public let vocabulary: Vocabulary
  /// The names of the classes; label `c` is called `classNames[c]`.
  public let classNames: [String]

  init(
    name: String, train: LabelledTexts, validation: LabelledTexts?, test: LabelledTexts,
    classNames: [String], vocabulary options: Vocabulary.Options
  ) throws(DatasetError) {
    let vocabulary = Vocabulary(of: train.texts, options: options)
    self.train = try train.indexed(by: vocabulary)
    self.validation = try validation?.indexed(by: vocabulary)
    self.test = try test.indexed(by: vocabulary)
    (self.name, self.vocabulary, self.classNames) = (name, vocabulary, classNames)
  }
}

/// Texts out of a file, not yet indexed.
struct LabelledTexts {
  let path: String
  var texts: [String] = []
  var labels: [Int32] = []

  mutating func append(_ text: String, label: Int32) {
    texts.append(text)
    labels.append(label)
  }

  func indexed(by vocabulary: Vocabulary) throws(DatasetError) -> TextSet {
    try TextSet(texts, labels: labels, vocabulary: vocabulary)
  }

  /// The first `count`, or all if it is nil.
  func first(_ count: Int?) throws(DatasetError) -> LabelledTexts {
    guard let count else { return self }
    guard (1...max(1, texts.count)).contains(count), !texts.isEmpty else {
      throw DatasetError(
        "\(path): \(count) texts were asked for, and there are \(texts.count)",
        remedy: "Ask for 1 to \(texts.count).")
    }
    return selecting(Array(0..<count))
  }

  /// Two parts drawn by the seed, the second of `count` texts; each in the order of the whole.
  func splitting(
    off count: Int, seed: UInt64
  ) throws(DatasetError) -> (rest: LabelledTexts, part: LabelledTexts) {
    guard (1..<max(2, texts.count)).contains(count), texts.count > 1 else {
      throw DatasetError(
        "\(path): \(count) of \(texts.count) texts cannot be split off",
        remedy: "Split off 1 or more, and leave 1 or more.")
    }
    var random = SplitMix64(seed)
    let order = texts.indices.shuffled(using: &random)
    return (selecting(order[count...].sorted()), selecting(order[..<count].sorted()))
  }

  private func selecting(_ indices: [Int]) -> LabelledTexts {
    LabelledTexts(path: path, texts: indices.map { texts[$0] }, labels: indices.map { labels[$0] })
  }
}
