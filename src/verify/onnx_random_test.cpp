// Random graphs survive the ONNX file: written and read back, every letter of their text is there.
#include <gtest/gtest.h>

#include "graph/onnx_reader.h"
#include "graph/onnx_writer.h"
#include "graph/text.h"
#include "verify/random_graph.h"

namespace trigstone {
namespace {

TEST(OnnxRandom, EveryGraphComesBackEqual) {
  for (uint64_t seed = 0; seed < 600; ++seed) {
    const Graph graph = random_graph(seed);
    const Graph back = parse_onnx(onnx_bytes(graph), "random.onnx");
    ASSERT_EQ(to_text(back), to_text(graph)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace trigstone
