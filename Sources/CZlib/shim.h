#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

#include <zlib.h>

// Swift does not import zlib's initialising macros.
static inline int CZlib_inflateInitGzip(z_stream *stream) {
  return inflateInit2(stream, MAX_WBITS + 16);
}

static inline int CZlib_inflateInitRaw(z_stream *stream) {
  return inflateInit2(stream, -MAX_WBITS);
}

static inline int CZlib_deflateInitGzip(z_stream *stream) {
  return deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8,
                      Z_DEFAULT_STRATEGY);
}

#endif
