// zlib, and functions for those of its calls that are macros, which Swift cannot import.
#include <zlib.h>

static inline int cdeflate_begin_deflate(z_stream *stream, int level, int window_bits, int memory_level) {
    return deflateInit2(stream, level, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY);
}

static inline int cdeflate_begin_inflate(z_stream *stream, int window_bits) {
    return inflateInit2(stream, window_bits);
}
