import Foundation

/// The figures of a report as standalone SVG documents, readable in light and dark surroundings.
///
/// None fails: what cannot be drawn (numbers that are not finite, points without direction, no
/// points at all) is left out and said beneath the figure.
public enum Figures {
  /// Two features as a disc around the origin, within a ring that marks the direction of every
  /// point whatever its norm: fans show as wide arcs that touch, rays as narrow separate ones.
  ///
  /// Both axes share one scale. It reaches to the 99.5th percentile of the norms; points farther
  /// out stand on the rim. About 2,000 points are drawn, evenly chosen from each class.
  public static func scatter(_ run: RunSummary, classNames: [String]) -> String {
    ScatterFigure(run: run, names: ClassNames(names: classNames)).drawing.standalone
  }

  /// Three features by their directions on a sphere, orthographic, with a small view from behind.
  public static func sphere(_ run: RunSummary, classNames: [String]) -> String {
    SphereFigure(run: run, names: ClassNames(names: classNames)).drawing.standalone
  }

  /// Features of any dimension: the angle of each point to the centre of its own class against
  /// the angle to the nearest other centre, in degrees.
  ///
  /// A centre is the direction of the mean of the class's unit vectors. Each hump stands on its
  /// own height.
  public static func angles(_ run: RunSummary) -> String {
    AnglesFigure(run: run).drawing.standalone
  }

  /// The curves of several runs in one plot, over epochs or over the values of a parameter.
  ///
  /// Intervals are drawn where points have them.
  ///
  /// - Parameters:
  ///   - curves: With their names.
  ///   - xTitle: What is on the horizontal axis.
  ///   - xIsLogarithmic: Whether it is logarithmic, for which its values have to be above 0.
  ///   - yTitle: What is on the vertical axis, and the heading.
  ///   - yIsLogarithmic: Whether it is logarithmic, which it is only where all values are above 0; if nil,
  ///     where they also span more than a factor of 30.
  public static func curves(
    _ curves: [(title: String, curve: RunSummary.Curve)], xTitle: String = "epoch",
    xIsLogarithmic: Bool = false, yTitle: String, yIsLogarithmic: Bool? = nil
  ) -> String {
    CurvesFigure(
      curves: curves, xTitle: xTitle, xIsLogarithmic: xIsLogarithmic,
      yIsLogarithmic: yIsLogarithmic, yTitle: yTitle
    ).drawing.standalone
  }

  /// Numbers with their 95 % intervals, one below the other: what overlaps is not told apart at a glance.
  ///
  /// - Parameters:
  ///   - rows: In the order they stand; nil ends where there is no interval.
  ///   - title: The heading.
  ///   - unit: "%", "°" or empty.
  public static func intervals(
    _ rows: [(name: String, value: Double, lower: Double?, upper: Double?)], title: String,
    unit: String = ""
  ) -> String {
    IntervalsFigure(rows: rows, title: title, unit: unit).drawing.standalone
  }

  /// Pictures in rows and columns, such as originals beside what networks made of them.
  ///
  /// - Parameters:
  ///   - rows: With their names, on the left, and a PNG file for each column; nil leaves a place empty.
  ///   - columns: Their names, above.
  ///   - title: The heading.
  ///   - notes: What the reader must know, in whole sentences.
  ///   - size: Of every picture, in pixels of the figure; files of another size are scaled.
  public static func pictures(
    _ rows: [(name: String, pictures: [Data?])], columns: [String], title: String,
    notes: [String] = [], size: (width: Double, height: Double)
  ) -> String {
    PicturesFigure(rows: rows, columns: columns, title: title, notes: notes, size: size)
      .drawing.standalone
  }

  /// The operating curves of several runs: true accepts over false accepts, or false rejects over
  /// false accepts, with the point of equal error on each.
  ///
  /// The false accept rate is logarithmic, from one pair's worth on. What rests on fewer than ten
  /// pairs is shaded as not resolvable.
  public static func rateCurves(
    _ runs: [(title: String, separation: RunSummary.Separation)], kind: RateCurves = .roc
  ) -> String {
    RateCurvesFigure(runs: runs, kind: kind).drawing.standalone
  }

  /// The densities of the scores of pairs of the same class and of different ones, and the
  /// threshold between them.
  public static func scoreHistogram(_ run: RunSummary) -> String {
    ScoreHistogramFigure(run: run).drawing.standalone
  }

  /// Angles within and between classes, as counted in ``RunSummary/angles``.
  public static func angleDistribution(_ run: RunSummary) -> String {
    AngleDistributionFigure(run: run).drawing.standalone
  }

  /// The share of right answers by confidence with 95 % intervals (Wilson), over the number of
  /// examples; as trained and calibrated side by side.
  public static func reliability(_ run: RunSummary) -> String {
    ReliabilityFigure(run: run).drawing.standalone
  }

  /// The confusion matrix: numbers up to 14 classes, beyond a map of shares; with the largest
  /// confusions in words.
  public static func confusion(_ run: RunSummary) -> String {
    ConfusionFigure(run: run).drawing.standalone
  }

  /// Samples that are nearer to one of another class than to one of their own, with their pictures: a column
  /// for each of the run's similarities.
  ///
  /// - Parameters:
  ///   - run: One that kept triples; of another the figure says that there are none.
  ///   - note: Which samples a row has, where it is not the farthest of the first's own class.
  public static func failingTriples(_ run: RunSummary, note: String? = nil) -> String {
    var figure = TriplesFigure(run: run)
    if let note { figure.note = note }
    return figure.drawing.standalone
  }

  /// Points of a projection, such as PCA or t-SNE, with the name of each class at its median: a plane with
  /// one scale for both axes, or for three coordinates a cloud in a box, seen from one side.
  ///
  /// - Parameters:
  ///   - points: Of 2 or 3 dimensions.
  ///   - title: The heading.
  ///   - subtitle: The line below it.
  ///   - notes: What the reader must know, in whole sentences.
  ///   - classNames: By label.
  public static func projection(
    _ points: RunSummary.Features, title: String, subtitle: String, notes: [String],
    classNames: [String]
  ) -> String {
    let projected = ProjectedPoints(
      features: points, title: title, subtitle: subtitle, notes: notes,
      names: ClassNames(names: classNames))
    return switch points.dimension {
    case 2: ProjectionFigure(points: projected).drawing.standalone
    case 3: PointCloudFigure(points: projected).drawing.standalone
    default:
      Drawing.message(
        "A projection is drawn in 2 or 3 dimensions; this one has \(points.dimension).",
        title: title, subtitle: subtitle
      ).standalone
    }
  }

  /// The figure that fits the run: ``scatter(_:classNames:)`` for 2 features,
  /// ``sphere(_:classNames:)`` for 3, ``angles(_:)`` for any other number; nil without features.
  public static func figure(for run: RunSummary, classNames: [String]) -> String? {
    drawing(for: run, names: ClassNames(names: classNames))?.standalone
  }

  static func drawing(for run: RunSummary, names: ClassNames) -> Drawing? {
    switch run.features?.dimension {
    case nil: nil
    case 2: ScatterFigure(run: run, names: names).drawing
    case 3: SphereFigure(run: run, names: names).drawing
    default: AnglesFigure(run: run).drawing
    }
  }
}
