import Dispatch
import Foundation
import Synchronization

/// Waits for Ctrl-C (or a polite kill): the first one asks the work to stop at a good place, the
/// second one ends the program at once.
final class Interruption: Sendable {
  private let received = Atomic<Int32>(0)
  private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []

  init() {
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [weak self] in
        guard let self else { return }
        if self.received.load(ordering: .relaxed) != 0 { _exit(128 + number) }
        self.received.store(number, ordering: .relaxed)
        printError("\nstopping after this batch; once more stops at once")
      }
      source.resume()
      return source
    }
  }

  var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// What the program ends with.
  var code: Failure.Code {
    received.load(ordering: .relaxed) == SIGTERM ? .terminated : .interrupted
  }
}
