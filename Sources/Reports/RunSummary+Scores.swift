extension RunSummary {
  /// What the scores of the classes are worth as probabilities and as decisions.
  public struct Scores: Codable, Sendable {
    /// Of the scores as they were trained.
    public var reliability: Reliability?
    /// Of the same scores after a calibration, such as a temperature.
    public var calibrated: Reliability?
    public var confusion: Confusion?

    public init(
      reliability: Reliability? = nil, calibrated: Reliability? = nil, confusion: Confusion? = nil
    ) {
      self.reliability = reliability
      self.calibrated = calibrated
      self.confusion = confusion
    }
  }

  /// How often the class with the largest probability is right, by that probability.
  public struct Reliability: Codable, Sendable {
    /// The examples whose largest probability lies between two bounds.
    public struct Bin: Codable, Sendable {
      public var lower: Double
      public var upper: Double
      public var count: Int
      /// Mean of the largest probability, 0 to 1; of no meaning where `count` is 0.
      public var meanConfidence: Double
      /// Share of these examples that are right, 0 to 1; of no meaning where `count` is 0.
      public var accuracy: Double

      public init(
        lower: Double, upper: Double, count: Int, meanConfidence: Double, accuracy: Double
      ) {
        self.lower = lower
        self.upper = upper
        self.count = count
        self.meanConfidence = meanConfidence
        self.accuracy = accuracy
      }
    }

    /// What was done to the scores: `as trained`, `temperature 1.8`.
    public var title: String
    public var bins: [Bin]

    public init(title: String, bins: [Bin]) {
      self.title = title
      self.bins = bins
    }
  }

  /// Which classes were taken for which.
  public struct Confusion: Codable, Sendable {
    /// `counts` rows and columns have this order.
    public var classNames: [String]
    /// `classes × classes`, row-major: the row is the true class, the column the predicted one.
    public var counts: [Int]

    public init(classNames: [String], counts: [Int]) {
      self.classNames = classNames
      self.counts = counts
    }
  }
}
