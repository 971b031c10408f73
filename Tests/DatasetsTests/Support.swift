import ArchiveWriter
import Datasets
import Formats
import Foundation

/// A folder for one test, removed when `body` is done.
func withTemporaryFolder<T>(_ body: (String) throws -> T) throws -> T {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "datasets-\(UUID().uuidString)"
  ).path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// The folder of an original set, where this checkout has it beside it.
func sharedData(_ name: String) -> String {
  let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  return repository.appendingPathComponent("../shared/data/" + name).standardizedFileURL.path
}
func hasSharedData(_ name: String) -> Bool {
  FileManager.default.fileExists(atPath: sharedData(name))
}

let sharedMNIST = sharedData("mnist")
let hasSharedMNIST = hasSharedData("mnist")

/// What the body threw, as a user reads it.
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "(nothing was thrown)"
  } catch {
    return String(describing: error)
  }
}

/// Pictures of 2 × 3 pixels, picture `i` filled with `i`.
func smallPictures(labels: [Int32], channels: Int = 1, height: Int = 2) throws -> PictureSet {
  let size = channels * height * 3
  let pixels = labels.indices.flatMap { [UInt8](repeating: UInt8($0), count: size) }
  return try PictureSet(
    pixels: pixels, labels: labels, channels: channels, height: height, width: 3)
}

/// Writes four small files as MNIST names them, 4 training and 2 test pictures of 2 × 3.
func writeSmallMNIST(to folder: String, suffix: String = "", separator: String = "-") throws {
  for (part, labels) in [("train", [3, 1, 4, 1]), ("t10k", [5, 9])] as [(String, [UInt8])] {
    try IDX(shape: [labels.count, 2, 3], bytes: (0..<UInt8(labels.count * 6)).map { $0 })
      .write(
        to: "\(folder)/\(part)-images\(separator)idx3-ubyte\(suffix)", compressed: suffix == ".gz")
    try IDX(shape: [labels.count], bytes: labels)
      .write(
        to: "\(folder)/\(part)-labels\(separator)idx1-ubyte\(suffix)", compressed: suffix == ".gz")
  }
}

/// The names of what a folder holds, sorted; none if there is no such folder.
func contents(of folder: String) -> [String] {
  ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
}

/// The bytes of a file.
func bytes(_ path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// A PGM or PPM file of one value.
func pnm(_ value: UInt8, width: Int = 3, height: Int = 2, channels: Int = 1) -> [UInt8] {
  Array("P\(channels == 1 ? 5 : 6) \(width) \(height) 255\n".utf8)
    + [UInt8](repeating: value, count: width * height * channels)
}

/// Writes a file, and the folders above it.
func write(_ bytes: [UInt8], to path: String) throws {
  try FileManager.default.createDirectory(
    at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
  try AtomicFile.write(bytes, to: path)
}

/// Writes files into a folder, or into an archive where the path ends as one.
func write(_ files: [(name: String, bytes: [UInt8])], to path: String) throws {
  if let form = ArchiveForm.allCases.first(where: { path.hasSuffix("." + $0.rawValue) }) {
    try FileManager.default.createDirectory(
      at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    try writeArchive(path, form, files.map { ($0.name, .file($0.bytes)) })
  } else {
    for (name, bytes) in files { try write(bytes, to: path + "/" + name) }
  }
}
