/// Cuts a text into words at white space, as Unicode has it.
///
/// Sets of texts are published with their tokens apart ("it 's", "end ."). Other texts should be
/// brought to the same form first: nothing else is cut off, "end." is a word of its own.
public struct Tokenizer: Sendable, Hashable, Codable {
  /// Whether upper case becomes lower case, so that "The" and "the" are one word.
  public var lowercases: Bool

  public init(lowercases: Bool = true) {
    self.lowercases = lowercases
  }

  /// The words of the text, in its order; none if it is blank.
  public func words(of text: String) -> [String] {
    (lowercases ? text.lowercased() : text).split(whereSeparator: \.isWhitespace).map(String.init)
  }
}
