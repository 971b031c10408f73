import Foundation

/// Where the program may keep what it can fetch again.
enum UserCache {
  /// The folder for one data set in the user's cache; it may not exist yet.
  ///
  /// `$XDG_CACHE_HOME/margin`, else `~/.cache/margin`; on macOS `~/Library/Caches/margin`.
  static func folder(for dataset: String) -> String {
    #if os(macOS)
      let cache = NSHomeDirectory() + "/Library/Caches"
    #else
      // The XDG specification has a relative path ignored.
      let chosen = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"]
      let cache = chosen.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory() + "/.cache"
    #endif
    return cache + "/margin/" + dataset
  }
}
