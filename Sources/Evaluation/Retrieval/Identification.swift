/// Who is it: probes against a gallery of people who are known.
///
/// Phillips, Grother, Micheals, "Evaluation methods in face recognition", Handbook of Face Recognition,
/// 2011.
public struct Identification: Sendable {
  /// The share of the probes with a mate in the gallery that find it among the k nearest: the cumulative
  /// match characteristic.
  public let matchRates: [(k: Int, share: Estimate)]
  /// Probes with a mate in the gallery, and without.
  public let mateCount, strangerCount: Int
  /// Of probes with a mate, the share whose nearest is a mate and at or above the threshold (detected and
  /// identified), at thresholds that accept a share of the strangers; nil where the strangers are too few to
  /// tell.
  public let openSetRates: [(falseAcceptRate: Double, threshold: Double, rate: Estimate?)]

  /// - Parameters:
  ///   - mates: The ranks of the probes' mates in the gallery.
  ///   - k: Of the match rates.
  ///   - rates: The false accept rates of the open-set rates.
  /// - Throws: `EvaluationError` if no probe has a mate.
  public init(
    _ mates: MateRanks, rankAt k: [Int] = [1, 5, 10, 20],
    falseAcceptRates rates: [Double] = [0.001, 0.01, 0.1]
  ) throws {
    let known = mates.ranks.indices.filter { !mates.ranks[$0].isEmpty }
    let strangers = mates.ranks.indices.filter { mates.ranks[$0].isEmpty }
    guard !known.isEmpty else {
      throw EvaluationError(.data, "no probe has a mate in the gallery")
    }
    (mateCount, strangerCount) = (known.count, strangers.count)
    matchRates = k.filter { $0 <= mates.galleryCount }.map { k in
      (k, .share(known.count { mates.ranks[$0][0] <= k }, of: known.count))
    }
    let alarms = strangers.map { mates.nearest[$0] }.sorted(by: >)
    openSetRates =
      strangers.isEmpty
      ? []
      : rates.map { rate in
        let accepted = Int((rate * Double(alarms.count)).rounded(.down))
        // Just above the nearest of the strangers that must not be accepted.
        let threshold =
          accepted < alarms.count ? alarms[accepted].nextUp : -Float.infinity
        let isResolved =
          rate * Double(alarms.count) >= Double(RankingCurve.leastFalseAccepts) * (1 - 1e-9)
        let right = known.count { mates.ranks[$0][0] == 1 && mates.nearestMate[$0] >= threshold }
        return (rate, Double(threshold), isResolved ? .share(right, of: known.count) : nil)
      }
  }

  /// The first sample of each class that has two or more as gallery, the rest as probes; of classes with a
  /// single sample it is a stranger's probe.
  public static func split(_ labels: [Int]) -> (gallery: [Int], probes: [Int]) {
    var (gallery, probes) = ([Int](), [Int]())
    for indices in indicesByClass(labels) where !indices.isEmpty {
      if indices.count == 1 {
        probes.append(indices[0])
      } else {
        gallery.append(indices[0])
        probes += indices.dropFirst()
      }
    }
    return (gallery, probes.sorted())
  }
}
