#include "emit/wrapped_list.h"

namespace trigstone {

namespace {

constexpr size_t kLineWidth = 100;

}  // namespace

std::string wrapped_list(const std::vector<std::string>& parts, const std::string& open,
                         const std::string& separator, const std::string& close,
                         const std::string& indent) {
  size_t size = indent.size() + open.size() + close.size();
  for (const std::string& part : parts) size += part.size() + separator.size();
  const bool one_line = size - separator.size() < kLineWidth;
  std::string text = one_line ? open : open + "\n" + indent;
  size_t column = indent.size();
  for (size_t i = 0; i < parts.size(); ++i) {
    const size_t width = parts[i].size() + separator.size();
    if (!one_line && column + width > kLineWidth && column > indent.size()) {
      text.back() = '\n';
      text += indent;
      column = indent.size();
    }
    text += parts[i];
    if (i + 1 < parts.size()) text += separator;
    column += width;
  }
  return text + close;
}

}  // namespace trigstone
