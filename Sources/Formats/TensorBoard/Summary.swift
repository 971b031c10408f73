extension TensorBoard {
  /// A value that TensorBoard shows under a tag: a number, a histogram, pictures, a curve.
  ///
  /// Each is a tensor with the metadata of the plugin that shows it, as TensorFlow 2 writes them. Tags
  /// are grouped by what stands before their first "/". Descriptions are Markdown.
  public struct Summary: Sendable {
    /// The message `Summary.Value`.
    let message: ProtobufMessage

    /// How a plugin's data are read.
    enum DataClass: Int {
      case scalar = 1
      case tensor, blobs
    }

    init(
      _ tag: String, plugin: String, content: ProtobufMessage, _ dataClass: DataClass,
      description: String, _ tensor: Tensor
    ) {
      var value = ProtobufMessage()
      value.add(1, tag)
      value.add(9) { metadata in
        metadata.add(1) { data in
          data.add(1, plugin)
          data.add(2, content)
        }
        if !description.isEmpty { metadata.add(3, description) }
        metadata.add(4, dataClass.rawValue)
      }
      value.add(8, tensor.message)
      message = value
    }

    /// A number over the steps, kept as float32.
    public static func scalar(_ tag: String, _ value: Double, description: String = "") -> Summary {
      Summary(
        tag, plugin: "scalars", content: ProtobufMessage(), .scalar, description: description,
        Tensor(Float(value)))
    }

    /// How values are distributed, a slice for each step.
    public static func histogram(
      _ tag: String, _ histogram: Histogram, description: String = ""
    ) -> Summary {
      let rows = histogram.bins.flatMap { [$0.left, $0.right, Double($0.count)] }
      return Summary(
        tag, plugin: "histograms", content: ProtobufMessage(), .tensor, description: description,
        Tensor(rows, shape: [histogram.bins.count, 3]))
    }

    /// Pictures of one size, side by side.
    ///
    /// - Precondition: There is at least one, and all have the first one's size.
    /// - Throws: `FileError` as `PNG.encode` does.
    public static func pictures(
      _ tag: String, _ pictures: [Picture], description: String = ""
    ) throws(FileError) -> Summary {
      let (width, height) = (pictures[0].width, pictures[0].height)
      precondition(pictures.allSatisfy { ($0.width, $0.height) == (width, height) })
      var strings = [Array("\(width)".utf8), Array("\(height)".utf8)]
      for picture in pictures {
        strings.append(
          try PNG.encode(
            pixels: picture.pixels, width: width, height: height, channels: picture.channels))
      }
      return Summary(
        tag, plugin: "images", content: ProtobufMessage(), .blobs, description: description,
        Tensor(strings))
    }

    /// Precision against recall over evenly spaced thresholds.
    public static func prCurve(
      _ tag: String, _ curve: PRCurve, description: String = ""
    ) -> Summary {
      var content = ProtobufMessage()
      content.add(2, curve.thresholdCount)
      let counts = [
        curve.truePositives, curve.falsePositives, curve.trueNegatives, curve.falseNegatives,
      ]
      let rows = counts.map { $0.map(Double.init) } + [curve.precision, curve.recall]
      return Summary(
        tag, plugin: "pr_curves", content: content, .tensor, description: description,
        Tensor(rows.joined().map { Float($0) }, shape: [6, curve.thresholdCount]))
    }
  }

  /// The message `TensorProto`.
  struct Tensor {
    let message: ProtobufMessage

    private enum ElementType: Int {
      case float = 1
      case double = 2
      case string = 7
    }

    private init(
      _ type: ElementType, shape: [Int], _ values: (inout ProtobufMessage) -> Void
    ) {
      var tensor = ProtobufMessage()
      tensor.add(1, type.rawValue)
      tensor.add(2) { axes in
        for size in shape { axes.add(2) { $0.add(1, size) } }
      }
      values(&tensor)
      message = tensor
    }

    init(_ value: Float) { self.init(.float, shape: []) { $0.add(5, value) } }

    init(_ values: [Float], shape: [Int]) {
      self.init(.float, shape: shape) { tensor in
        let words = values.map(\.bitPattern.littleEndian)
        tensor.add(4, words.withUnsafeBytes { Array($0) })
      }
    }

    init(_ values: [Double], shape: [Int]) {
      self.init(.double, shape: shape) { tensor in
        let words = values.map(\.bitPattern.littleEndian)
        tensor.add(4, words.withUnsafeBytes { Array($0) })
      }
    }

    init(_ strings: [[UInt8]]) {
      self.init(.string, shape: [strings.count]) { tensor in
        for string in strings { tensor.add(8, string) }
      }
    }
  }
}
