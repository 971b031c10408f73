import Formats
import Testing

@Suite struct FileErrorTests {
  @Test func descriptionIsPathPlaceProblemRemedy() {
    let error = FileError(
      .malformed, path: "a.idx", place: "byte 4", problem: "found 3, expected 4",
      remedy: "Fetch it again.")
    #expect(error.description == "a.idx: byte 4: found 3, expected 4. Fetch it again.")
  }

  @Test func descriptionLeavesOutWhatIsNotThere() {
    let error = FileError(.missing, path: "a.idx", problem: "cannot open")
    #expect(error.description == "a.idx: cannot open")
  }
}
