/// What one trained run shows: its curves, its numbers and, where they were kept, its
/// features and what was measured on them.
///
/// Everything is a plain value. Numbers that are not finite are left out of the figures and counted
/// there; a `JSONEncoder` needs a `nonConformingFloatEncodingStrategy` to write them.
public struct RunSummary: Codable, Sendable {
  /// A point of a curve.
  public struct Point: Codable, Sendable {
    public var x: Double
    public var y: Double
    /// The ends of the 95 % interval around `y`; nil where there is none.
    public var lower, upper: Double?

    public init(x: Double, y: Double, lower: Double? = nil, upper: Double? = nil) {
      self.x = x
      self.y = y
      (self.lower, self.upper) = (lower, upper)
    }
  }

  /// A quantity over the course of training, where `x` is the epoch and may be fractional, or over
  /// the values of a parameter.
  public struct Curve: Codable, Sendable {
    public var name: String
    public var points: [Point]

    public init(name: String, points: [Point]) {
      self.name = name
      self.points = points
    }
  }

  /// A choice made for the run, such as `margin` = `0.3`.
  public struct Setting: Codable, Sendable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Test examples as the network sees them.
  public struct Features: Codable, Sendable {
    /// Numbers per example.
    public var dimension: Int
    /// `count × dimension`, row-major.
    public var values: [Float]
    /// `count` class indices. Rows with a negative label are left out and counted.
    public var labels: [Int32]
    /// `classes × dimension`: the rows of the head's weight matrix, or nil if it has none.
    public var proxies: [Float]?
    /// Whether the head uses only the direction of its proxies.
    public var proxiesAreNormalized: Bool
    /// The picture behind each row, which a page shows at its point.
    public var pictures: Pictures?

    public init(
      dimension: Int, values: [Float], labels: [Int32], proxies: [Float]? = nil,
      proxiesAreNormalized: Bool = false, pictures: Pictures? = nil
    ) {
      self.dimension = dimension
      self.values = values
      self.labels = labels
      self.proxies = proxies
      self.proxiesAreNormalized = proxiesAreNormalized
      self.pictures = pictures
    }
  }

  /// One number that judges the run: a column of the report's table.
  public struct Metric: Codable, Sendable {
    /// The key of the metric that a single run is told by: the share of pairs told apart by the cosine.
    public static let decidingKey = "verification-cosine"

    /// Which values are good.
    public enum Better: String, Codable, Sendable {
      case higher
      case lower
      case neither
    }

    /// What tells this metric from others; runs with the same key share a column.
    public var key: String
    public var title: String
    public var value: Double
    /// Half the width of the 95 % interval around `value`, or nil if it is not known.
    public var spread: Double?
    /// `"%"`, `"°"` or empty.
    public var unit: String
    /// Digits after the decimal point, 0 to 9.
    public var digits: Int
    public var better: Better
    /// One sentence for the reader who meets the metric for the first time.
    public var explanation: String

    public init(
      key: String, title: String, value: Double, spread: Double? = nil, unit: String = "",
      digits: Int = 2, better: Better = .neither, explanation: String = ""
    ) {
      self.key = key
      self.title = title
      self.value = value
      self.spread = spread
      self.unit = unit
      self.digits = digits
      self.better = better
      self.explanation = explanation
    }
  }

  /// The loss as a program names it: `arcface`.
  public var name: String
  /// The loss as a reader names it: `ArcFace`.
  public var title: String
  public var settings: [Setting]
  public var trainingLoss: Curve
  /// In percent.
  public var testAccuracy: Curve
  /// In the order of the table; the first three head the run's figure.
  public var metrics: [Metric]
  public var features: Features?
  public var separation: Separation?
  public var scores: Scores?
  public var angles: Angles?
  /// By similarity.
  public var failingTriples: [FailingTriples]?

  public init(
    name: String, title: String, settings: [Setting] = [], trainingLoss: Curve,
    testAccuracy: Curve, metrics: [Metric] = [], features: Features? = nil,
    separation: Separation? = nil, scores: Scores? = nil, angles: Angles? = nil
  ) {
    self.name = name
    self.title = title
    self.settings = settings
    self.trainingLoss = trainingLoss
    self.testAccuracy = testAccuracy
    self.metrics = metrics
    self.features = features
    self.separation = separation
    self.scores = scores
    self.angles = angles
  }
}
