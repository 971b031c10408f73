/// The name of a tensor that a loss takes, in files and messages.
public struct LossInput: RawRepresentable, Hashable, Sendable, Comparable {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public init(_ rawValue: String) { self.rawValue = rawValue }

  public static func < (a: LossInput, b: LossInput) -> Bool { a.rawValue < b.rawValue }

  /// Where the name stands for every name that begins so, the beginning.
  var familyPrefix: Substring? { rawValue.hasSuffix(".*") ? rawValue.dropLast() : nil }

  // MARK: Features and proxies

  /// The network's features [N, D].
  public static let features = LossInput("features")
  /// One proxy for each class [C, D]: the weights of the last layer.
  public static let weights = LossInput("weights")
  /// One offset for each class [C].
  public static let bias = LossInput("bias")
  /// One centre for each class [C, D].
  public static let centers = LossInput("centers")

  // MARK: Targets

  /// The class of each sample, int64 [N], each in 0..<C.
  public static let labels = LossInput("labels")
  /// A distribution over the classes for each sample [N, C], in the place of labels.
  public static let probabilities = LossInput("probabilities")
  /// The weight of each class [C].
  public static let classWeights = LossInput("class-weights")
  /// The weight of the positive targets of each class [C].
  public static let positiveWeights = LossInput("pos-weight")

  // MARK: Scores and numbers to predict

  /// The scores of the classes [N, C], before softmax or sigmoid.
  public static let logits = LossInput("logits")
  /// The scores that a teacher gives the same samples [N, C].
  public static let teacherLogits = LossInput("teacher-logits")
  /// What is predicted, of any shape.
  public static let predictions = LossInput("predictions")
  /// What should be predicted, of the same shape.
  public static let targets = LossInput("targets")

  // MARK: Tuples

  public static let anchors = LossInput("anchors")
  public static let positives = LossInput("positives")
  public static let negatives = LossInput("negatives")
  /// What anchors are paired with, of the same class or not [N, D].
  public static let others = LossInput("others")
  /// For each pair, 1 if its two are of different classes, 0 if not [N].
  public static let different = LossInput("different")
  /// Features of earlier batches [M, D].
  public static let memoryFeatures = LossInput("memory-features")
  /// Their classes, int64 [M].
  public static let memoryLabels = LossInput("memory-labels")

  // MARK: Families of tensors: names that begin so

  /// What a model learns, of any shapes: "parameters.conv1.weight".
  public static let parameters = LossInput("parameters.*")
  /// The kernels of a chain of convolutions [K′, K, h, w]: "kernels.1", "kernels.2".
  public static let kernels = LossInput("kernels.*")

  // MARK: State

  /// What a loss carries from batch to batch [S].
  public static let state = LossInput("state")
  /// The learned factor of a cosine, a single number.
  public static let scale = LossInput("scale")
}
