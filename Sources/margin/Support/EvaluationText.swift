import Evaluation
import Foundation

extension Estimate {
  /// In percent, with its interval: "98.2 % (97.9 to 98.4)".
  var percent: String {
    guard let lower, let upper else { return "\((value * 100).formatted(2)) %" }
    return "\((value * 100).formatted(2)) % "
      + "(\((lower * 100).formatted(2)) to \((upper * 100).formatted(2)))"
  }

  func text(_ digits: Int) -> String {
    guard let lower, let upper else { return value.formatted(digits) }
    return "\(value.formatted(digits)) (\(lower.formatted(digits)) to \(upper.formatted(digits)))"
  }
}

extension EvaluationResults {
  /// What is printed; intervals are of 95 %.
  func text(_ input: EvaluationInput) -> String {
    var sections: [String] = []
    func section(_ title: String, _ rows: [(String, String)], _ more: String? = nil) {
      let table = TextTable(header: [title, ""], rows: rows.map { [$0.0, $0.1] }).text
      sections.append([table, more].compactMap { $0 }.joined(separator: "\n\n"))
    }
    if let classification {
      section("Classification, \(classification.sampleCount) samples", rows(classification))
      sections.append(classTable(classification, input))
    }
    if let calibration { section("Calibration", rows(calibration)) }
    if let verification { sections.append(table(verification)) }
    if let allPairs {
      section("All \(allPairs.pairCount) pairs by \(allPairs.similarity.rawValue)", rows(allPairs))
    }
    if let operatingPoint {
      section(
        "Operating point",
        [
          (
            operatingPoint.measure.acceptsAbove ? "accept at or above" : "accept at or below",
            operatingPoint.threshold.text(4)
          ),
          ("false accept rate", operatingPoint.falseAcceptRate.percent),
          ("true accept rate", operatingPoint.trueAcceptRate.percent),
        ])
    }
    if let identification {
      section("Identification, \(identification.galleryCount) in the gallery", rows(identification))
    }
    if let retrieval { section("Retrieval, \(retrieval.queryCount) queries", rows(retrieval)) }
    if let geometry { section("Geometry", rows(geometry)) }
    let isUnresolved =
      ((verification ?? []) + (allPairs.map { [$0] } ?? [])).contains {
        $0.rates.contains { $0.trueAcceptRate == nil }
      } || identification?.openSetRates.contains { $0.rate == nil } ?? false
    if isUnresolved {
      sections.append(
        "TAR, FAR: true and false accept rate. Not resolvable: a rate at which fewer than "
          + "\(RankingCurve.leastFalseAccepts) false accepts are to be expected of so many pairs or strangers."
      )
    }
    for (part, reason) in notJudged.sorted(by: { $0.key < $1.key }) {
      sections.append("Not judged: \(part): \(reason)")
    }
    return sections.joined(separator: "\n\n")
  }

  private func rows(_ numbers: ClassificationNumbers) -> [(String, String)] {
    [("accuracy", numbers.accuracy.percent)]
      + numbers.topAccuracies.map { ("top-\($0.k) accuracy", $0.share.percent) }
      + [
        ("0-1 loss", numbers.zeroOneLoss.percent),
        ("balanced accuracy", numbers.balancedAccuracy.percent),
        ("mean F1", numbers.macroF1.formatted(4)),
      ]
      + (numbers.macroArea.isNaN
        ? []
        : [("mean area under the ROC, one class against the rest", numbers.macroArea.formatted(5))])
      + [("negative log-likelihood", numbers.negativeLogLikelihood.text(4))]
  }

  private func classTable(_ numbers: ClassificationNumbers, _ input: EvaluationInput) -> String {
    let shown = numbers.classes.filter { $0.count > 0 }.sorted {
      ($0.f1, $0.label) < ($1.f1, $1.label)
    }
    .prefix(20)
    let title = numbers.classes.count > 20 ? "class (the 20 of the lowest F1)" : "class"
    return TextTable(
      header: [title, "samples", "precision", "recall", "F1"],
      rows: shown.map {
        [
          input.className($0.label), String($0.count), $0.precision.formatted(3),
          $0.recall.formatted(3), $0.f1.formatted(3),
        ]
      }
    ).text
  }

  private func rows(_ numbers: CalibrationNumbers) -> [(String, String)] {
    var rows = [
      ("expected calibration error, bins of equal width", numbers.equalWidthError.percent),
      ("expected calibration error, bins of equal mass", numbers.equalMassError.percent),
      ("maximum calibration error", "\((numbers.maximumError * 100).formatted(2)) %"),
      ("Brier score", numbers.brierScore.text(4)),
      ("negative log-likelihood", numbers.negativeLogLikelihood.text(4)),
      ("confidences of .99 or more", "\((numbers.extremeConfidenceShare * 100).formatted(2)) %"),
    ]
    // Without all scores there are none of these.
    if !numbers.classwiseError.isNaN {
      rows += [
        ("classwise calibration error", "\((numbers.classwiseError * 100).formatted(2)) %"),
        (
          "probabilities within .01 of 0 or 1",
          "\((numbers.extremeProbabilityShare * 100).formatted(2)) %"
        ),
      ]
    }
    if let threshold = numbers.decisionThreshold {
      rows.append(
        (
          "confidence from which \((threshold.wantedAccuracy * 100).formatted(0)) % are right",
          "\(threshold.threshold.text(3)), \((threshold.coverage * 100).formatted(1)) % of the rows"
        ))
    }
    for scaled in numbers.scalings {
      let temperature = scaled.scaling.temperature.map { " \($0.formatted(3))" } ?? ""
      rows.append(
        (
          "\(scaled.scaling.method.rawValue)\(temperature), fitted on \(scaled.scaling.sampleCount): "
            + "error of the rest",
          "\((scaled.errorBefore.value * 100).formatted(2)) → \(scaled.errorAfter.percent)"
        ))
    }
    return rows
  }

  /// 0.001 as "0.1 %".
  private func share(_ rate: Double) -> String {
    "\(String(format: "%g", rate * 100)) %"
  }

  private func table(_ verification: [VerificationNumbers]) -> String {
    let rates = verification[0].rates.map(\.falseAcceptRate)
    let title =
      "Verification, \(verification[0].pairCount) pairs"
      + (allPairs == nil ? "" : " drawn for ten folds")
      + (verification[0].addsMirrored ? ", features of the mirror image added" : "")
    return TextTable(
      header: [title, "told apart %", "area", "equal error %"]
        + rates.map { "TAR % at FAR \(share($0))" },
      rows: verification.map { numbers in
        let accuracy = numbers.accuracy!
        return [
          numbers.similarity.rawValue
            + (numbers.similarity == .cosine
              ? "" : numbers.isNormalized ? ", unit length" : ", as they are"),
          "\((accuracy.value * 100).formatted(2)) ± \(((accuracy.spread ?? .nan) * 100).formatted(2))",
          numbers.area.value.formatted(4), (numbers.equalErrorRate.value * 100).formatted(2),
        ]
          + numbers.rates.map {
            $0.trueAcceptRate.map {
              "\(($0.value * 100).formatted(1)) ± \((($0.spread ?? .nan) * 100).formatted(1))"
            } ?? "not resolvable"
          }
      }
    ).text
  }

  private func rows(_ numbers: VerificationNumbers) -> [(String, String)] {
    [
      ("area under the ROC", numbers.area.text(5)),
      ("equal error rate", numbers.equalErrorRate.percent),
    ]
      + numbers.rates.map {
        (
          "true accept rate at a false accept rate of \(share($0.falseAcceptRate))",
          $0.trueAcceptRate?.percent ?? "not resolvable"
        )
      }
  }

  private func rows(_ numbers: IdentificationNumbers) -> [(String, String)] {
    numbers.matchRates.map { ("rank-\($0.k) of \(numbers.mateCount) probes", $0.share.percent) }
      + numbers.openSetRates.map {
        (
          "detected and identified, \(share($0.falseAcceptRate)) of \(numbers.strangerCount) "
            + "strangers accepted",
          $0.rate?.percent ?? "not resolvable"
        )
      }
  }

  private func rows(_ numbers: RetrievalNumbers) -> [(String, String)] {
    numbers.recalls.map { ("Recall@\($0.k)", $0.share.percent) }
      + [
        ("R-precision", numbers.rPrecision.percent),
        ("MAP@R", numbers.meanAveragePrecisionAtR.percent),
      ]
      + (numbers.normalizedMutualInformation.map {
        [("normalised mutual information of k-means", $0.formatted(4))]
      } ?? [])
  }

  private func rows(_ numbers: GeometryNumbers) -> [(String, String)] {
    var rows = [
      ("mean angle within classes", "\(numbers.angleWithinClasses.text(2))°"),
      (
        "smallest angle between class centres",
        "\(numbers.smallestAngleBetweenCenters.formatted(1))°"
          + (numbers.nearestClasses.first.map { " (\($0.first) and \($0.second))" } ?? "")
      ),
      ("between over within classes (Fisher)", numbers.fisherRatio.formatted(3)),
      ("effective dimension", numbers.effectiveDimension.formatted(2)),
    ]
    if let angle = numbers.meanAngleToProxies {
      rows.append(("mean angle of proxies to class centres", "\(angle.formatted(2))°"))
    }
    rows += [
      (
        "feature norm",
        "\(numbers.meanNorm.formatted(2)), standard deviation \(numbers.normDeviation.formatted(2))"
      )
    ]
    rows += numbers.failingTriples.map {
      (
        "triples that fail by \($0.similarity.rawValue)",
        "\(($0.share * 100).formatted(3)) % "
          + "(\(($0.anchorShare * 100).formatted(1)) % of anchors have one)"
      )
    }
    if numbers.directionlessCount > 0 {
      rows.append(("features without a direction", String(numbers.directionlessCount)))
    }
    return rows
  }
}
