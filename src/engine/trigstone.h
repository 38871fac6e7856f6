/* Trigstone's C interface: runs a quantised model or a firmware folder, bit for bit as the
 * firmware.
 *
 *   trigstone_model* model = NULL;
 *   if (trigstone_load("fw", NULL, &model) != TRIGSTONE_OK) puts(trigstone_error());
 *
 * No function throws or ends the program; each failure is a status and a line of text. Functions of
 * one model may be called from several threads at once, trigstone_free excepted. Threads that share
 * batches start with the first one and stay, asleep, until trigstone_free; the child of a fork()
 * may go on with the model and starts threads of its own. */
#ifndef TRIGSTONE_H_
#define TRIGSTONE_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TRIGSTONE_API __attribute__((visibility("default")))
#else
#define TRIGSTONE_API
#endif

typedef enum trigstone_status {
  TRIGSTONE_OK = 0,
  TRIGSTONE_WRONG_INPUT = 1, /* of yours: the text says where, what and how to mend it */
  TRIGSTONE_NO_MEMORY = 2,
  TRIGSTONE_BUG = 3 /* of ours */
} trigstone_status;

/* Integers are mantissas: m stands for m * 2^-fraction_bits. Floats are the numbers themselves. */
typedef enum trigstone_type {
  TRIGSTONE_INT8 = 0,
  TRIGSTONE_UINT8 = 1,
  TRIGSTONE_INT16 = 2,
  TRIGSTONE_UINT16 = 3,
  TRIGSTONE_INT32 = 4,
  TRIGSTONE_INT64 = 5,
  TRIGSTONE_FLOAT32 = 6,
  TRIGSTONE_FLOAT64 = 7
} trigstone_type;

typedef struct trigstone_model trigstone_model;

typedef struct trigstone_options {
  int32_t threads; /* that share a batch; 0: one */
} trigstone_options;

/* What the model takes or gives, an event. Lives as long as the model. */
typedef struct trigstone_port {
  const char* name;
  const char* format; /* "<8,3,RND,SAT>" */
  int32_t width_bits, fraction_bits, is_signed;
  int32_t rank;
  const int64_t* shape;     /* `rank` numbers */
  int64_t elements;         /* their product */
  trigstone_type narrowest; /* the integer type that needs no conversion */
} trigstone_port;

/* A batch: events x elements, row-major, `size` elements in all. */
typedef struct trigstone_input {
  const void* data;
  trigstone_type type;
  int64_t size;
} trigstone_input;
typedef struct trigstone_output {
  void* data;
  trigstone_type type;
  int64_t size;
} trigstone_output;

/* "0.1.0" */
TRIGSTONE_API const char* trigstone_version(void);

/* The text of this thread's last failure: "place: error: what - hint", one line; "" before any. It
 * lives until the thread's next failure. */
TRIGSTONE_API const char* trigstone_error(void);

/* Reads a firmware folder (its files are checked against firmware.json), an ONNX file or a graph in
 * text form. `options` may be NULL. *model is NULL after a failure. */
TRIGSTONE_API trigstone_status trigstone_load(const char* path, const trigstone_options* options,
                                              trigstone_model** model);
TRIGSTONE_API void trigstone_free(trigstone_model* model); /* NULL is no error */

TRIGSTONE_API size_t trigstone_input_count(const trigstone_model* model);
TRIGSTONE_API size_t trigstone_output_count(const trigstone_model* model);
/* NULL beyond the last. */
TRIGSTONE_API const trigstone_port* trigstone_input_port(const trigstone_model* model,
                                                         size_t index);
TRIGSTONE_API const trigstone_port* trigstone_output_port(const trigstone_model* model,
                                                          size_t index);

/* Runs `events` events; one input and one output a port, in order. Floats are rounded into the
 * port's format by its modes; how many of them lay outside is added up in *outside, which may be
 * NULL. Refused: sizes that do not fit, output types that do not hold the format, NaN and infinite
 * numbers, mantissas outside the format; the outputs are then undefined. */
TRIGSTONE_API trigstone_status trigstone_run(const trigstone_model* model, int64_t events,
                                             const trigstone_input* inputs,
                                             const trigstone_output* outputs, int64_t* outside);

#ifdef __cplusplus
}
#endif

#endif /* TRIGSTONE_H_ */
