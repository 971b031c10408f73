import Evaluation
import Reports

/// Tables, figures and findings of the study `open-set`.
struct OpenSetResult {
  /// A set of pictures with what came of it.
  struct Group {
    var task: OpenSetTask
    /// By member, then by seed.
    var scores: [[OpenSetScores]]
  }

  let session: StudySession
  let members: [OpenSetMember]
  let groups: [Group]

  func result() throws -> StudyResult {
    for group in groups {
      try figure(
        "recall-\(group.task.dataset)", group, "Recall@1 of unseen classes, %",
        caption:
          "\(group.task.title): the share of the pictures of unseen classes whose nearest other "
          + "picture by the cosine is of the same class."
      ) { $0.recall }
      try figure(
        "pairs-\(group.task.dataset)", group, "Pairs of unseen classes told apart, %",
        caption:
          "\(group.task.title): the share of the pairs of unseen classes told apart by the cosine."
      ) { $0.pairs }
    }
    let cosines = indices { $0.kind == .cosines }
    let margins = indices { ["CosFace", "ArcFace"].contains($0.title) }
    let pairs = indices { $0.kind == .pairs }
    let trained = indices { $0.kind != .pixels }
    let (softmax, normFace) = (index(.softmax), index(.normFace))
    return StudyResult(
      method: method, tables: groups.map(table),
      findings: [
        comparison(
          "Every loss finds more pictures of the same class than the pixels do", trained,
          against: index(.pixels), \.findsMate),
        comparison(
          "Losses on cosines find more than softmax", cosines, against: softmax, \.findsMate),
        comparison(
          "With a margin more are found than with NormFace, which has none", margins,
          against: normFace, \.findsMate),
        comparison(
          "Center loss added to softmax finds more", [index(.center)], against: softmax,
          \.findsMate),
        comparison("Losses of pairs find more than softmax", pairs, against: softmax, \.findsMate),
        bestOfProxies,
        comparison(
          "Losses on cosines tell more pairs of unseen classes apart than softmax", cosines,
          against: softmax, \.pairIsRight),
      ],
      caveats: [
        "Settings are published or usual ones, the same for all sets, but for two that were changed after "
          + "their results were seen: p = 1 of the contrastive loss, and 64 as the largest scale of AdaCos. "
          + "Each loss could do better with settings of its own.",
        "With \(members.count) rows there are \(members.count * (members.count - 1) / 2) comparisons in "
          + "a table, of which about one in twenty would come out as separated by chance alone.",
        "ORL has 20 people to train on and 20 to judge, others with each seed.",
        "LFW's own protocol trains on nine folds and judges the tenth, ten times, or trains on other "
          + "pictures; here it is one half and the other.",
      ])
  }

  private var method: String {
    let groups = groups.map { group in
      "\(group.task.title): \(group.task.epochs) epoch\(group.task.epochs == 1 ? "" : "s"), batches of "
        + "\(group.task.batchSize)"
    }.joined(separator: "; ")
    return
      "A LeNet++ with a quarter of its channels and 64 features behind batch normalisation, trained with "
      + "each loss (proxies at \(OpenSetTask.headRateFactor.cell(0)) times the network's learning rate) for the "
      + "same number of epochs (\(groups)). Batches are drawn at random; those of losses of "
      + "pairs have \(OpenSetTask.samplesPerClass) pictures of each of their classes. Omniglot, 28 × 28: "
      + "trained on characters of the background alphabets, judged on those of the evaluation alphabets, "
      + "each drawing against all others (Recall@1 over all classes) and, besides, in 20-way trials within "
      + "an alphabet: 20 characters, each known by one drawing of one person, are told when another person "
      + "draws them. ORL, 32 × 40: half of the people against the other half. LFW, 45 × 45: trained on "
      + "people with four pictures or more, 20 at most of each, who are in none of the last five folds of "
      + "pairs.txt; judged on the pairs of those folds and the pictures that they name. Pairs are told apart "
      + "over ten folds (LFW: its five) by the threshold of the cosine that is best on the others. Pixels: "
      + "the picture itself, with the mean 0, nothing trained."
  }

  // MARK: Comparing

  private func indices(where isWanted: (OpenSetMember) -> Bool) -> [Int] {
    members.indices.filter { isWanted(members[$0]) }
  }

  private func index(_ member: OpenSetMember) -> Int {
    members.firstIndex { $0.title == member.title }!
  }

  /// Whether each of some losses is better than another one on every set.
  private func comparison(
    _ statement: String, _ losses: [Int], against other: Int,
    _ isRight: (OpenSetScores) -> [Bool]
  ) -> Finding {
    let contrasts = groups.map { group in
      losses.map { loss in
        Contrast(group.scores[loss].map(isRight), group.scores[other].map(isRight))
      }
    }
    let evidence = zip(groups, contrasts).map { group, contrasts in
      let texts = zip(losses, contrasts).map {
        "\(members[$0].title) \($1.signed(2, times: 100))"
      }
      guard texts.count > 5 else {
        return "\(group.task.title): " + texts.joined(separator: ", ")
      }
      let order = texts.indices.sorted {
        contrasts[$0].difference.value < contrasts[$1].difference.value
      }
      let (more, fewer) = Self.counts(contrasts)
      return "\(group.task.title): \(more) of \(texts.count) more, \(fewer) fewer, "
        + "from \(texts[order[0]]) to \(texts[order.last!])"
    }
    return Finding(
      statement, Finding.Verdict(contrasts.flatMap { $0 }.map(\.isLarger)),
      evidence.joined(separator: "; ") + " (points, against \(members[other].title))")
  }

  /// How many are larger for certain, and how many smaller.
  private static func counts(_ contrasts: [Contrast]) -> (larger: Int, smaller: Int) {
    (contrasts.count { $0.isLarger == .holds }, contrasts.count { $0.isSmaller == .holds })
  }

  private var bestOfProxies: Finding {
    func best(_ group: Group, _ kind: OpenSetMember.Kind) -> Int {
      indices { $0.kind == kind }.max {
        Estimate.over(group.scores[$0].map(\.recall)).value
          < Estimate.over(group.scores[$1].map(\.recall)).value
      }!
    }
    let compared = groups.map { group in
      let (proxies, pairs) = (best(group, .proxies), best(group, .pairs))
      return (
        text: "\(group.task.title): \(members[proxies].title) against \(members[pairs].title)",
        contrast: Contrast(
          group.scores[proxies].map(\.findsMate), group.scores[pairs].map(\.findsMate))
      )
    }
    return Finding(
      "The best loss of proxies finds as many as the best loss of pairs, to half a point",
      Finding.Verdict(compared.map { $0.contrast.isNoSmaller(by: 0.005) }),
      compared.map { "\($0.text) \($0.contrast.points)" }.joined(separator: "; ")
        + " (both chosen by the pictures they are compared on)")
  }

  // MARK: Tables and figures

  private func table(_ group: Group) -> StudyTable {
    let hasTrials = group.scores.allSatisfy { $0.allSatisfy { $0.trials != nil } }
    let rows = members.indices.map { loss in
      let seeds = group.scores[loss]
      let contrasts = members.indices.filter { $0 != loss }.map {
        Contrast(seeds.map(\.findsMate), group.scores[$0].map(\.findsMate))
      }
      let (better, worse) = Self.counts(contrasts)
      var row = [
        members[loss].title, Estimate.over(seeds.map(\.recall)).percent,
        "\(better)", "\(worse)",
        Estimate.over(seeds.map(\.meanAveragePrecision)).percent,
        Estimate.over(seeds.map(\.pairs)).percent,
      ]
      if hasTrials { row.append(Estimate.over(seeds.compactMap(\.trials)).percent) }
      return row
    }
    return StudyTable(
      "\(group.task.title): unseen classes",
      columns: [
        "", "Recall@1, %", "better than", "worse than", "MAP@R, %", "pairs by cosine, %",
      ] + (hasTrials ? ["20-way within an alphabet, %"] : []),
      rows: rows,
      note:
        "Rows are in the order of the families, not of merit. Better and worse than: how many of the other "
        + "rows the Recall@1 is separated from, by paired tests over seeds (Student), or with one seed on "
        + "the same pictures (McNemar).")
  }

  private func figure(
    _ name: String, _ group: Group, _ title: String, caption: String,
    _ number: (OpenSetScores) -> Estimate
  ) throws {
    try session.figure(
      name,
      Figures.intervals(
        zip(members, group.scores).map { member, seeds in
          let estimate = Estimate.over(seeds.map(number))
          return (
            member.title, estimate.value * 100, estimate.lower.map { $0 * 100 },
            estimate.upper.map { $0 * 100 }
          )
        }, title: title), caption: caption)
  }
}
