import Datasets
import Formats
import Foundation
import Testing

/// The original pairs.txt, where this checkout has it beside it.
private let sharedPairs = sharedData("lfw/pairs.txt")

@Suite("Pairs of Labeled Faces in the Wild")
struct PairsFileTests {
  func pairs(_ text: String) throws -> PairsFile { try PairsFile(Array(text.utf8), path: "p") }

  @Test(
    "The original file: 10 folds of 300 same and 300 different pairs, of 7,701 pictures",
    .enabled(
      if: FileManager.default.fileExists(atPath: sharedPairs),
      "the original pairs.txt is not in ../shared/data/lfw"))
  func original() throws {
    let file = try PairsFile(contentsOf: sharedPairs)
    #expect(file.foldCount == 10)
    #expect(file.pairs.count == 6000)
    for fold in 0..<10 {
      for isSame in [true, false] {
        #expect(file.pairs.count { $0.fold == fold && $0.isSame == isSame } == 300)
      }
    }
    #expect(Set(file.pairs.flatMap { [$0.first, $0.second] }).count == 7701)
    #expect(
      file.pairs[0]
        == PairsFile.Pair(
          first: "Abel_Pacheco/Abel_Pacheco_0001", second: "Abel_Pacheco/Abel_Pacheco_0004",
          isSame: true, fold: 0))
    #expect(
      file.pairs[5999]
        == PairsFile.Pair(
          first: "Slobodan_Milosevic/Slobodan_Milosevic_0002", second: "Sok_An/Sok_An_0001",
          isSame: false, fold: 9))
  }

  @Test("Folds of same and different pairs, with tabs or spaces, and any end of line")
  func folds() throws {
    let text = "2\t1\nA_B\t1\t12345\nA_B\t2\tC\t3\nC  1 2\nC 0 Ä 10\n"
    let expected = [
      PairsFile.Pair(first: "A_B/A_B_0001", second: "A_B/A_B_12345", isSame: true, fold: 0),
      PairsFile.Pair(first: "A_B/A_B_0002", second: "C/C_0003", isSame: false, fold: 0),
      PairsFile.Pair(first: "C/C_0001", second: "C/C_0002", isSame: true, fold: 1),
      PairsFile.Pair(first: "C/C_0000", second: "Ä/Ä_0010", isSame: false, fold: 1),
    ]
    for text in [text, text.replacing("\n", with: "\r\n"), String(text.dropLast()), text + "\n\n"] {
      let file = try pairs(text)
      #expect(file.pairs == expected)
      #expect(file.foldCount == 2)
    }
    // One number alone: a single fold.
    let development = try pairs("2\nA 1 2\nB 1 2\nA 1 B 1\nA 2 B 2\n")
    #expect(development.foldCount == 1)
    #expect(development.pairs.map(\.isSame) == [true, true, false, false])
    #expect(development.pairs.allSatisfy { $0.fold == 0 })
  }

  @Test("Errors name the line, what was found, and what was expected")
  func errors() throws {
    let cases: [(String, String?, String)] = [
      ("", nil, "empty"), ("\n \n", nil, "empty"), ("ten\n", "line 1", "found 'ten'"),
      ("1 2 3\n", "line 1", "number of folds"), ("0\n", "line 1", "number of pairs"),
      ("0 5\n", "line 1", "found 0 lines"), ("-1 1\nA 1 2\n", "line 1", "found 1 lines"),
      ("1 1\nA 1 2\n", "line 1", "found 1 lines of pairs, expected 2 × 1 for each of 1 folds"),
      ("1 1\nA 1 2\nA 1 B 1\nA 1 B 2\n", "line 1", "found 3 lines"),
      ("9223372036854775807 9223372036854775807\n", "line 1", "found 0 lines"),
      ("1 1\nA 1 B 1\nA 1 2\n", "line 2", "expected 'name i j'"),
      ("1 1\nA 1 2\nA 1 2\n", "line 3", "expected 'name i name j'"),
      ("1 1\nA 1 x\nA 1 B 1\n", "line 2", "found 'A 1 x'"),
      ("1 1\nA 1 -2\nA 1 B 1\n", "line 2", "integers from 0"),
      ("1 1\nA 1 1\nA 1 B 1\n", "line 2", "two different pictures"),
      ("1 1\nA 1 2\nA 1 A 2\n", "line 3", "two persons"),
      ("1 1\n\nA 1 B 1\n", "line 2", "found ''"),
    ]
    for (text, place, message) in cases {
      let error = #expect(throws: FileError.self, "\(text)") { try pairs(text) }
      #expect(error?.place == place, "\(text): \(String(describing: error))")
      #expect(error?.problem.contains(message) == true, "\(String(describing: error))")
    }
    let missing = #expect(throws: FileError.self) { try PairsFile(contentsOf: "/nowhere/pairs") }
    #expect(missing?.kind == .missing)
  }
}
