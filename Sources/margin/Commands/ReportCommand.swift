import ArgumentParser
import Evaluation
import Formats
import Training

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract:
      "Write one page that shows runs, or features and scores of any program, side by side.",
    discussion: """
      Examples:

        margin report runs/a runs/b --output both.html
        margin report ours.safetensors theirs.npz --output embeddings.html
        margin report scores.csv --array logits=array --output scores.html

      An input is the folder of a run, or a file as 'margin evaluate' takes it: safetensors, npz, npy or
      csv with 'features' [N, D], 'logits' or 'probabilities' [N, C], and 'labels' [N]. Inputs of the
      same samples in the same order are compared by paired tests.
      """)

  @Argument(help: ArgumentHelp("Folders of runs, or files.", valueName: "input"))
  var inputs: [String]

  @OptionGroup var arguments: InputArguments

  @Option(
    help: "The page to write (default: report.html in the first run's folder; needed for a file).")
  var output: String?

  func validate() throws {
    guard !inputs.isEmpty else { throw ValidationError("give the folder of a run, or a file") }
  }

  func run() throws {
    let isRun = try inputs.map(isFolderOfRun)
    guard output != nil || isRun[0] else {
      throw Failure(.usage, "\(inputs[0]): a file has no folder for a page: give --output")
    }
    let judged = try zip(inputs, isRun).map { path, isRun in
      if isRun { return try JudgedInput(run: path) }
      let input = try EvaluationInput(
        file: path, arrays: arguments.roles(), labelsPath: arguments.labels)
      do {
        return try JudgedInput(input)
      } catch let error as EvaluationError {
        throw Failure(error.kind == .usage ? .usage : .badData, "\(path): \(error)")
      }
    }
    let path = output ?? RunDirectory(inputs[0]).reportPath
    try AtomicFile.write(inputReport(judged), to: path)
    print(path)
  }
}
