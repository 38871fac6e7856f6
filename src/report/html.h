// Text and numbers on an HTML page.
#pragma once

#include <string>
#include <string_view>

namespace trigstone {

// &, <, >, quotes become entities; control characters and broken UTF-8 become U+FFFD.
std::string escape_html(std::string_view text);

// 12 345 · 0.8732 · 3.1e-05: at most four significant digits unless it is an integer.
std::string show_number(double number);

}  // namespace trigstone
