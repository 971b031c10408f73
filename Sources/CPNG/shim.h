#ifndef CPNG_SHIM_H
#define CPNG_SHIM_H

#include <png.h>

// Swift does not import the macros that cast.
static const png_uint_32 CPNG_colorFlag = PNG_FORMAT_FLAG_COLOR;
static const png_uint_32 CPNG_gray = PNG_FORMAT_GRAY;
static const png_uint_32 CPNG_rgb = PNG_FORMAT_RGB;
static const png_uint_32 CPNG_rgba = PNG_FORMAT_RGBA;
static const png_uint_32 CPNG_warning = PNG_IMAGE_WARNING;
static const png_uint_32 CPNG_error = PNG_IMAGE_ERROR;

/// An image of the library's version, all else zero; 16-bit files are taken to be sRGB, as they are.
static inline png_image CPNG_newImage(void) {
  png_image image = {0};
  image.version = PNG_IMAGE_VERSION;
  image.flags = PNG_IMAGE_FLAG_16BIT_sRGB;
  return image;
}

/// The most bytes that the image can take when written.
static inline size_t CPNG_largestSize(png_image image) {
  return PNG_IMAGE_PNG_SIZE_MAX(image);
}

#endif
