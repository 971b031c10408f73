import Datasets
import Evaluation
import RandomNumbers
import Training

/// Pictures of some classes to train on, and of others to judge by.
struct OpenSetSplit {
  var train: Dataset
  var test: PictureSet
  var pairs: VerificationPairs
  var trials: OneShotTrials?

  /// - Parameter train: Its classes are numbered from 0.
  init(
    name: String, train: PictureSet, classNames: [String], test: PictureSet,
    pairs: VerificationPairs, trials: OneShotTrials? = nil
  ) throws {
    // Nothing is judged by pictures of the classes that are trained on.
    self.train = try Dataset(
      name: name, train: train, test: train.prefix(100), classNames: classNames)
    (self.test, self.pairs, self.trials) = (test, pairs, trials)
  }
}

/// A set of pictures with the budget of every training on it.
struct OpenSetTask {
  var title, dataset: String
  var epochs, batchSize: Int
  /// Which people or characters are trained on, for a seed.
  var split: (_ seed: UInt64) throws -> OpenSetSplit

  /// The learning rate of proxies over that of the network.
  static let headRateFactor = 10.0
  /// In the batches of losses of pairs.
  static let samplesPerClass = 4

  func way(_ member: OpenSetMember, _ session: StudySession) -> LossComparison.Way {
    var configuration = RunConfiguration(
      dataset: dataset,
      network: session.smallNetwork,
      featureCount: 64, loss: member.loss, settings: member.settings, epochs: epochs)
    configuration.activation = .batchNorm
    configuration.training.batchSize = batchSize
    // Proxies are moved by the samples of their class alone, and by few of a training this short.
    configuration.training.headLearningRate =
      Self.headRateFactor * configuration.training.learningRate
    if member.kind == .pairs { configuration.training.samplesPerClass = Self.samplesPerClass }
    return LossComparison.Way("\(title), \(member.title)", configuration)
  }
}

extension StudySession {
  /// Omniglot: the characters of the background alphabets, and those of the evaluation alphabets.
  func unseenCharacters() throws -> OpenSetTask {
    let folder = path(.omniglot) ?? "omniglot"
    let (known, unseen) = try (
      Omniglot(.background, in: folder), Omniglot(.evaluation, in: folder)
    )
    let classes = Array(
      known.classNames.indices.prefix(choose(smoke: 24, quick: 250, full: .max)))
    let others = Array(
      unseen.classNames.indices.prefix(choose(smoke: 20, quick: 150, full: .max)))
    let chosen = unseen.pictures.indices(of: others)
    let test = unseen.pictures.select(chosen)
    let split = try OpenSetSplit(
      name: "omniglot", train: known.pictures.only(classes),
      classNames: classes.map { known.classNames[$0] }, test: test,
      pairs: VerificationPairs(labels: test.labels.map { Int($0) })!,
      trials: OneShotTrials(
        labels: test.labels, drawers: chosen.map { unseen.drawers[$0] },
        alphabets: unseen.alphabetOfClass))
    return OpenSetTask(
      title: "Omniglot", dataset: "omniglot", epochs: choose(smoke: 1, quick: 4, full: 7),
      batchSize: choose(smoke: 64, quick: 128, full: 128)
    ) { _ in split }
  }

  /// ORL: half of the people, at random, and the others.
  func unseenORL() throws -> OpenSetTask {
    let faces = try ORL.pictures(in: path(.orl) ?? "orl", size: (width: 32, height: 40))
    return OpenSetTask(
      title: "ORL", dataset: "orl", epochs: choose(smoke: 1, quick: 20, full: 60), batchSize: 40
    ) { seed in
      var random = SplitMix64(seed)
      let people = faces.classNames.indices.shuffled(using: &random)
      let (known, unseen) = (
        Array(people.prefix(people.count / 2)), Array(people.dropFirst(people.count / 2))
      )
      let test = try faces.pictures.only(unseen)
      return try OpenSetSplit(
        name: "orl", train: faces.pictures.only(known),
        classNames: known.map { faces.classNames[$0] }, test: test,
        // All pairs of one person are 900: so few are drawn that they hardly repeat.
        pairs: VerificationPairs(labels: test.labels.map { Int($0) }, count: 600)!)
    }
  }

  /// LFW: the people of the first folds of the pairs and those of no pair, and the pairs of the last folds
  /// with the pictures that they name.
  func unseenLFW() throws -> OpenSetTask {
    let faces = try LFW(in: path(.lfw) ?? "lfw")
    let file = try faces.pairs()
    let firstFold = file.foldCount / 2
    let judged = file.people(inFolds: Set(firstFold..<file.foldCount))
    let options = PictureFolder.Options(channels: 1, size: (width: 45, height: 45))
    let known = try faces.pictures(
      atLeast: choose(smoke: 30, quick: 4, full: 4), options: options
    ) { !judged.contains($0) }
    // Of each kind a twelfth will do to show that it runs.
    let step = choose(smoke: 12, quick: 1, full: 1)
    let pairs = file.pairs.filter { $0.fold >= firstFold }.enumerated()
      .filter { $0.offset % step == 0 }.map(\.element)
    let (names, people) = (
      Set(pairs.flatMap { [$0.first, $0.second] }),
      Set(pairs.flatMap { [$0.firstPerson, $0.secondPerson] })
    )
    let others = try faces.pictures(options: options) { people.contains($0) }
    let chosen = others.names.indices.filter { names.contains(others.names[$0]) }
    let places = Dictionary(
      uniqueKeysWithValues: chosen.enumerated().map { (others.names[$1], $0) })
    let split = try OpenSetSplit(
      name: "lfw", train: known.pictures.prefixOfClasses(choose(smoke: 6, quick: 20, full: 20)),
      classNames: known.classNames, test: others.pictures.select(chosen),
      pairs: VerificationPairs(
        pairs.map { pair -> VerificationPairs.Pair in
          guard let first = places[pair.first], let second = places[pair.second] else {
            throw DatasetError(
              "lfw: pairs.txt names \(pair.first) and \(pair.second), which are not both there",
              remedy: "Use the pictures that the pairs are of.")
          }
          return VerificationPairs.Pair(
            first: first, second: second, isSame: pair.isSame, fold: pair.fold - firstFold)
        }))
    return OpenSetTask(
      title: "LFW", dataset: "lfw", epochs: choose(smoke: 1, quick: 4, full: 20),
      batchSize: choose(smoke: 32, quick: 64, full: 64)
    ) { _ in split }
  }
}

/// Trials of telling 20 characters of an alphabet apart, each known by a single drawing of one person and
/// drawn by another person.
///
/// Lake, Salakhutdinov and Tenenbaum, 2015; here 20 trials for each alphabet, drawn at random.
struct OneShotTrials {
  private static let characterCount = 20
  private static let trialsPerAlphabet = 20

  /// By trial the drawings that are known, and in the same order those to be told: places of pictures.
  let trials: [(known: [Int], asked: [Int])]

  /// - Parameters:
  ///   - labels: The character of each picture.
  ///   - drawers: Who drew each picture, from 1.
  ///   - alphabets: The alphabet of each character.
  /// - Returns: nil if no alphabet has 20 characters.
  init?(labels: [Int32], drawers: [Int], alphabets: [Int]) {
    struct Drawing: Hashable {
      var character, drawer: Int
    }
    var places: [Drawing: Int] = [:]
    for (place, label) in labels.enumerated() {
      places[Drawing(character: Int(label), drawer: drawers[place])] = place
    }
    let characters = Dictionary(grouping: Set(labels).map { Int($0) }.sorted()) { alphabets[$0] }
    var random = SplitMix64(1)
    var trials: [(known: [Int], asked: [Int])] = []
    for (_, members) in characters.sorted(by: { $0.key < $1.key })
    where members.count >= Self.characterCount {
      for _ in 0..<Self.trialsPerAlphabet {
        let chosen = members.shuffled(using: &random).prefix(Self.characterCount)
        let people = (1...Omniglot.drawerCount).shuffled(using: &random)
        func drawings(by drawer: Int) -> [Int] {
          chosen.compactMap { places[Drawing(character: $0, drawer: drawer)] }
        }
        let (known, asked) = (drawings(by: people[0]), drawings(by: people[1]))
        // A character that somebody did not draw would leave a trial of fewer.
        guard known.count == Self.characterCount, asked.count == Self.characterCount else {
          continue
        }
        trials.append((known, asked))
      }
    }
    guard !trials.isEmpty else { return nil }
    self.trials = trials
  }

  /// Whether each drawing that is asked for is nearest to that of the same character, by the cosine.
  func isRight(_ embeddings: Embeddings) -> [Bool] {
    let (unit, dimension) = (embeddings.normalized().values, embeddings.dimension)
    func cosine(_ a: Int, _ b: Int) -> Float {
      var sum: Float = 0
      for k in 0..<dimension { sum += unit[a * dimension + k] * unit[b * dimension + k] }
      return sum
    }
    return trials.flatMap { trial in
      trial.asked.indices.map { own in
        let score = cosine(trial.asked[own], trial.known[own])
        // Of equal ones the others are nearer: features that are all the same tell nothing.
        return trial.known.indices.allSatisfy {
          $0 == own || cosine(trial.asked[own], trial.known[$0]) < score
        }
      }
    }
  }
}

extension PictureSet {
  fileprivate func indices(of classes: [Int]) -> [Int] {
    let wanted = Set(classes)
    return labels.indices.filter { wanted.contains(Int(labels[$0])) }
  }

  /// The pictures of some classes, which are numbered anew in the order that they are given in.
  fileprivate func only(_ classes: [Int]) throws -> PictureSet {
    let chosen = select(indices(of: classes))
    let numbers = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Int32($0)) })
    return try PictureSet(
      pixels: chosen.pixels, labels: chosen.labels.map { numbers[Int($0)]! }, channels: channels,
      height: height, width: width)
  }

  /// So many pictures of each class at most, from the first.
  fileprivate func prefixOfClasses(_ count: Int) -> PictureSet {
    var seen: [Int32: Int] = [:]
    return select(
      labels.indices.filter { index in
        seen[labels[index], default: 0] += 1
        return seen[labels[index]]! <= count
      })
  }
}
