import Foundation

extension RunSummary {
  /// The pictures of a run's examples as one grid in one PNG file.
  ///
  /// Tile `i`, counted from the left, row by row from the top, belongs to row `i` of the features.
  /// Runs with the same sprite share it on a page.
  public struct Pictures: Codable, Sendable {
    /// A PNG file.
    public var sprite: Data
    /// In pixels.
    public var tileWidth: Int
    public var tileHeight: Int
    /// Tiles beside each other.
    public var columns: Int

    public init(sprite: Data, tileWidth: Int, tileHeight: Int, columns: Int) {
      self.sprite = sprite
      self.tileWidth = tileWidth
      self.tileHeight = tileHeight
      self.columns = columns
    }

    /// Why the page cannot use this, or nil if it can.
    var problem: String? {
      let bytes = [UInt8](sprite.prefix(24))
      guard bytes.count == 24, bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
      else { return "the sprite is no PNG file" }
      func number(_ offset: Int) -> Int {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
      }
      let (width, height) = (number(16), number(20))
      let sizes = [tileWidth, tileHeight, columns]
      guard sizes.allSatisfy({ (1...65_535).contains($0) }), columns * tileWidth <= width,
        tileHeight <= height
      else {
        return "\(columns) tiles of \(tileWidth) × \(tileHeight) do not fit into "
          + "\(width) × \(height) pixels"
      }
      return nil
    }
  }
}

/// The sprites of a page, each once, within what a page may weigh.
struct SpriteStore {
  /// Bytes of all sprites; as text in the page they take a third more.
  static let budget = 3_000_000

  private(set) var sprites: [Data] = []

  /// Attributes that tell the page's script where the pictures of a figure are, and what the
  /// reader must know.
  mutating func add(_ pictures: RunSummary.Pictures) -> (attributes: String, note: String?) {
    if let problem = pictures.problem { return ("", "Pictures are left out: \(problem).") }
    let index: Int
    if let known = sprites.firstIndex(of: pictures.sprite) {
      index = known
    } else {
      let used = sprites.reduce(0) { $0 + $1.count }
      guard used + pictures.sprite.count <= Self.budget else {
        let size = Markup.decimal(Double(pictures.sprite.count) / 1e6, digits: 1)
        return ("", "Pictures are left out: \(size) MB would make the page too large.")
      }
      index = sprites.count
      sprites.append(pictures.sprite)
    }
    let tile = "\(index) \(pictures.tileWidth) \(pictures.tileHeight) \(pictures.columns)"
    return (" data-tile=\"\(tile)\"", nil)
  }

  /// The sprites where the script finds them.
  var html: String {
    sprites.map {
      "<script type=\"text/plain\" data-sprite>\($0.base64EncodedString())</script>"
    }.joined(separator: "\n")
  }
}
