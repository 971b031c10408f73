/// Files that TensorBoard shows: event files with `Summary` values, and the Embedding Projector's.
///
/// Event files are TFRecord files of Protocol Buffers messages. The few messages that are needed are
/// encoded here: swift-protobuf would need the code that it generates from TensorFlow's definitions,
/// ten times as long, to be kept in the repository. The numbers of fields are those of TensorBoard's
/// `event.proto`, `summary.proto`, `tensor.proto` and the plugins' `plugin_data.proto`, which never
/// change in that format.
public enum TensorBoard {}
