import Evaluation
import Foundation
import Reports
import Torch

extension Study {
  /// Kullback–Leibler divergences in both directions, and what they have to do with cross-entropy.
  static let divergences = Study(
    name: "divergences",
    title: "The two directions of the Kullback–Leibler divergence",
    claim:
      "A normal distribution that is fitted to two modes by KL(p‖q) lies over both of them (it seeks the "
      + "mean); by KL(q‖p) it settles on one (it seeks a mode). The divergence is not symmetric, and "
      + "cross-entropy is the entropy plus it: H(p, q) = H(p) + KL(p‖q).",
    papers: [
      "Kullback, Leibler, On information and sufficiency, 1951",
      "Minka, Divergence measures and message passing, 2005",
      "Lin, Divergence measures based on the Shannon entropy, 1991",
    ]
  ) { session in
    session.stageCount = 2
    try session.useOneThread()
    let distances = session.choose(
      smoke: [1.0, 5], quick: [0, 1, 2, 3, 4, 5, 6],
      full: Array(stride(from: 0, through: 6, by: 0.5)))
    let rules = try FittingRule.all()
    let items = distances.flatMap { distance in rules.map { (modes: TwoModes(distance), rule: $0) }
    }
    let starts = FitStarts(
      count: session.choose(smoke: 4, quick: 20, full: 100), seed: session.seeds[0])
    let steps = session.choose(smoke: 300, quick: 4000, full: 6000)
    let all = try session.results(
      for: items, named: items.map { "\($0.rule.name), distance \($0.modes.distance)" }
    ) { item in
      try ModeFits(
        of: item.rule.loss, to: item.modes, from: starts, steps: steps, step: session.step)
    }
    func fits(_ rule: FittingRule, _ distance: Double) -> ModeFits {
      all[
        distances.firstIndex(of: distance)! * rules.count
          + rules.firstIndex { $0.name == rule.name }!]
    }
    let (forward, reverse) = (rules[0], rules[1])
    let identities = try session.result("identities") {
      try DivergenceIdentities(count: session.choose(smoke: 50, quick: 1000, full: 10_000))
    }

    let modes = TwoModes(5)
    let (overAll, onOne) = (fits(forward, 5), fits(reverse, 5))
    let sides = modes.centers.map { center in
      (0..<starts.count).filter { modes.isOn(center, onOne.means[$0], onOne.deviations[$0]) }
    }
    func curve(_ probabilities: [Double]) -> RunSummary.Curve {
      let shown = TwoModes.places.indices.filter { abs(TwoModes.places[$0]) < 6 }
      return RunSummary.Curve(
        shown.map { TwoModes.places[$0] }, shown.map { probabilities[$0] / TwoModes.spacing })
    }
    func density(_ fits: ModeFits, _ start: Int) -> RunSummary.Curve {
      curve(TwoModes.normal(fits.means[start], fits.deviations[start]))
    }
    try session.figure(
      "densities",
      Figures.curves(
        [("p", curve(modes.probabilities))]
          + rules.filter { $0.name != reverse.name }.map { rule in
            let fits = fits(rule, 5)
            return (rule.name, density(fits, fits.best))
          }
          + zip(["left", "right"], sides).compactMap { side, starts in
            starts.first.map { ("\(reverse.name), \(side)", density(onOne, $0)) }
          },
        xTitle: "x", yTitle: "Density", yIsLogarithmic: false),
      caption:
        "Two modes p, and the normal distributions that fit it best by each divergence; by KL(q‖p) it "
        + "depends on the start which of the modes it is.")
    try session.figure(
      "widths",
      Figures.curves(
        rules.map { rule in
          (
            rule.name,
            RunSummary.Curve(
              distances,
              distances.map { distance in
                let fits = fits(rule, distance)
                return fits.deviations[fits.best]
              })
          )
        }, xTitle: "distance of the modes", yTitle: "Deviation of the fit", yIsLogarithmic: false),
      caption:
        "The deviation of the best fit by each divergence, over the distance of two modes of deviation "
        + "\(TwoModes.deviation).")

    let momentGaps = distances.map { distance in
      let (modes, fits) = (TwoModes(distance), fits(forward, distance))
      return (0..<starts.count).map {
        max(abs(fits.means[$0] - modes.mean), abs(fits.deviations[$0] - modes.wholeDeviation))
      }.max()!
    }
    let settled = sides[0].count + sides[1].count
    return StudyResult(
      method:
        "p has two normal modes of deviation \(TwoModes.deviation), the left one with \(TwoModes.leftShare) of "
        + "the weight. Mean and deviation of a normal distribution q follow the gradients of the losses "
        + "kl-divergence (forward and reverse) and js-divergence by AdamW, from \(starts.count) random "
        + "starts; both are held as probabilities at \(TwoModes.places.count) places. The identities are of "
        + "\(identities.count) random pairs of distributions over ten classes, in double precision.",
      tables: [
        StudyTable(
          "Fits to modes at −2.5 and 2.5, by start",
          columns: ["", "mean", "deviation", "loss at the end", "starts that end there"],
          rows: rules.flatMap { rule in fits(rule, 5).rows(rule.name) },
          note: "p has the mean \(modes.mean.cell(3)) and the deviation "
            + "\(modes.wholeDeviation.cell(3)).")
      ],
      findings: [
        Finding(
          "By KL(p‖q) the fit has the mean and the deviation of all of p, wherever it starts",
          momentGaps.allSatisfy { $0 < 0.02 } ? .holds : .doesNotHold,
          "largest difference over \(distances.count) distances of the modes and \(starts.count) "
            + "starts each: \(momentGaps.max()!.cell(4))"),
        Finding(
          "It puts q where p has next to nothing: between modes 5 apart",
          overAll.density(at: modes.mean) > 5 * modes.density(at: modes.mean)
            ? .holds : .doesNotHold,
          "density at the mean of p: q \(overAll.density(at: modes.mean).cell(4)), "
            + "p \(modes.density(at: modes.mean).cell(4))"),
        Finding(
          "By KL(q‖p) the fit settles on one mode, and has that mode's deviation",
          settled == starts.count ? .holds : settled > 0 ? .holdsInPart : .doesNotHold,
          "\(sides[0].count) starts end on the left mode, \(sides[1].count) on the right one, "
            + "\(starts.count - settled) elsewhere"),
        Finding(
          "KL(p‖q) and KL(q‖p) differ, and the Jensen–Shannon divergence does not",
          identities.differing > 0.95 && identities.largestJSDifference < 1e-12
            ? .holds : .doesNotHold,
          "they differ by more than 1 % in \((identities.differing * 100).cell(1)) % of the pairs, by "
            + "\((identities.medianDifference * 100).cell(0)) % in the median; Jensen–Shannon by at most "
            + "\(identities.largestJSDifference.power)"),
        Finding(
          "The Jensen–Shannon divergence is at most log 2, which it is where nothing is shared",
          identities.largestJS <= log(2) + 1e-12 && abs(identities.disjointJS - log(2)) < 1e-12
            ? .holds : .doesNotHold,
          "largest of the pairs \(identities.largestJS.cell(4)); without a shared class "
            + "\(identities.disjointJS.cell(6)); log 2 = \(log(2.0).cell(6))"),
        Finding(
          "H(p, q) = H(p) + KL(p‖q), so that both have the same gradient, q − p",
          max(identities.largestGap, identities.largestGradientGap) < 1e-12 ? .holds : .doesNotHold,
          "largest difference of the values \(identities.largestGap.power), of the gradients "
            + "\(identities.largestGradientGap.power)"),
      ],
      uncertainty:
        "Starts and pairs of distributions are all drawn by the first seed, and there are no intervals."
    )
  }
}
