// Long lists in generated text, broken into lines.
#pragma once

#include <string>
#include <vector>

namespace trigstone {

// open + parts joined by separator + close on one line when it is short enough, else on lines of
// their own that start with `indent`. The separator ends in a space.
std::string wrapped_list(const std::vector<std::string>& parts, const std::string& open,
                         const std::string& separator, const std::string& close,
                         const std::string& indent);

}  // namespace trigstone
