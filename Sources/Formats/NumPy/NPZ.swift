/// An archive of NumPy arrays (.npz, of numpy.savez and numpy.savez_compressed): a zip file with a
/// .npy file for each.
public enum NPZ {
  /// Reads all arrays, by their names without ".npy".
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - limit: the most bytes that the elements of all arrays may take together.
  /// - Throws: `FileError` of kind `.missing` or `.inputOutput` where the file cannot be read, and
  ///   `.malformed` where the archive or an array in it is damaged, truncated or of an unknown
  ///   kind, a checksum is wrong, a name comes twice or does not end in ".npy", or the arrays are
  ///   above `limit`. Sizes are checked before memory is taken for them.
  public static func read(
    contentsOf path: String, limit: Int = 1 << 36
  ) throws(FileError) -> [String: NumericArray] {
    let file = try InputFile(path)
    var arrays: [String: NumericArray] = [:]
    var room = limit
    for entry in try ZipDirectory(file).entries {
      guard entry.name.hasSuffix(".npy") else {
        throw FileError(
          .malformed, path: path, place: "entry \(quoted(entry.name))",
          problem: "found a file of another kind in the archive, expected arrays ('.npy')",
          remedy: "Save the arrays with numpy.savez.")
      }
      let name = String(entry.name.dropLast(4))
      let array = try NPY.array(
        ZipEntrySource(entry, in: file), path: path, prefix: "entry \(quoted(entry.name)), ",
        name: name, limit: room)
      room -= array.count * array.elementType.byteCount
      guard arrays.updateValue(array, forKey: name) == nil else {
        throw FileError(
          .malformed, path: path, place: "entry \(quoted(entry.name))",
          problem: "found this name twice, expected each once",
          remedy: "Make the file again.")
      }
    }
    return arrays
  }
}
