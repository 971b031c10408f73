import Datasets
import Evaluation
import RandomNumbers
import Torch

/// Pictures of two by two cells with a digit each, at half its size, of which some are asked for.
struct Mosaics {
  static let size = 28
  /// The digits below are asked for; the others fill cells.
  static let classCount = 8
  let pictures: PictureSet
  /// The digits that are there and asked for.
  let labels: [Set<Int>]

  /// - Parameter filled: How many cells have a digit that is asked for, each number as often.
  init(_ count: Int, of digits: PictureSet, filled: ClosedRange<Int>, seed: UInt64) {
    var random = SplitMix64(seed)
    let side = Self.size / 2
    let wanted = digits.labels.indices.filter { digits.labels[$0] < Self.classCount }
    let others = digits.labels.indices.filter { digits.labels[$0] >= Self.classCount }
    var pixels = [UInt8](repeating: 0, count: count * Self.size * Self.size)
    var labels: [Set<Int>] = []
    for picture in 0..<count {
      var present: Set<Int> = []
      let wantedCount = Int.random(in: filled, using: &random)
      for (place, cell) in (0..<4).shuffled(using: &random).enumerated() {
        let digit = (place < wantedCount ? wanted : others).randomElement(using: &random)!
        if place < wantedCount { present.insert(Int(digits.labels[digit])) }
        let corner = (cell / 2) * side * Self.size + (cell % 2) * side
        for row in 0..<side {
          for column in 0..<side {
            // The mean of two by two pixels.
            let first = digit * Self.size * Self.size + 2 * row * Self.size + 2 * column
            let four = [0, 1, Self.size, Self.size + 1].map { Int(digits.pixels[first + $0]) }
            pixels[picture * Self.size * Self.size + corner + row * Self.size + column] =
              UInt8((four.reduce(0, +) + 2) / 4)
          }
        }
      }
      labels.append(present)
    }
    self.labels = labels
    pictures = try! PictureSet(
      pixels: pixels, labels: labels.map { Int32($0.count) }, channels: 1, height: Self.size,
      width: Self.size)
  }

  /// [n, 8], 1 where a digit is there.
  func targets(_ indices: some Collection<Int>) throws -> Tensor {
    try Tensor(
      indices.flatMap { index in
        (0..<Self.classCount).map { labels[index].contains($0) ? 1 : 0 as Float }
      }, shape: [indices.count, Self.classCount])
  }
}

/// How it is decided from a picture's probabilities which digits are there, and whether that is right.
struct Decision: Codable {
  /// Whether a digit has to be above a share of the largest probability, or above a threshold.
  var isRelative: Bool
  /// The share or the threshold with the most exact matches in the validation part.
  var number: Double
  /// How many pictures of the validation part have exactly their digits above it.
  var matchCount: Int
  /// Whether each test picture has.
  var isExact: [Bool]

  var exactShare: Estimate { .share(isExact.count { $0 }, of: isExact.count) }

  /// - Parameters:
  ///   - validation: Probabilities of each picture, and its digits.
  ///   - test: The same.
  init(
    isRelative: Bool, validation: ([[Double]], [Set<Int>]), test: ([[Double]], [Set<Int>])
  ) {
    func matches(_ part: ([[Double]], [Set<Int>]), _ number: Double) -> [Bool] {
      zip(part.0, part.1).map { row, labels in
        let bound = isRelative ? number * row.max()! : number
        return (0..<Mosaics.classCount).allSatisfy { (row[$0] > bound) == labels.contains($0) }
      }
    }
    let candidates = (1..<200).map { Double($0) / 200 }
    let counts = candidates.map { matches(validation, $0).count { $0 } }
    matchCount = counts.max()!
    number = candidates[counts.firstIndex(of: matchCount)!]
    self.isRelative = isRelative
    isExact = matches(test, number)
  }
}

/// How well the digits of pictures are found.
struct LabelScores: Codable {
  /// How many different digits are in each test picture.
  var labelCounts: [Int]
  var threshold, shareOfLargest: Decision
  /// Whether the most probable digit of each is there.
  var topIsRight: [Bool]
  /// By digit: the area under the ROC.
  var areas: [Double]
  /// The mean over digits, each with the threshold that is best in the validation part.
  var macroF1: Double
  /// The mean probability of the digits in pictures with one to four of them.
  var meanPresent: [Double]

  /// What is right more often in the validation part.
  var chosen: Decision {
    shareOfLargest.matchCount > threshold.matchCount ? shareOfLargest : threshold
  }

  init(validation: (Mosaics, Tensor), test: (Mosaics, Tensor)) throws {
    func rows(_ probabilities: Tensor) throws -> [[Double]] {
      let values = try probabilities.to(.float64).elements(Double.self)
      let width = probabilities.shape[1]
      return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    }
    let (known, probabilities) = try (rows(validation.1), rows(test.1))
    func decision(isRelative: Bool) -> Decision {
      Decision(
        isRelative: isRelative, validation: (known, validation.0.labels),
        test: (probabilities, test.0.labels))
    }
    labelCounts = test.0.labels.map(\.count)
    (threshold, shareOfLargest) = (decision(isRelative: false), decision(isRelative: true))
    let classes = 0..<Mosaics.classCount
    topIsRight = zip(probabilities, test.0.labels).map { row, labels in
      labels.contains(classes.max { row[$0] < row[$1] }!)
    }
    func curve(_ rows: [[Double]], _ mosaics: Mosaics, _ label: Int) throws -> RankingCurve {
      try RankingCurve(
        scores: rows.map { $0[label] }, isPositive: mosaics.labels.map { $0.contains(label) })
    }
    areas = try classes.map { try curve(probabilities, test.0, $0).area }
    macroF1 =
      try classes.map { label in
        let best = try curve(known, validation.0, label).bestF1.threshold
        let pairs = zip(probabilities, test.0.labels).map {
          (isFound: $0[label] >= best, isThere: $1.contains(label))
        }
        let hits = Double(pairs.count { $0.isFound && $0.isThere })
        return 2 * hits / Double(pairs.count { $0.isFound } + pairs.count { $0.isThere })
      }.reduce(0, +) / Double(Mosaics.classCount)
    meanPresent = (1...4).map { count in
      let values = zip(probabilities, test.0.labels).filter { $0.1.count == count }
        .flatMap { row, labels in labels.map { row[$0] } }
      return values.reduce(0, +) / Double(max(values.count, 1))
    }
  }
}
