/* Runs events through a firmware folder from C.
 *   ./dense FW < numbers > scores
 * Reads the numbers of one input as text, an event after the other, and prints those of its output,
 * an event a line. */
#include <stdio.h>
#include <stdlib.h>
#include <trigstone.h>

static int failed(const char* what) {
  fprintf(stderr, "%s: %s\n", what, trigstone_error());
  return 1;
}

int main(int argc, char** argv) {
  trigstone_model* model = NULL;
  if (argc != 2) {
    fprintf(stderr, "usage: dense FW\n");
    return 1;
  }
  if (trigstone_load(argv[1], NULL, &model) != TRIGSTONE_OK) return failed("load");
  if (trigstone_input_count(model) != 1 || trigstone_output_count(model) != 1) {
    fprintf(stderr, "the model has more than one input or output\n");
    return 1;
  }
  const trigstone_port* in = trigstone_input_port(model, 0);
  const trigstone_port* out = trigstone_output_port(model, 0);
  fprintf(stderr, "input %s %s, %lld numbers; output %s %s, %lld numbers\n", in->name, in->format,
          (long long)in->elements, out->name, out->format, (long long)out->elements);
  double* x = malloc((size_t)in->elements * sizeof(double));
  double* y = malloc((size_t)out->elements * sizeof(double));
  if (x == NULL || y == NULL) return 1;
  int64_t outside = 0, read = 0;
  while (scanf("%lf", &x[read]) == 1) {
    if (++read < in->elements) continue;
    read = 0;
    const trigstone_input input = {x, TRIGSTONE_FLOAT64, in->elements};
    const trigstone_output output = {y, TRIGSTONE_FLOAT64, out->elements};
    if (trigstone_run(model, 1, &input, &output, &outside) != TRIGSTONE_OK) return failed("run");
    for (int64_t i = 0; i < out->elements; ++i) printf(i == 0 ? "%.17g" : " %.17g", y[i]);
    printf("\n");
  }
  if (outside > 0) fprintf(stderr, "%lld numbers outside the format\n", (long long)outside);
  free(x);
  free(y);
  trigstone_free(model);
  return 0;
}
