#include "CTorch.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/cpu/Utils.h>
#include <ATen/native/CPUBlas.h>
#include <dlfcn.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/edge.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/version.h>

#include <atomic>
#include <cstring>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <string>
#include <vector>

namespace {

thread_local std::string last_error;

/// Runs `body`; turns whatever it throws into a status and a message.
template <typename Body>
int guarded(Body &&body) noexcept {
  try {
    body();
    return 0;
  } catch (const c10::Error &error) {
    // Without the C++ stack trace, which tells a user nothing.
    last_error = error.what_without_backtrace();
  } catch (const std::exception &error) {
    last_error = error.what();
  } catch (...) {
    last_error = "unknown C++ exception";
  }
  return 1;
}

using Pointer = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;

/// A handle is the tensor's own reference-counted object: no allocation of ours beside it.
c10::TensorImpl *implementation(CTTensor *handle) {
  return reinterpret_cast<c10::TensorImpl *>(handle);
}

/// The tensor of a handle, which stays the caller's; null is the undefined tensor.
at::Tensor borrowed(CTTensor *handle) {
  return handle ? at::Tensor(Pointer::reclaim_copy(implementation(handle))) : at::Tensor();
}

/// A new reference for the caller; null for the undefined tensor.
CTTensor *owned(at::Tensor tensor) {
  if (!tensor.defined()) return nullptr;
  return reinterpret_cast<CTTensor *>(tensor.unsafeReleaseTensorImpl());
}

std::vector<at::Tensor> borrowed(CTTensor *const *handles, int64_t count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(count);
  for (int64_t i = 0; i < count; i++) tensors.push_back(borrowed(handles[i]));
  return tensors;
}

c10::Device device_named(const char *name) {
  c10::Device device{std::string(name)};
  // CUDA lives in a library of its own, which nothing here refers to: load it when first asked for.
  if (device.is_cuda() && !at::hasCUDA()) dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL);
  return device;
}

c10::IValue to_ivalue(const CTValue &value) {
  switch (value.kind) {
    case CT_NONE: return {};
    case CT_TENSOR:
      return borrowed(static_cast<CTTensor *>(const_cast<void *>(value.pointer)));
    case CT_INTEGER: return value.integer;
    case CT_REAL: return value.real;
    case CT_BOOLEAN: return value.integer != 0;
    case CT_INTEGERS:
      return at::IntArrayRef(static_cast<const int64_t *>(value.pointer), value.count);
    case CT_REALS: {
      auto first = static_cast<const double *>(value.pointer);
      return std::vector<double>(first, first + value.count);
    }
    case CT_TENSORS:
      return borrowed(
        static_cast<CTTensor *const *>(const_cast<void *>(value.pointer)), value.count);
    case CT_STRING: return std::string(static_cast<const char *>(value.pointer));
    case CT_GENERATOR:
      return *static_cast<at::Generator *>(const_cast<void *>(value.pointer));
    case CT_DEVICE: return device_named(static_cast<const char *>(value.pointer));
  }
  TORCH_CHECK(false, "unknown kind of argument: ", value.kind);
}

/// Appends a result of an operator to `values`, handing over tensors one by one.
void append(c10::IValue value, std::vector<CTValue> &values) {
  auto add = [&](CTValue result) { values.push_back(result); };
  auto add_tensor = [&](at::Tensor tensor) {
    add({tensor.defined() ? CT_TENSOR : CT_NONE, 0, 0, owned(std::move(tensor)), 0});
  };
  if (value.isTensor()) add_tensor(std::move(value).toTensor());
  else if (value.isTensorList())
    for (auto &tensor : value.toTensorVector()) add_tensor(tensor);
  else if (value.isInt()) add({CT_INTEGER, value.toInt(), 0, nullptr, 0});
  else if (value.isDouble()) add({CT_REAL, 0, value.toDouble(), nullptr, 0});
  else if (value.isBool()) add({CT_BOOLEAN, value.toBool(), 0, nullptr, 0});
  else if (value.isNone()) add({CT_NONE, 0, 0, nullptr, 0});
  else TORCH_CHECK(false, "an operator gave a value of type ", value.tagKind());
}

/// A node of the autograd graph whose backward is the caller's.
struct CallerNode final : torch::autograd::Node {
  CTBackward backward;
  void *context;
  void (*release)(void *);

  CallerNode(CTBackward backward, void *context, void (*release)(void *))
    : backward(backward), context(context), release(release) {}
  ~CallerNode() override { release_context(); }

  void release_context() {
    if (context) release(context);
    context = nullptr;
  }

  void release_variables() override { release_context(); }
  std::string name() const override { return "CallerNode"; }

  torch::autograd::variable_list apply(torch::autograd::variable_list &&grads) override {
    TORCH_CHECK(
      !at::GradMode::is_enabled(),
      "a custom function gives no gradients of its gradients; compute the loss composed for them");
    TORCH_CHECK(
      context, "the graph of a custom function was used a second time after it was freed");
    std::vector<CTTensor *> handles;
    for (auto &grad : grads) {
      handles.push_back(reinterpret_cast<CTTensor *>(
        grad.defined() ? grad.unsafeGetTensorImpl() : nullptr));
    }
    std::vector<CTTensor *> results(num_outputs(), nullptr);
    int status =
      backward(context, handles.data(), handles.size(), results.data(), results.size());
    torch::autograd::variable_list tensors;
    for (auto handle : results) {
      tensors.push_back(borrowed(handle));
      ct_tensor_release(handle);
    }
    TORCH_CHECK(status == 0, last_error);
    return tensors;
  }
};

/// Whether oneDNN has kernels for blocks of float32 here. There is no question to ask: try one.
bool has_block_kernels() {
  float a[16 * 16] = {}, b[16 * 16] = {}, c[16 * 16] = {};
  try {
    at::native::cpublas::brgemm(16, 16, 16, 16, 16, 16, false, a, b, c, false);
    at::native::cpublas::brgemm_release(false);
    return true;
  } catch (...) {
    return false;
  }
}

bool has_bf16_instructions() {
  auto capabilities = at::cpu::get_cpu_capabilities();
  // On x86 AVX-512 or AMX, on ARM the extension of that name.
  for (auto name : {"avx512_bf16", "amx_bf16", "bf16"}) {
    auto found = capabilities.find(name);
    if (found != capabilities.end() && found->second.toBool()) return true;
  }
  return false;
}

bool has_bf16_kernels() {
  // oneDNN also emulates them where there are no such instructions, slower than float32.
  if (!has_bf16_instructions()) return false;
  at::BFloat16 a[16 * 16] = {}, b[16 * 16] = {};
  float c[16 * 16] = {};
  try {
    at::native::cpublas::brgemm(16, 16, 16, 16, 16, 16, false, a, b, c, true);
    at::native::cpublas::brgemm_release(true);
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

extern "C" {

const char *ct_last_error(void) { return last_error.c_str(); }
void ct_set_last_error(const char *message) { last_error = message; }
const char *ct_version(void) { return TORCH_VERSION; }

// MARK: - Tensors

int ct_tensor_copying(
  const void *bytes, const int64_t *shape, int64_t rank, int32_t dtype, CTTensor **result) {
  return guarded([&] {
    auto tensor =
      at::empty(at::IntArrayRef(shape, rank), at::ScalarType(static_cast<int8_t>(dtype)));
    if (tensor.numel() > 0) std::memcpy(tensor.mutable_data_ptr(), bytes, tensor.nbytes());
    *result = owned(std::move(tensor));
  });
}

int ct_tensor_borrowing(
  void *data, const int64_t *shape, int64_t rank, int32_t dtype, void (*release)(void *context),
  void *context, CTTensor **result) {
  return guarded([&] {
    *result = owned(at::from_blob(
      data, at::IntArrayRef(shape, rank), [release, context](void *) { release(context); },
      at::ScalarType(static_cast<int8_t>(dtype))));
  });
}

void ct_tensor_release(CTTensor *tensor) {
  if (tensor) Pointer::reclaim(implementation(tensor));
}

int ct_tensor_retain(CTTensor *tensor, CTTensor **result) {
  return guarded([&] { *result = owned(borrowed(tensor)); });
}

int64_t ct_tensor_rank(CTTensor *tensor) { return implementation(tensor)->dim(); }
int64_t ct_tensor_size(CTTensor *tensor, int64_t axis) {
  return implementation(tensor)->sizes()[axis];
}
int32_t ct_tensor_dtype(CTTensor *tensor) {
  return static_cast<int32_t>(c10::typeMetaToScalarType(implementation(tensor)->dtype()));
}

int ct_tensor_device(CTTensor *tensor, char *name, int64_t capacity) {
  return guarded([&] {
    auto text = borrowed(tensor).device().str();
    TORCH_CHECK(static_cast<int64_t>(text.size()) < capacity, "device name too long");
    std::memcpy(name, text.c_str(), text.size() + 1);
  });
}

int ct_tensor_data(CTTensor *handle, void **data) {
  return guarded([&] {
    auto tensor = borrowed(handle);
    TORCH_CHECK(
      tensor.device().is_cpu() && tensor.is_contiguous(),
      "elements can be read in place only from a contiguous tensor on the CPU");
    *data = tensor.mutable_data_ptr();
  });
}

// MARK: - Operators

int ct_operator_find(const char *name, const char *overload, CTOperator **result) {
  return guarded([&] {
    auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
    *result = reinterpret_cast<CTOperator *>(new c10::OperatorHandle(handle));
  });
}

int ct_operator_call(
  CTOperator *op, const CTValue *arguments, int64_t argument_count, CTValue *results,
  int64_t capacity, int64_t *result_count) {
  return guarded([&] {
    auto &handle = *reinterpret_cast<c10::OperatorHandle *>(op);
    auto &schema = handle.schema();
    auto &expected = schema.arguments();
    TORCH_CHECK(
      argument_count <= static_cast<int64_t>(expected.size()), schema.name(), " takes ",
      expected.size(), " arguments, not ", argument_count);
    torch::jit::Stack stack;
    stack.reserve(expected.size());
    for (size_t i = 0; i < expected.size(); i++) {
      if (static_cast<int64_t>(i) < argument_count) {
        stack.push_back(to_ivalue(arguments[i]));
      } else {
        auto &value = expected[i].default_value();
        TORCH_CHECK(value, schema.name(), " needs the argument ", expected[i].name());
        stack.push_back(*value);
      }
    }
    handle.callBoxed(stack);

    std::vector<CTValue> values;
    for (auto &value : stack) append(std::move(value), values);
    *result_count = values.size();
    if (static_cast<int64_t>(values.size()) > capacity) {
      for (auto &value : values) {
        if (value.kind == CT_TENSOR) ct_tensor_release((CTTensor *)value.pointer);
      }
      TORCH_CHECK(
        false, schema.name(), " gave ", values.size(), " results where ", capacity,
        " were expected");
    }
    std::copy(values.begin(), values.end(), results);
  });
}

// MARK: - Gradients

bool ct_grad_enabled(void) { return at::GradMode::is_enabled(); }
void ct_set_grad_enabled(bool enabled) { at::GradMode::set_enabled(enabled); }

bool ct_tensor_requires_grad(CTTensor *tensor) { return borrowed(tensor).requires_grad(); }
int ct_tensor_set_requires_grad(CTTensor *tensor, bool requires_grad) {
  return guarded([&] { borrowed(tensor).set_requires_grad(requires_grad); });
}

int ct_tensor_grad(CTTensor *tensor, CTTensor **result) {
  return guarded([&] { *result = owned(borrowed(tensor).grad()); });
}

int ct_tensor_set_grad(CTTensor *tensor, CTTensor *grad) {
  return guarded([&] { borrowed(tensor).mutable_grad() = borrowed(grad); });
}

int ct_tensor_backward(CTTensor *tensor, bool retain_graph) {
  return guarded([&] { torch::autograd::backward({borrowed(tensor)}, {}, retain_graph, false); });
}

int ct_gradients(
  CTTensor *const *outputs, CTTensor *const *output_grads, int64_t output_count,
  CTTensor *const *inputs, int64_t input_count, bool retain_graph, bool create_graph,
  CTTensor **results) {
  return guarded([&] {
    auto grads = torch::autograd::grad(
      borrowed(outputs, output_count), borrowed(inputs, input_count),
      output_grads ? borrowed(output_grads, output_count) : std::vector<at::Tensor>(),
      retain_graph, create_graph, /*allow_unused=*/true);
    for (int64_t i = 0; i < input_count; i++) results[i] = owned(std::move(grads[i]));
  });
}

int ct_attach_backward(
  CTTensor *const *inputs, int64_t input_count, CTTensor *const *outputs, int64_t output_count,
  CTBackward backward, void *context, void (*release)(void *context)) {
  return guarded([&] {
    auto node = c10::make_intrusive<CallerNode>(backward, context, release);
    node->set_next_edges(torch::autograd::collect_next_edges(borrowed(inputs, input_count)));
    for (auto &output : borrowed(outputs, output_count)) {
      TORCH_CHECK(
        !output.requires_grad(), "an output of a custom function must be a new tensor");
      torch::autograd::set_history(output, node);
    }
  });
}

// MARK: - Random numbers

int ct_generator_create(uint64_t seed, CTGenerator **result) {
  return guarded([&] {
    *result =
      reinterpret_cast<CTGenerator *>(new at::Generator(at::detail::createCPUGenerator(seed)));
  });
}

void ct_generator_release(CTGenerator *generator) {
  delete reinterpret_cast<at::Generator *>(generator);
}

int ct_manual_seed(uint64_t seed) {
  return guarded([&] { at::manual_seed(seed); });
}

// MARK: - The process

int ct_set_thread_count(int64_t count) {
  return guarded([&] { at::set_num_threads(static_cast<int>(count)); });
}

int64_t ct_thread_count(void) { return at::get_num_threads(); }

void ct_keep_memory(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

int ct_has_bfloat16(bool *result) {
  return guarded([&] { *result = has_bf16_instructions(); });
}

bool ct_concurrently(int64_t count, void (*body)(void *context, int64_t index), void *context) {
  // By name, as a compiler that is not GNU's has no pragma for them.
  using Parallel = void (*)(void (*)(void *), void *, unsigned, unsigned);
  static const auto parallel = reinterpret_cast<Parallel>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
  if (!parallel) return false;
  struct Work {
    int64_t count;
    void (*body)(void *, int64_t);
    void *context;
    std::atomic<int64_t> next{0};
  } work{count, body, context};
  parallel(
    [](void *data) {
      auto &work = *static_cast<Work *>(data);
      for (int64_t index; (index = work.next++) < work.count;) work.body(work.context, index);
    },
    &work, static_cast<unsigned>(count), 0);
  return true;
}

// MARK: - Products of small blocks

int ct_block_product(
  int64_t m, int64_t n, int64_t k, const float *a, int64_t a_stride, const float *b,
  int64_t b_stride, float *c, int64_t c_stride, bool adding) {
  return guarded([&] {
    static const bool has_kernels = has_block_kernels();
    if (has_kernels) {
      at::native::cpublas::brgemm(
        m, n, k, a_stride, b_stride, c_stride, adding, a, b, c, /*is_vnni=*/false);
      return;
    }
    at::NoGradGuard no_gradients;
    auto view = [](const float *data, int64_t rows, int64_t columns, int64_t stride) {
      return at::from_blob(const_cast<float *>(data), {rows, columns}, {stride, 1});
    };
    auto result = view(c, m, n, c_stride);
    if (adding) {
      result.addmm_(view(a, m, k, a_stride), view(b, k, n, b_stride));
    } else {
      at::mm_out(result, view(a, m, k, a_stride), view(b, k, n, b_stride));
    }
  });
}

int ct_block_product_bf16(
  int64_t m, int64_t n, int64_t k, const uint16_t *a, int64_t a_stride, const uint16_t *b,
  int64_t b_stride, float *c, int64_t c_stride, bool adding) {
  return guarded([&] {
    at::native::cpublas::brgemm(
      m, n, k, a_stride, b_stride, c_stride, adding,
      reinterpret_cast<const at::BFloat16 *>(a), reinterpret_cast<const at::BFloat16 *>(b), c,
      /*is_vnni=*/true);
  });
}

bool ct_has_block_product_bf16(void) {
  static const bool has = has_bf16_kernels();
  return has;
}

void ct_block_products_end(bool bf16) {
  guarded([&] { at::native::cpublas::brgemm_release(bf16); });
}

}  // extern "C"
