extension LossEntry {
  /// `Hinge` with the second power.
  static let squaredHinge = LossEntry(
    name: "squared-hinge", title: "Squared hinge loss", family: .logits,
    summary: "the square of what a score lacks to be on the right side by a margin",
    formula: "L = max(0, m − y·f)², y = ±1",
    parameters: [.hingeMargin, .reduction],
    refusals: .refusedBySignedScores,
    conventions: .signedScoreConventions + [
      "without the factor ½ that some put before it"
    ],
    paper: "Cortes, Vapnik, Support-vector networks, 1995"
  ) {
    try Hinge(margin: $0.number("margin"), power: .two, reduction: $0.reduction())
  }
}
