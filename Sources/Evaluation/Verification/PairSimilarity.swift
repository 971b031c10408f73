/// How alike two feature vectors are; larger is more alike.
public enum PairSimilarity: String, Sendable, CaseIterable, Codable {
  /// cos θ.
  case cosine
  /// −‖a − b‖.
  case euclidean
  /// ⟨a, b⟩.
  case innerProduct = "inner-product"
}

extension PairSimilarity {
  /// Of two features, which are of unit length already for the cosine.
  func callAsFunction(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
    switch self {
    case .cosine, .innerProduct: zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    case .euclidean:
      -zip(a, b).reduce(0) { sum, pair in
        let difference = Double(pair.0) - Double(pair.1)
        return sum + difference * difference
      }.squareRoot()
    }
  }
}
