import CTurboJPEG

/// JPEG pictures (ISO/IEC 10918), by libjpeg-turbo.
public enum JPEG {
  static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

  /// The picture that a file holds: grey where the file is grey, else red, green, blue.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - path: the file that the bytes came from, for messages.
  /// - Throws: `FileError` of kind `.malformed` where the bytes are no whole, sound JPEG file, hold
  ///   inks (CMYK) instead of colours, or promise more than `Picture.largestPixelCount` pixels.
  public static func decode(_ bytes: [UInt8], path: String) throws(FileError) -> Picture {
    guard let decoder = tjInitDecompress() else {
      throw FileError(.inputOutput, path: path, problem: "libjpeg-turbo cannot start")
    }
    defer { tjDestroy(decoder) }

    var (width, height, subsampling, colorSpace): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    let size = UInt(bytes.count)
    guard
      tjDecompressHeader3(decoder, bytes, size, &width, &height, &subsampling, &colorSpace) == 0
    else { throw damaged(path, decoder) }
    try Picture.check(width: Int(width), height: Int(height), path: path)
    guard colorSpace != TJCS_CMYK.rawValue, colorSpace != TJCS_YCCK.rawValue else {
      throw FileError(
        .malformed, path: path, place: "header",
        problem: "found a JPEG picture of inks (CMYK), "
          + "expected grey or colours", remedy: "Convert it to RGB.")
    }

    let isGrey = colorSpace == TJCS_GRAY.rawValue
    let channels = isGrey ? 1 : 3
    var pixels = [UInt8](repeating: 0, count: Int(width) * Int(height) * channels)
    // A warning says that data are missing or damaged: the rest of the picture would be grey. Scans
    // are limited, as a small file may ask for very many passes over a large picture.
    let flags = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS
    guard
      tjDecompress2(
        decoder, bytes, size, &pixels, width, 0, height,
        Int32(isGrey ? TJPF_GRAY.rawValue : TJPF_RGB.rawValue), flags) == 0
    else { throw damaged(path, decoder) }
    return Picture(width: Int(width), height: Int(height), channels: channels, pixels: pixels)
  }

  private static func damaged(_ path: String, _ decoder: tjhandle) -> FileError {
    let reason = tjGetErrorStr2(decoder).map { String(cString: $0) } ?? "invalid data"
    return FileError(
      .malformed, path: path, problem: "the JPEG picture cannot be read: \(reason)",
      remedy: "Fetch or make the file again.")
  }
}
