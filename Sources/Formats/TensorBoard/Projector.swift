import Foundation

extension TensorBoard {
  /// Points with columns of text and pictures, for the Embedding Projector.
  public struct Projector: Sendable {
    /// A property of the points, by which they can be coloured, named and searched.
    public struct Column: Sendable {
      public var name: String
      /// A value for each point.
      public var values: [String]

      public init(_ name: String, _ values: [String]) { (self.name, self.values) = (name, values) }
    }

    public var name: String
    /// Points × dimensions, row by row, all finite.
    public var values: [Float]
    public var dimension: Int
    public var columns: [Column]
    public var sprites: Sprites?

    /// - Parameters:
    ///   - name: What the projector calls the points.
    ///   - values: Points × dimensions, row by row.
    ///   - dimension: Numbers of a point.
    ///   - columns: What is known of each point besides.
    ///   - sprites: A picture for each point.
    public init(
      name: String, values: [Float], dimension: Int, columns: [Column] = [],
      sprites: Sprites? = nil
    ) {
      (self.name, self.values, self.dimension) = (name, values, dimension)
      (self.columns, self.sprites) = (columns, sprites)
    }

    /// Writes `projector_config.pbtxt` into the folder of a run, where TensorBoard looks for it, and
    /// the files that it names into `projector/` there.
    ///
    /// The points are raw float32 (`.bytes`), or text (`.tsv`) where TensorBoard would mistake the raw
    /// bytes for text. Points of one or two dimensions get zeros for a third: without it the projector
    /// shows nothing. The configuration comes last, so that it never names what is not there.
    ///
    /// - Throws: `FileError` of kind `.malformed` where the numbers of values do not agree or a value
    ///   is not finite, before anything is written; of kind `.inputOutput`.
    public func write(toRun folder: String) throws(FileError) {
      let count = try checkedCount(folder)
      let assets = folder + "/projector"
      do {
        try FileManager.default.createDirectory(atPath: assets, withIntermediateDirectories: true)
      } catch {
        throw FileError(
          .inputOutput, path: assets,
          problem: "cannot make the folder: \(error.localizedDescription)",
          remedy: "Choose a place that you may write to.")
      }
      let shownDimension = max(3, dimension)
      let shown = values(of: count, dimension: shownDimension)
      let bytes = shown.map(\.bitPattern.littleEndian).withUnsafeBytes { Array($0) }
      let isText = Self.startsAsText(bytes)
      let tensorName = isText ? "embeddings.tsv" : "embeddings.bytes"
      if isText {
        try AtomicFile.write(Self.table(shown, shownDimension), to: "\(assets)/\(tensorName)")
      } else {
        try AtomicFile.write(bytes, to: "\(assets)/\(tensorName)")
      }
      var lines = [
        "  tensor_name: \(quotedText(name))", "  tensor_path: \"projector/\(tensorName)\"",
        "  tensor_shape: \(count)", "  tensor_shape: \(shownDimension)",
      ]
      if !columns.isEmpty {
        try AtomicFile.write(metadata(count), to: assets + "/metadata.tsv")
        lines.append("  metadata_path: \"projector/metadata.tsv\"")
      }
      if let sprites {
        let sheet = sprites.sheet
        try AtomicFile.write(
          PNG.encode(
            pixels: sheet.pixels, width: sheet.width, height: sheet.height,
            channels: sheet.channels), to: assets + "/sprites.png")
        lines += [
          "  sprite {", "    image_path: \"projector/sprites.png\"",
          "    single_image_dim: \(sprites.width)", "    single_image_dim: \(sprites.height)",
          "  }",
        ]
      }
      let text = "embeddings {\n" + lines.joined(separator: "\n") + "\n}\n"
      try AtomicFile.write(text, to: folder + "/projector_config.pbtxt")
    }

    private func checkedCount(_ folder: String) throws(FileError) -> Int {
      func malformed(_ problem: String) -> FileError {
        FileError(.malformed, path: folder + "/projector", problem: problem)
      }
      guard dimension >= 1, !values.isEmpty, values.count % dimension == 0 else {
        throw malformed(
          "found \(values.count) values of points of \(dimension) dimensions, expected one point or "
            + "more with a value for each of one dimension or more")
      }
      let count = values.count / dimension
      for column in columns where column.values.count != count {
        throw malformed(
          "found \(column.values.count) values in the column \(quoted(column.name)), expected one "
            + "for each of \(count) points")
      }
      if let sprites, sprites.count != count {
        throw malformed(
          "found \(sprites.count) pictures, expected one for each of \(count) points")
      }
      if let bad = values.firstIndex(where: { !$0.isFinite }) {
        throw malformed(
          "found \(values[bad]) in dimension \(bad % dimension) of point \(bad / dimension), "
            + "expected finite values")
      }
      return count
    }

    /// Whether the first line is valid UTF-8: TensorBoard tries to read every file as a table, and
    /// takes it for raw numbers where decoding fails.
    static func startsAsText(_ bytes: [UInt8]) -> Bool {
      String(validating: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self) != nil
    }

    /// The points with zeros for the dimensions that they lack.
    private func values(of count: Int, dimension newDimension: Int) -> [Float] {
      if newDimension == dimension { return values }
      return (0..<count).flatMap { row in
        values[row * dimension..<(row + 1) * dimension]
          + [Float](repeating: 0, count: newDimension - dimension)
      }
    }

    private static func table(_ values: [Float], _ dimension: Int) -> String {
      stride(from: 0, to: values.count, by: dimension).map { start in
        values[start..<start + dimension].map { "\($0)" }.joined(separator: "\t") + "\n"
      }.joined()
    }

    /// A line for each point, under a line of names if there are several columns: with one column
    /// the projector expects none.
    private func metadata(_ count: Int) -> String {
      func line(_ cells: [String]) -> String {
        cells.map { cell in
          String(cell.map { $0 == "\t" || $0.isNewline ? " " : $0 })
        }.joined(separator: "\t") + "\n"
      }
      let header = columns.count > 1 ? line(columns.map(\.name)) : ""
      return header + (0..<count).map { row in line(columns.map { $0.values[row] }) }.joined()
    }
  }
}

/// The text in the quotes of Protocol Buffers' text format.
private func quotedText(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\\(scalar)"
    case "\0"..."\u{1F}":
      // Always three octal digits: what follows may be a digit.
      let digits = String(scalar.value, radix: 8)
      result += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
