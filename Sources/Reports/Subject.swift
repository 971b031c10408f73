extension Report {
  /// What a page holds side by side, which decides its words.
  public enum Subject: Sendable {
    /// Networks that were trained with them.
    case losses
    /// Features of any program.
    case embeddings
    /// Scores of classes of any program, without features.
    case classifiers

    var one: String {
      switch self {
      case .losses: "loss"
      case .embeddings: "embedding"
      case .classifiers: "classifier"
      }
    }

    var several: String { self == .losses ? "losses" : one + "s" }

    /// What the best of them does best.
    var verb: String { self == .classifiers ? "predicts" : "separates" }
  }
}
