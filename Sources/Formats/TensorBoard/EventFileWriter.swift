import Foundation

extension TensorBoard {
  /// An event file that grows: what is written can be read at once, by a running TensorBoard too.
  ///
  /// Every call appends whole records. A training that is taken up again opens another file in the
  /// same folder; readers take files in the order of their names, and drop what an earlier file holds
  /// of the step it starts at and later ones.
  public final class EventFileWriter {
    public let path: String
    private let descriptor: Int32

    /// Makes a new file `events.out.tfevents.SECONDS.HOST` in a folder that is there.
    ///
    /// SECONDS are those of now since 1970, or more if the folder holds a file as new.
    ///
    /// - Parameters:
    ///   - folder: Where it is made.
    ///   - firstStep: The step that will be written first. Events that other files of the folder hold
    ///     of this step and later ones are void.
    /// - Throws: `FileError` of kind `.inputOutput`.
    public init(folder: String, firstStep: Int) throws(FileError) {
      try FileError.checkPath(folder, .inputOutput)
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      let newest = names.compactMap(Self.seconds).max() ?? 0
      var seconds = max(Int(Date.now.timeIntervalSince1970), newest + 1)
      var (path, descriptor) = ("", Int32(-1))
      while descriptor < 0 {
        path = folder + "/\(Self.prefix)\(seconds).\(Self.host)"
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 || errno == EEXIST else {
          throw .system(.inputOutput, path: path, "write")
        }
        seconds += 1
      }
      (self.path, self.descriptor) = (path, descriptor)
      try append(Event.version() + Event.sessionStart(step: firstStep))
    }

    deinit { close(descriptor) }

    /// Appends summaries of a step.
    ///
    /// - Throws: `FileError` of kind `.inputOutput`.
    public func write(_ summaries: [Summary], step: Int) throws(FileError) {
      try append(Event.summaries(summaries, step: step))
    }

    private func append(_ records: [UInt8]) throws(FileError) {
      let code = records.withUnsafeBytes { writeFully($0, to: descriptor) }
      if let code { throw .system(.inputOutput, path: path, "write", code: code) }
    }

    private static let prefix = "events.out.tfevents."

    private static func seconds(_ name: String) -> Int? {
      guard name.hasPrefix(prefix) else { return nil }
      return Int(name.dropFirst(prefix.count).prefix { $0 != "." })
    }

    private static let host: String = {
      var name = [CChar](repeating: 0, count: 256)
      // One byte stays 0 if the name is cut off.
      guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
      let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      let text = String(decoding: bytes, as: UTF8.self).filter {
        $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".")
      }
      return text.isEmpty ? "localhost" : text
    }()
  }

  /// Writes an event file of one step, whole or not at all, in place of one that may be there: for
  /// what is worked out from a finished training, as often as one likes.
  ///
  /// - Parameters:
  ///   - summaries: What it holds.
  ///   - step: The step of all of them.
  ///   - path: TensorBoard reads files whose name contains "tfevents". A name that is not
  ///     `EventFileWriter`'s comes after these if it goes on with a letter:
  ///     `events.out.tfevents.results`.
  /// - Throws: `FileError` of kind `.inputOutput`.
  public static func write(_ summaries: [Summary], step: Int, to path: String) throws(FileError) {
    try AtomicFile.write(Event.version() + Event.summaries(summaries, step: step), to: path)
  }

  /// The records of `event.proto`'s message `Event`.
  private enum Event {
    private static func record(step: Int, _ content: (inout ProtobufMessage) -> Void) -> [UInt8] {
      var event = ProtobufMessage()
      event.add(1, Date.now.timeIntervalSince1970)
      event.add(2, step)
      content(&event)
      return TFRecord.encode(event.bytes)
    }

    /// What every file starts with.
    static func version() -> [UInt8] { record(step: 0) { $0.add(3, "brain.Event:2") } }

    /// A `SessionLog` of status START.
    static func sessionStart(step: Int) -> [UInt8] {
      record(step: step) { $0.add(7) { $0.add(1, 1) } }
    }

    static func summaries(_ summaries: [Summary], step: Int) -> [UInt8] {
      record(step: step) { event in
        event.add(5) { list in
          for summary in summaries { list.add(1, summary.message) }
        }
      }
    }
  }
}
