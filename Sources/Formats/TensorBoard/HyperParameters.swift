import Foundation

extension TensorBoard {
  /// A setting of a training.
  public struct HyperParameter: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
      case number(Double)
      case text(String)
      case flag(Bool)
    }

    public var name: String
    public var value: Value

    public init(_ name: String, _ value: Value) { (self.name, self.value) = (name, value) }
  }

  /// A number by which trainings are compared: the last value of a scalar of their folders.
  public struct Metric: Sendable, Equatable {
    /// The scalar's tag.
    public var tag: String
    public var title: String
    public var description: String

    public init(tag: String, title: String, description: String = "") {
      (self.tag, self.title, self.description) = (tag, title, description)
    }
  }
}

extension TensorBoard.Summary {
  /// What trainings that are compared have in common: the columns of the table that TensorBoard makes
  /// of them. It stands in one file, best in the folder above theirs; without it TensorBoard takes all
  /// settings and all scalars that it finds.
  ///
  /// - Parameters:
  ///   - sessions: The settings of each training.
  ///   - metrics: The numbers to compare.
  public static func experiment(
    sessions: [[TensorBoard.HyperParameter]], metrics: [TensorBoard.Metric]
  ) -> TensorBoard.Summary {
    var names: [String] = []
    var values: [String: [TensorBoard.HyperParameter.Value]] = [:]
    for parameter in sessions.joined() {
      if values[parameter.name] == nil { names.append(parameter.name) }
      values[parameter.name, default: []].append(parameter.value)
    }
    var experiment = ProtobufMessage()
    for name in names { experiment.add(4, information(name, values[name]!)) }
    for metric in metrics {
      experiment.add(5) { information in
        information.add(1) { $0.add(2, metric.tag) }
        information.add(3, metric.title)
        information.add(4, metric.description)
      }
    }
    return hyperParameters("experiment", field: 2, experiment)
  }

  /// The settings of the training in whose folder this stands.
  ///
  /// - Parameters:
  ///   - parameters: The settings with their values.
  ///   - group: Trainings of one group are one row of the table, with the means of their numbers; nil
  ///     for a row of its own.
  public static func sessionStart(
    _ parameters: [TensorBoard.HyperParameter], group: String? = nil
  ) -> TensorBoard.Summary {
    var session = ProtobufMessage()
    for parameter in parameters {
      session.add(1) { entry in
        entry.add(1, parameter.name)
        entry.add(2, parameter.value.message)
      }
    }
    if let group { session.add(4, group) }
    return hyperParameters("session_start_info", field: 3, session)
  }

  /// That the training in whose folder this stands came to its end at that time.
  public static func sessionEnd(at time: Date = .now) -> TensorBoard.Summary {
    var session = ProtobufMessage()
    session.add(1, 1)  // STATUS_SUCCESS
    session.add(2, time.timeIntervalSince1970)
    return hyperParameters("session_end_info", field: 4, session)
  }

  /// The message `HParamInfo`: type, and the values that occur.
  private static func information(
    _ name: String, _ values: [TensorBoard.HyperParameter.Value]
  ) -> ProtobufMessage {
    var information = ProtobufMessage()
    information.add(1, name)
    let numbers = values.compactMap(\.number)
    if numbers.count == values.count {
      information.add(4, 3)  // DATA_TYPE_FLOAT64
      information.add(6) { interval in
        interval.add(1, numbers.min()!)
        interval.add(2, numbers.max()!)
      }
    } else {
      let isFlag = values.allSatisfy { if case .flag = $0 { true } else { false } }
      information.add(4, isFlag ? 2 : 1)  // DATA_TYPE_BOOL or DATA_TYPE_STRING
      var texts: [String] = []
      information.add(5) { domain in
        for value in values where !texts.contains(value.text) {
          texts.append(value.text)
          domain.add(
            1, isFlag ? value.message : TensorBoard.HyperParameter.Value.text(value.text).message)
        }
      }
    }
    information.add(7, values.contains { $0 != values[0] })
    return information
  }

  /// All is in the metadata; the tensor is empty.
  private static func hyperParameters(
    _ name: String, field: Int, _ message: ProtobufMessage
  ) -> TensorBoard.Summary {
    var content = ProtobufMessage()
    content.add(field, message)
    return TensorBoard.Summary(
      "_hparams_/\(name)", plugin: "hparams", content: content, .tensor, description: "",
      TensorBoard.Tensor([Float](), shape: [0]))
  }
}

extension TensorBoard.HyperParameter.Value {
  /// The number, where it is one that JSON can carry to the page.
  fileprivate var number: Double? {
    if case .number(let number) = self, number.isFinite { number } else { nil }
  }

  fileprivate var text: String {
    switch self {
    case .number(let number): "\(number)"
    case .text(let text): text
    case .flag(let flag): "\(flag)"
    }
  }

  /// The message `google.protobuf.Value`.
  fileprivate var message: ProtobufMessage {
    var message = ProtobufMessage()
    if let number {
      message.add(2, number)
    } else if case .flag(let flag) = self {
      message.add(4, flag)
    } else {
      message.add(3, text)
    }
    return message
  }
}
