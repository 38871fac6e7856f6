#include "graph/read_model.h"

#include "base/files.h"
#include "graph/onnx_reader.h"
#include "graph/text.h"

namespace trigstone {

Graph read_model(const std::filesystem::path& path) {
  const std::string content = read_file(path);
  if (content.starts_with("trigstone.graph/")) return parse_graph(content, path.string());
  return parse_onnx(content, path.string());
}

}  // namespace trigstone
