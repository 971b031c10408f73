extension Tensor {
  /// The eigenvalues [D] of a symmetric matrix [D, D], ascending, and its unit eigenvectors as columns
  /// [D, D]; the signs of the vectors are left to the library.
  public func symmetricEigenvectors() throws -> (values: Tensor, vectors: Tensor) {
    let results = try Operators.eigh.tensors(2, .tensor(self), .string("L"))
    return (results[0], results[1])
  }

  /// U · diag(σ) · V of a matrix [N, D] with K = min(N, D): `left` U [N, K], `values` σ [K], descending,
  /// `right` V [K, D], whose rows are unit vectors at right angles.
  public func singularValues() throws -> (left: Tensor, values: Tensor, right: Tensor) {
    let results = try Operators.svd.tensors(3, .tensor(self), .boolean(false), .none)
    return (results[0], results[1], results[2])
  }
}
