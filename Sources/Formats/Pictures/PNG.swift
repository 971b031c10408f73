import CPNG

/// PNG pictures (ISO/IEC 15948), by libpng.
public enum PNG {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// The picture that a file holds: grey where the file is grey, else red, green, blue.
  ///
  /// 16-bit channels are brought to 8 bits, transparent pixels laid on white, and the file's gamma
  /// is applied where it has one.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - path: the file that the bytes came from, for messages.
  /// - Throws: `FileError` of kind `.malformed` where the bytes are no whole, sound PNG file, or
  ///   promise more than `Picture.largestPixelCount` pixels.
  public static func decode(_ bytes: [UInt8], path: String) throws(FileError) -> Picture {
    var image = CPNG_newImage()
    defer { png_image_free(&image) }
    guard png_image_begin_read_from_memory(&image, bytes, bytes.count) != 0 else {
      throw damaged(path, image)
    }
    let (width, height) = (Int(image.width), Int(image.height))
    try Picture.check(width: width, height: height, path: path)
    let channels = image.format & CPNG_colorFlag == 0 ? 1 : 3
    image.format = channels == 1 ? CPNG_gray : CPNG_rgb
    var pixels = [UInt8](repeating: 0, count: width * height * channels)
    var white = png_color(red: 255, green: 255, blue: 255)
    // A warning, too, says that something in the picture is not as its writer meant it.
    guard png_image_finish_read(&image, &white, &pixels, 0, nil) != 0,
      image.warning_or_error & (CPNG_warning | CPNG_error) == 0
    else { throw damaged(path, image) }
    return Picture(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// The bytes of a PNG file; equal pixels give equal bytes.
  ///
  /// - Parameters:
  ///   - pixels: 0 to 255, row-major, the channels of a pixel together.
  ///   - width: Pixels across.
  ///   - height: Pixels down.
  ///   - channels: 1: grey; 3: red, green, blue; 4: these and opacity.
  /// - Throws: `FileError` of kind `.malformed` where the sizes are not positive, do not agree with
  ///   the pixels, or are beyond libpng's, and where `channels` is none of the above.
  public static func encode(
    pixels: [UInt8], width: Int, height: Int, channels: Int
  ) throws(FileError) -> [UInt8] {
    let formats = [1: CPNG_gray, 3: CPNG_rgb, 4: CPNG_rgba]
    guard let format = formats[channels], width > 0, height > 0,
      elementCount([width, height, channels]) == pixels.count,
      let imageWidth = UInt32(exactly: width), let imageHeight = UInt32(exactly: height)
    else {
      throw FileError(
        .malformed, path: "(PNG picture)",
        problem: "found \(pixels.count) bytes for \(width) × \(height) pixels of \(channels) "
          + "channels, expected their product, with 1, 3 or 4 channels")
    }
    var image = CPNG_newImage()
    defer { png_image_free(&image) }
    (image.width, image.height, image.format) = (imageWidth, imageHeight, format)
    var size = CPNG_largestSize(image)
    var isWritten = false
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      isWritten =
        png_image_write_to_memory(&image, buffer.baseAddress, &size, 0, pixels, 0, nil) != 0
      count = isWritten ? size : 0
    }
    guard isWritten else {
      throw FileError(.malformed, path: "(PNG picture)", problem: "libpng: \(message(image))")
    }
    return bytes
  }

  private static func damaged(_ path: String, _ image: png_image) -> FileError {
    FileError(
      .malformed, path: path, problem: "the PNG picture cannot be read: \(message(image))",
      remedy: "Fetch or make the file again.")
  }

  private static func message(_ image: png_image) -> String {
    withUnsafeBytes(of: image.message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
