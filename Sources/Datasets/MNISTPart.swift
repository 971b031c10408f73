import Formats

extension MNIST {
  /// Puts the pictures and the labels of one part together, the first `count` of them.
  static func pictures(
    _ pictures: IDX, path: String, labels: IDX, labelPath: String, count: Int?
  ) throws -> PictureSet {
    try check(pictures, path: path, labels: labels, labelPath: labelPath)
    let available = labels.bytes.count
    let count = count ?? available
    guard (1...available).contains(count) else {
      throw DatasetError(
        "\(path): \(count) pictures were asked for, and the file holds \(available)",
        remedy: "Ask for 1 to \(available).")
    }
    return try PictureSet(
      pixels: pictures.bytes, labels: labels.bytes.map(Int32.init),
      channels: 1, height: pictures.shape[1], width: pictures.shape[2]
    ).prefix(count)
  }

  /// That the files are what their names say, and belong together.
  private static func check(
    _ pictures: IDX, path: String, labels: IDX, labelPath: String
  ) throws(FileError) {
    func malformed(
      _ path: String, _ place: String, _ problem: String, _ remedy: String
    ) -> FileError {
      FileError(.malformed, path: path, place: place, problem: problem, remedy: remedy)
    }
    let mixedUp = "Check that the files were not exchanged or misnamed."
    guard pictures.shape.count == 3 else {
      throw malformed(
        path, "header",
        "found \(describe(pictures)), expected pictures (count × height × width)", mixedUp)
    }
    guard labels.shape.count == 1 else {
      throw malformed(
        labelPath, "header", "found \(describe(labels)), expected labels (count)", mixedUp)
    }
    guard pictures.shape.allSatisfy({ $0 > 0 }) else {
      throw malformed(
        path, "header", "found no pixels (\(describe(pictures))), expected at least one picture",
        "Fetch or make the file again.")
    }
    guard pictures.shape[0] == labels.shape[0] else {
      throw malformed(
        labelPath, "header",
        "found \(labels.shape[0]) labels, expected \(pictures.shape[0]), as many as there are "
          + "pictures in \(path)", mixedUp)
    }
    if let index = labels.bytes.firstIndex(where: { $0 > 9 }) {
      throw malformed(
        labelPath, "label \(index) (byte \(8 + index))",
        "found \(labels.bytes[index]), expected a class from 0 to 9",
        "Use pictures of ten classes or fewer, numbered from 0.")
    }
  }

  private static func describe(_ file: IDX) -> String {
    let kind =
      switch file.shape.count {
      case 1: "labels"
      case 3: "pictures"
      default: "\(file.shape.count) dimensions"
      }
    return "\(kind), " + file.shape.map(String.init).joined(separator: " × ")
  }
}
