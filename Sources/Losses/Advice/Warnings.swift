import Foundation
import Torch

extension ClassGeometry {
  /// What will not work as it is set, in words, for each proxy head of an objective.
  ///
  /// - Parameters:
  ///   - specification: The losses with their settings.
  ///   - probability: What the target of a well-placed feature should have, between 0 and 1.
  /// - Throws: `LossError` for a probability out of range.
  public func warnings(
    for specification: ObjectiveSpecification, probability: Double = 0.9
  ) throws -> [String] {
    let heads = specification.terms.compactMap { term in
      (term.loss as? ProxyLoss).map { (term.entry.name, $0) }
    }
    return try heads.flatMap { name, head in
      try warnings(for: head, probability: probability).map { "\(name): \($0)" }
    }
  }

  /// The losses that these warnings do not cover, and why; none of them is to be taken for sound.
  public static func notJudged(_ specification: ObjectiveSpecification) -> [String] {
    specification.terms.compactMap { term in
      guard let head = term.loss as? ProxyLoss else {
        return "\(term.entry.name): it has no proxies, and this advice is on proxy heads"
      }
      switch head.criterion {
      case is CrossEntropy, is CContrastiveCriterion, is CTripletCriterion: return nil
      default:
        return
          "\(term.entry.name): what its criterion asks of scale and margin is not worked out here"
      }
    }
  }

  /// What will not work as it is set, in words.
  public func warnings(for head: ProxyLoss, probability: Double = 0.9) throws -> [String] {
    switch head.criterion {
    case let criterion as CrossEntropy:
      try scaleWarnings(head, criterion, probability) + marginWarnings(head)
        + targetWarnings(head, criterion)
    case let criterion as CContrastiveCriterion: distanceWarnings(criterion.margin)
    case let criterion as CTripletCriterion: distanceWarnings(criterion.margin)
    // See notJudged.
    default: []
    }
  }

  private func scaleWarnings(
    _ head: ProxyLoss, _ criterion: CrossEntropy, _ probability: Double
  ) throws -> [String] {
    let similarity = head.similarity
    // A scale that the head works out, as AdaCos does, is not for the user to set.
    let isSet = try head.margin?.scale(batch(for: head.margin!)) == nil
    guard similarity.normalizesFeatures, isSet else { return [] }
    let temperature = criterion.temperature
    let scale = similarity.scale / temperature
    let name =
      (similarity.learnsScale ? "starting with " : "") + "the scale \(brief(scale))"
      + (temperature == 1 ? "" : " (\(brief(similarity.scale)) / \(brief(temperature)))")
    guard similarity.normalizesWeights else {
      let least = try leastAlpha(probability: probability)
      guard scale < least else { return [] }
      return [
        "\(name), the length of the features, is below \(brief(least)), so that with proxies of "
          + "length 1 no target can have the probability \(brief(probability))"
      ]
    }
    var warnings: [String] = []
    if featureCount == 1 && classCount > 2 {
      warnings.append(
        "with one feature a cosine is −1 or 1, which tells two classes apart, not \(classCount)")
    }
    let least = try leastScale(probability: probability)
    if scale < least {
      let floor = lossFloor(scale: scale)
      warnings.append(
        "\(name) is below \(brief(least)): a feature on its proxy has a probability of at most "
          + "\(brief(exp(-floor))), not \(brief(probability)), and the loss stays above "
          + brief(floor))
    }
    let angle = try sufficientAngle(scale: scale, probability: probability)
    if head.margin == nil, cos(angle) < 0.1 {
      warnings.append(
        "\(name) is large for \(classCount) classes: a feature \(degrees(angle)) from its proxy and "
          + "at right angles to the others has the probability \(brief(probability)) already, so "
          + "little pulls it closer; lower the scale or take a margin")
    }
    return warnings
  }

  private func marginWarnings(_ head: ProxyLoss) throws -> [String] {
    guard let margin = head.margin else { return [] }
    let target = try targetOnProxy(margin)
    guard target < 1 else { return [] }
    let best = bestSeparation
    // In angles all margins are the same: a feature on its proxy counts as if it were so far away.
    let asked = acos(max(-1, target))
    let (setting, limit) =
      switch margin {
      case let margin as AdditiveCosine:
        ("the margin \(brief(margin.margin))", brief(largestCosineMargin))
      case let margin as AdditiveAngle:
        ("the margin \(brief(margin.margin))", brief(largestAngularMargin))
      default: ("the margin, \(degrees(asked)) for a feature on its proxy,", degrees(best.angle))
      }
    let room = "\(classCount) proxies with \(featureCount) features"
    if asked > best.angle + 1e-3 {
      return [
        "\(setting) is impossible: \(room) are at most \(degrees(best.angle)) apart "
          + "(\(best.source)), which bears a margin of \(limit); even features on their proxies stay "
          + "behind, and the loss pulls without end"
      ]
    }
    guard !best.isReached, let measured = try measuredSeparation(), asked > measured.angle + 1e-3
    else { return [] }
    return [
      "\(setting) is doubtful: \(room) spread as well as they would were \(degrees(measured.angle)) "
        + "apart, and it asks for \(degrees(asked)); no arrangement can have more than "
        + degrees(best.angle)
    ]
  }

  /// For margins of the squared distance between unit vectors, 2 − 2 cos θ.
  private func distanceWarnings(_ margin: Double) -> [String] {
    let limit = 2 * largestCosineMargin
    guard margin > limit + 1e-3 else { return [] }
    return [
      "the margin \(brief(margin)) is impossible: the squared distance of neighbours among "
        + "\(classCount) proxies with \(featureCount) features is at most \(brief(limit)) "
        + "(\(bestSeparation.source))"
    ]
  }

  private func targetWarnings(_ head: ProxyLoss, _ criterion: CrossEntropy) throws -> [String] {
    guard criterion.labelSmoothing > 0, let margin = head.margin, try targetOnProxy(margin) < 1
    else { return [] }
    let share = criterion.labelSmoothing
    let goal = 1 - share + share / Double(classCount)
    return [
      "label-smoothing \(brief(share)) and a margin pull against each other: smoothing pushes the "
        + "target back from probabilities above \(brief(goal)), and the margin lowers the "
        + "probability for it to be pulled on; take one of them"
    ]
  }

  /// ψ(1): the target's cosine, with its margin, of a feature on its proxy.
  private func targetOnProxy(_ margin: any Margin) throws -> Double {
    switch margin {
    case let margin as AdditiveCosine: return 1 - margin.margin
    case let margin as AdditiveAngle: return cos(margin.margin)
    // This one draws its margins: the mean of what it draws.
    case let margin as ElasticMargin:
      return margin.rule == .cos ? 1 - margin.mean : cos(margin.mean)
    default:
      // The sine of an angle of 0 is held a little above 0.
      let target = try margin.target(Tensor.ones([1, 1], dtype: .float64), batch(for: margin))
      let value = try target.item()
      return value > 1 - 1e-3 ? 1 : value
    }
  }

  /// One feature of length 1.
  private func batch(for margin: any Margin) throws -> MarginBatch {
    MarginBatch(
      features: try Tensor.full(
        1 / Double(featureCount).squareRoot(), shape: [1, featureCount], dtype: .float64),
      state: margin.stateOutsideTraining(classCount: classCount))
  }

  private func brief(_ number: Double) -> String { String(format: "%.4g", number) }
  private func degrees(_ angle: Double) -> String {
    String(format: "%.1f°", angle * 180 / .pi)
  }
}
