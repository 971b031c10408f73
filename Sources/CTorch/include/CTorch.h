// A C interface over libtorch.
//
// Every function that can fail returns 0 on success and 1 on failure; `ct_last_error` then holds
// the message of the exception that libtorch threw. No C++ exception leaves this library.
//
// Handles are owned by the caller: a function that gives a handle gives one reference, which is
// returned with the matching `_release`.

#ifndef CTORCH_H
#define CTORCH_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CTTensor CTTensor;
typedef struct CTOperator CTOperator;
typedef struct CTGenerator CTGenerator;

/// The message of the last failure on this thread, in UTF-8.
const char *ct_last_error(void);

/// libtorch's version, such as "2.13.0".
const char *ct_version(void);

// MARK: - Tensors

/// The element types, numbered as libtorch numbers them.
enum { CT_UINT8 = 0, CT_INT64 = 4, CT_FLOAT32 = 6, CT_FLOAT64 = 7, CT_BOOL8 = 11, CT_BFLOAT16 = 15 };

/// A new CPU tensor with a copy of `bytes`, which holds as many elements as `shape` asks for.
int ct_tensor_copying(
  const void *bytes, const int64_t *shape, int64_t rank, int32_t dtype, CTTensor **result);
/// A CPU tensor of elements that the caller keeps until `release` is called. If this fails, it is not.
int ct_tensor_borrowing(
  void *data, const int64_t *shape, int64_t rank, int32_t dtype, void (*release)(void *context),
  void *context, CTTensor **result);
void ct_tensor_release(CTTensor *tensor);
/// Another reference to the same tensor.
int ct_tensor_retain(CTTensor *tensor, CTTensor **result);

int64_t ct_tensor_rank(CTTensor *tensor);
int64_t ct_tensor_size(CTTensor *tensor, int64_t axis);
int32_t ct_tensor_dtype(CTTensor *tensor);
/// Writes the device's name, such as "cpu" or "cuda:0".
int ct_tensor_device(CTTensor *tensor, char *name, int64_t capacity);
/// The first element in memory; fails unless the tensor is a contiguous one on the CPU.
int ct_tensor_data(CTTensor *tensor, void **data);

// MARK: - Operators

/// The kinds of value that operators take and give.
enum {
  CT_NONE,     // no value
  CT_TENSOR,   // pointer: CTTensor
  CT_INTEGER,  // integer
  CT_REAL,     // real
  CT_BOOLEAN,  // integer
  CT_INTEGERS, // pointer: int64_t[count]
  CT_REALS,    // pointer: double[count]
  CT_TENSORS,  // pointer: CTTensor *[count]
  CT_STRING,   // pointer: char[], ends with 0
  CT_DEVICE,   // pointer: char[], ends with 0
  CT_GENERATOR // pointer: CTGenerator
};

typedef struct {
  int32_t kind;
  int64_t integer;
  double real;
  const void *pointer;
  int64_t count;
} CTValue;

/// The operator of libtorch with this name ("aten::add") and overload ("Tensor", or "").
/// The handle lives as long as the process.
int ct_operator_find(const char *name, const char *overload, CTOperator **result);

/// Calls an operator. Arguments left out at the end take their defaults from its schema.
///
/// Writes at most `capacity` results, with lists of tensors spread out, and their number to
/// `result_count`; tensors among them are owned by the caller. Fails if there are more.
int ct_operator_call(
  CTOperator *op, const CTValue *arguments, int64_t argument_count, CTValue *results,
  int64_t capacity, int64_t *result_count);

// MARK: - Gradients

bool ct_grad_enabled(void);
void ct_set_grad_enabled(bool enabled);

bool ct_tensor_requires_grad(CTTensor *tensor);
int ct_tensor_set_requires_grad(CTTensor *tensor, bool requires_grad);
/// The accumulated gradient, or null.
int ct_tensor_grad(CTTensor *tensor, CTTensor **result);
/// Sets the gradient; null removes it.
int ct_tensor_set_grad(CTTensor *tensor, CTTensor *grad);
/// Accumulates the gradients of a scalar into the leaves it was computed from.
int ct_tensor_backward(CTTensor *tensor, bool retain_graph);
/// The gradients of `Σ outputs · output_grads` (null: ones) for `inputs`; null where unused.
int ct_gradients(
  CTTensor *const *outputs, CTTensor *const *output_grads, int64_t output_count,
  CTTensor *const *inputs, int64_t input_count, bool retain_graph, bool create_graph,
  CTTensor **results);

/// The backward of a custom function. `output_grads` are borrowed, null where an output was not
/// used; `input_grads` are filled with owned handles, null where there is no gradient. Returns 0,
/// or 1 after `ct_set_last_error`.
typedef int (*CTBackward)(
  void *context, CTTensor *const *output_grads, int64_t output_count, CTTensor **input_grads,
  int64_t input_count);

void ct_set_last_error(const char *message);

/// Makes `outputs`, computed outside autograd, the results of a function of `inputs` whose
/// gradients `backward` computes. `release` is called with `context` when the graph lets go of it,
/// or at once on failure.
int ct_attach_backward(
  CTTensor *const *inputs, int64_t input_count, CTTensor *const *outputs, int64_t output_count,
  CTBackward backward, void *context, void (*release)(void *context));

// MARK: - Random numbers

/// A random generator of its own for the CPU.
int ct_generator_create(uint64_t seed, CTGenerator **result);
void ct_generator_release(CTGenerator *generator);
/// Seeds the generators that operators use when none is given.
int ct_manual_seed(uint64_t seed);

// MARK: - The process

int ct_set_thread_count(int64_t count);
int64_t ct_thread_count(void);
/// Whether the processor has instructions for products of bfloat16 numbers.
int ct_has_bfloat16(bool *result);

/// Keeps memory that is given back for the next who asks.
void ct_keep_memory(void);

/// Calls `body` with 0, 1, … `count` − 1, on as many of the threads that libtorch's own operators use.
/// False, and nothing is called, if they are not GNU OpenMP's.
bool ct_concurrently(int64_t count, void (*body)(void *context, int64_t index), void *context);

// MARK: - Products of small blocks

/// C [m, n] = A [m, k] · B [k, n], or C += A · B with `adding`; row-major, on this thread alone.
///
/// oneDNN's block kernels on CPUs with AVX-512, elsewhere libtorch's matrix product.
int ct_block_product(
  int64_t m, int64_t n, int64_t k, const float *a, int64_t a_stride, const float *b,
  int64_t b_stride, float *c, int64_t c_stride, bool adding);

/// The same of bfloat16 numbers, summed in float32. B has its rows in pairs: [k / 2, n, 2].
int ct_block_product_bf16(
  int64_t m, int64_t n, int64_t k, const uint16_t *a, int64_t a_stride, const uint16_t *b,
  int64_t b_stride, float *c, int64_t c_stride, bool adding);

/// Whether the CPU has instructions for `ct_block_product_bf16`, which fails without.
bool ct_has_block_product_bf16(void);

/// Gives back what the products hold of a thread, such as the configuration of AMX.
void ct_block_products_end(bool bf16);

#ifdef __cplusplus
}
#endif

#endif
