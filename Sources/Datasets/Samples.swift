import Formats

/// One part of a data set: what a network sees, and the classes.
public enum Samples: Sendable {
  case pictures(PictureSet)
  case texts(TextSet)

  public var count: Int { labels.count }

  /// The class of each sample.
  public var labels: [Int32] {
    switch self {
    case .pictures(let pictures): pictures.labels
    case .texts(let texts): texts.labels
    }
  }

  /// The pictures, nil if the samples are none.
  public var pictures: PictureSet? {
    if case .pictures(let pictures) = self { pictures } else { nil }
  }

  /// The texts, nil if the samples are none.
  public var texts: TextSet? {
    if case .texts(let texts) = self { texts } else { nil }
  }

  /// One picture, nil for texts, and for pictures that are neither grey nor coloured.
  public func picture(_ index: Int) -> Picture? { pictures?.picture(index) }

  /// "pictures" or "texts".
  public var noun: String {
    switch self {
    case .pictures: "pictures"
    case .texts: "texts"
    }
  }
}
