/// A tensor that a loss takes: its name, its axes, and what its elements are.
public struct InputDeclaration: Sendable, Equatable {
  /// What the elements of a tensor are.
  public enum Elements: Sendable, Equatable {
    /// Any finite numbers.
    case real
    /// int64 indices of classes, or the label that stands for "ignore this sample".
    case classes(ignoring: Int? = nil)
    /// Numbers of at least 0.
    case nonnegative
    /// Numbers in 0...1.
    case shares
    /// −1 or 1.
    case signs
  }

  /// A size that a letter names, the same in every tensor, times a fixed number: "2C". A small letter
  /// is a size of each tensor's own. With a prime, "K′", in a family of tensors, it is the K of the
  /// tensor that follows.
  public struct Axis: Sendable, Equatable {
    public let letter: Character
    public let multiple: Int
    public let isPrimed: Bool

    /// Whether other tensors need not have the same size.
    var isOwn: Bool { letter.isLowercase }
  }

  public let input: LossInput
  public let elements: Elements
  public let isOptional: Bool
  /// As formulas write them, joined by "×": "N×D", or "2C×D". Empty for a single number; "…" for any
  /// axes, the same in every tensor that has it. It is the only one then, or follows others.
  public let axes: String

  /// - Parameters:
  ///   - input: The name. One that ends in ".*" stands for any number of tensors whose names begin so.
  ///   - axes: See `axes`.
  ///   - elements: What the elements are.
  ///   - isOptional: Whether the loss can do without.
  public init(
    _ input: LossInput, _ axes: String, _ elements: Elements = .real, isOptional: Bool = false
  ) {
    self.input = input
    self.axes = axes
    self.elements = elements
    self.isOptional = isOptional
  }

  public var required: InputDeclaration { .init(input, axes, elements) }
  public var optional: InputDeclaration { .init(input, axes, elements, isOptional: true) }

  /// Whether a tensor of this name is meant.
  public func accepts(_ name: LossInput) -> Bool {
    input.familyPrefix.map { name.rawValue.hasPrefix($0) } ?? (name == input)
  }

  /// The axes by letter, without a "…" at the end.
  var leadingAxes: [Axis] {
    axes.split(separator: "×").filter { $0 != "…" }.map { text in
      let isPrimed = text.hasSuffix("′")
      let name = isPrimed ? text.dropLast() : text
      return Axis(letter: name.last!, multiple: Int(name.dropLast()) ?? 1, isPrimed: isPrimed)
    }
  }

  /// Whether any further axes follow.
  var hasFurtherAxes: Bool { axes.hasSuffix("…") }

  /// Names and shapes of tensors that fit: two for a family of tensors.
  ///
  /// - Parameters:
  ///   - sizes: By letter.
  ///   - further: What "…" stands for.
  ///   - draw: The size of an axis that has no letter among them, and of primed axes.
  func examples(
    sizes: [Character: Int], further: [Int], draw: (Axis) -> Int
  ) -> [(name: LossInput, shape: [Int])] {
    let names = input.familyPrefix.map { prefix in ["a", "b"].map { LossInput(prefix + $0) } }
    var sizes = sizes
    return (names ?? [input]).map { name in
      var following = sizes
      let shape = leadingAxes.map { axis in
        let size = axis.isPrimed ? draw(axis) : sizes[axis.letter] ?? draw(axis)
        if axis.isPrimed { following[axis.letter] = size }
        return axis.multiple * size
      }
      sizes = following
      return (name, shape + (hasFurtherAxes ? further : []))
    }
  }

  /// The type and range of the elements, in words.
  public var elementDescription: String {
    switch elements {
    case .real: "float32 or float64"
    case .classes(nil): "int64, 0 to C−1"
    case .classes(let ignored?): "int64, 0 to C−1, or \(ignored) to be ignored"
    case .nonnegative: "float32 or float64, at least 0"
    case .shares: "float32 or float64, 0 to 1"
    case .signs: "float32 or float64, −1 or 1"
    }
  }
}

// The tensors that many losses take.
extension InputDeclaration {
  static let features = InputDeclaration(.features, "N×D")
  static let weights = InputDeclaration(.weights, "C×D")
  static let labels = InputDeclaration(.labels, "N", .classes())
  static let probabilities = InputDeclaration(.probabilities, "N×C", .nonnegative)
  static let logits = InputDeclaration(.logits, "N×C")
  static let teacherLogits = InputDeclaration(.teacherLogits, "N×C")
  static let classWeights = InputDeclaration(.classWeights, "C", .nonnegative, isOptional: true)
}
