import Evaluation
import Formats
import Foundation
import RandomNumbers
import Training

/// Features with their classes, from wherever they are.
struct LabelledEmbeddings {
  var embeddings: Embeddings
  var title: String
  /// Empty where they are not known.
  var classNames: [String]

  init(embeddings: Embeddings, title: String, classNames: [String]) {
    (self.embeddings, self.title, self.classNames) = (embeddings, title, classNames)
  }

  /// The features of a run's folder, or of a safetensors file with `features` and `labels`.
  ///
  /// - Throws: `FileError`.
  init(contentsOf path: String) throws {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard exists, isFolder.boolValue else {
      self.init(
        embeddings: try Self.read(path), title: (path as NSString).lastPathComponent,
        classNames: [])
      return
    }
    let directory = RunDirectory(path)
    let summary = try JSONFile.read(StoredSummary.self, from: directory.summaryPath)
    self.init(
      embeddings: try Self.read(directory.embeddingsPath), title: summary.run.title,
      classNames: summary.classNames)
  }

  private static func read(_ path: String) throws -> Embeddings {
    let file = try Safetensors(contentsOf: path)
    func malformed(_ problem: String) -> FileError {
      FileError(
        .malformed, path: path, problem: problem,
        remedy: "Give a file with float32 'features' [N, D] and int64 'labels' [N].")
    }
    guard let features = file.entries["features"] else {
      throw malformed("there is no tensor 'features'")
    }
    guard let values = features.floats, features.shape.count == 2, !values.isEmpty else {
      throw malformed(
        "the features are \(features.elementType.rawValue) \(features.shape), not float32 [N, D]")
    }
    guard let labels = file.entries["labels"]?.int64s else {
      throw malformed("there is no int64 tensor 'labels'")
    }
    guard labels.count == features.shape[0] else {
      throw malformed("there are \(features.shape[0]) features and \(labels.count) labels")
    }
    if let row = labels.firstIndex(where: { $0 < 0 || $0 > Int32.max }) {
      throw malformed("the label of row \(row) is \(labels[row]); a class is 0 or more")
    }
    return Embeddings(
      values: values, dimension: features.shape[1], labels: labels.map { Int($0) })
  }

  /// As many of the samples, in their order; all if there are not more.
  func limited(to limit: Int?, seed: UInt64) -> LabelledEmbeddings {
    guard let limit, limit < embeddings.count else { return self }
    var random = SplitMix64(seed)
    let kept = embeddings.labels.indices.shuffled(using: &random).prefix(limit).sorted()
    let width = embeddings.dimension
    var result = self
    result.embeddings = Embeddings(
      values: kept.flatMap { embeddings.values[$0 * width..<($0 + 1) * width] },
      dimension: width, labels: kept.map { embeddings.labels[$0] })
    return result
  }
}
