import CTorch

/// An error that libtorch reported, with its own message.
public struct TorchError: Error, Sendable, CustomStringConvertible {
  /// What libtorch said.
  public let message: String
  /// What was being done, such as "aten::matmul".
  public let context: String?

  public init(_ message: String, context: String? = nil) {
    self.message = message
    self.context = context
  }

  public var description: String {
    context.map { "\($0): \(message)" } ?? message
  }

  /// Throws the last error of this thread unless `status` is 0.
  static func check(_ status: Int32, _ context: @autoclosure () -> String? = nil) throws {
    guard status != 0 else { return }
    throw TorchError(String(cString: ct_last_error()), context: context())
  }
}
