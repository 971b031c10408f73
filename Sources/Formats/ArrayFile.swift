/// Named arrays of numbers from a file of any kind that Margin knows: safetensors, npy, npz or csv.
public struct ArrayFile: Sendable {
  /// By their names. A npy file has one array, "array"; so has a csv file, its columns of numbers as
  /// a matrix of float64, if it has any.
  public var arrays: [String: NumericArray]
  /// What a safetensors file says besides; empty for the others.
  public var metadata: [String: String]
  /// The table of a csv file, nil for the others.
  public var table: CSV?

  /// Reads a file; its first bytes tell which it is, and the ending of its name for csv.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - textColumns: columns of a csv file that hold text even if it looks like numbers.
  /// - Throws: `FileError` of kind `.missing` or `.inputOutput` where the file cannot be read, and
  ///   `.malformed` where it is none of these or damaged.
  public init(contentsOf path: String, textColumns: Set<String> = []) throws(FileError) {
    (arrays, metadata, table) = ([:], [:], nil)
    let start = try InputFile(path).firstBytes(9)
    let ending = path.split(separator: "/").last?.split(separator: ".").last?.lowercased()
    if start.starts(with: NPYHeader.magic) || ending == "npy" {
      arrays["array"] = try NPY.read(contentsOf: path)
    } else if ZipDirectory.isZip(start) || ending == "npz" {
      arrays = try NPZ.read(contentsOf: path)
    } else if ending == "csv" {
      let table = try CSV(contentsOf: path, textColumns: textColumns)
      if !table.numericNames.isEmpty {
        arrays["array"] = NumericArray(
          table.numbers, shape: [table.rowCount, table.numericNames.count], path: path,
          name: "array")
      }
      self.table = table
    } else if start.count == 9 && start[8] == UInt8(ascii: "{") || ending == "safetensors" {
      let file = try Safetensors(contentsOf: path)
      metadata = file.metadata
      for (name, entry) in file.entries {
        arrays[name] = NumericArray(entry, path: path, name: name)
      }
    } else {
      throw FileError(
        .malformed, path: path,
        problem: "found no safetensors, npy or npz file by its content, and no csv by its name",
        remedy: "Give one of these; a table's name should end in '.csv'.")
    }
  }
}
