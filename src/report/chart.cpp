#include "report/chart.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "report/html.h"

namespace trigstone {

namespace {

// In pixels of the view box. The picture is drawn for a phone's width and grows with the page, so
// that its text stays readable on both.
constexpr double kWidth = 440, kHeight = 300;
constexpr double kLeft = 58, kRight = 12, kTop = 12, kBottom = 44;
constexpr int kColours = 6;  // classes c0 … c5 of the style

struct Scale {
  double low = 0, high = 1, from = 0, to = 1;  // values → pixels
  bool log = false;

  bool shows(double value) const { return !log || value > 0; }
  double at(double value) const {
    const double a = log ? std::log10(low) : low, b = log ? std::log10(high) : high;
    const double v = log ? std::log10(value) : value;
    return from + (to - from) * (std::clamp(v, std::min(a, b), std::max(a, b)) - a) / (b - a);
  }
};

void widen(double value, bool log, double& low, double& high) {
  if (log && value <= 0) return;
  low = std::min(low, value);
  high = std::max(high, value);
}

// From the data, unless the axis says so; a little air above and below.
Scale scale_of(const CurveAxis& axis, const std::vector<const std::vector<double>*>& data,
               double from, double to, double air) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto* values : data) {
    for (const double value : *values) widen(value, axis.log, low, high);
  }
  if (low > high) low = axis.log ? 0.1 : 0, high = 1;
  if (axis.log) {
    if (low == high) low /= 2, high *= 2;
    low = std::pow(10, std::log10(low) - air * 0.5);
    high = std::pow(10, std::log10(high) + air * 0.5);
  } else {
    if (low == high) low -= 0.5, high += 0.5;
    const double margin = (high - low) * air;
    low -= margin;
    high += margin;
  }
  if (axis.from && (!axis.log || *axis.from > 0)) low = *axis.from;
  if (axis.to && (!axis.log || *axis.to > 0)) high = *axis.to;
  if (!(low < high)) high = axis.log ? low * 10 : low + 1;
  return {low, high, from, to, axis.log};
}

std::string text_at(double x, double y, const char* classes, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>", x, y, classes,
                     escape_html(text));
}

std::string tick_label(double value) {
  if (value == 0) return "0";
  return fmt::format("{:.4g}", value);
}

std::string draw_axes(const Scale& x, const Scale& y, const std::string& x_label,
                      const std::string& y_label) {
  std::string svg;
  for (const double tick : axis_ticks(x.low, x.high, x.log, 5)) {
    const double at = x.at(tick);
    svg += fmt::format("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" class=\"grid\"/>",
                       at, kTop, kHeight - kBottom);
    svg += text_at(at, kHeight - kBottom + 15, "tick middle", tick_label(tick));
  }
  for (const double tick : axis_ticks(y.low, y.high, y.log, 5)) {
    const double at = y.at(tick);
    svg += fmt::format("<line y1=\"{0:.1f}\" y2=\"{0:.1f}\" x1=\"{1}\" x2=\"{2}\" class=\"grid\"/>",
                       at, kLeft, kWidth - kRight);
    svg += text_at(kLeft - 6, at + 4, "tick end", tick_label(tick));
  }
  svg += fmt::format("<path d=\"M{} {}V{}H{}\" class=\"axis\"/>", kLeft, kTop, kHeight - kBottom,
                     kWidth - kRight);
  svg += text_at((kLeft + kWidth - kRight) / 2, kHeight - 8, "label middle", x_label);
  svg += fmt::format(
      "<text transform=\"translate(13 {:.1f}) rotate(-90)\" class=\"label middle\">{}</text>",
      (kTop + kHeight - kBottom) / 2, escape_html(y_label));
  return svg;
}

std::string path_of(const Scale& x, const Scale& y, const std::vector<double>& xs,
                    const std::vector<double>& ys) {
  std::string path;
  for (size_t i = 0; i < xs.size(); ++i) {
    if (!x.shows(xs[i]) || !y.shows(ys[i])) continue;
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? 'M' : 'L', x.at(xs[i]), y.at(ys[i]));
  }
  return path;
}

std::string draw_band(const Scale& x, const Scale& y, const Curve& curve, int colour) {
  if (curve.low.empty() || curve.high.empty()) return "";
  std::string path = path_of(x, y, curve.x, curve.high);
  std::vector<double> back_x(curve.x.rbegin(), curve.x.rend());
  std::vector<double> back_low(curve.low.rbegin(), curve.low.rend());
  std::string back = path_of(x, y, back_x, back_low);
  if (path.empty() || back.empty()) return "";
  back.front() = 'L';
  return fmt::format("<path d=\"{}{}Z\" class=\"band f{}\"/>", path, back, colour);
}

std::string draw_curve(const Scale& x, const Scale& y, const Curve& curve, int colour, int dash) {
  std::string svg = fmt::format("<path d=\"{}\" class=\"curve s{} d{}\"/>",
                                path_of(x, y, curve.x, curve.y), colour, dash);
  if (!curve.points) return svg;
  for (size_t i = 0; i < curve.x.size(); ++i) {
    if (!x.shows(curve.x[i]) || !y.shows(curve.y[i])) continue;
    svg += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" class=\"f{}\"><title>{}: {:.4g}, {:.4g}"
        "</title></circle>",
        x.at(curve.x[i]), y.at(curve.y[i]), colour, escape_html(curve.name), curve.x[i],
        curve.y[i]);
  }
  return svg;
}

std::string open_svg(double width, double height, const std::string& title) {
  return fmt::format(
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">", width, height,
      escape_html(title));
}

std::string legend(const std::vector<std::string>& items) {
  std::string html = "<ul class=\"legend\">";
  for (const std::string& item : items) html += "<li>" + item + "</li>";
  return html + "</ul>";
}

}  // namespace

std::vector<double> axis_ticks(double low, double high, bool log, int count) {
  std::vector<double> ticks;
  if (log) {
    const int first = static_cast<int>(std::ceil(std::log10(low) - 1e-9));
    const int last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
    const int step = std::max(1, (last - first + count) / count);
    for (int e = first; e <= last; e += step) ticks.push_back(std::pow(10.0, e));
    if (ticks.size() >= 2) return ticks;
    ticks.clear();  // less than a decade: round numbers do better
  }
  const double raw = (high - low) / count;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  const double ratio = raw / power;
  const double step = power * (ratio > 5 ? 10 : ratio > 2 ? 5 : ratio > 1 ? 2 : 1);
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i) {
    if (!log || i > 0) ticks.push_back(i * step);
  }
  return ticks;
}

std::string draw_curves(const CurveAxis& x_axis, const CurveAxis& y_axis,
                        const std::vector<Curve>& curves, const std::string& title) {
  std::vector<const std::vector<double>*> xs, ys;
  for (const Curve& curve : curves) {
    xs.push_back(&curve.x);
    for (const auto* values : {&curve.y, &curve.low, &curve.high}) ys.push_back(values);
  }
  const Scale x = scale_of(x_axis, xs, kLeft, kWidth - kRight, 0);
  const Scale y = scale_of(y_axis, ys, kHeight - kBottom, kTop, 0.05);
  std::string svg = open_svg(kWidth, kHeight, title);
  svg += draw_axes(x, y, x_axis.label, y_axis.label);
  std::vector<std::string> names;
  for (size_t i = 0; i < curves.size(); ++i) {
    svg += draw_band(x, y, curves[i], static_cast<int>(i) % kColours);
  }
  for (size_t i = 0; i < curves.size(); ++i) {
    const int colour = static_cast<int>(i) % kColours, dash = static_cast<int>(i) % 4;
    svg += draw_curve(x, y, curves[i], colour, dash);
    names.push_back(fmt::format(
        "<svg viewBox=\"0 0 26 10\" class=\"key\" aria-hidden=\"true\"><path d=\"M1 5H25\" "
        "class=\"curve s{} d{}\"/></svg>{}",
        colour, dash, escape_html(curves[i].name)));
  }
  return svg + "</svg>" + legend(names);
}

std::string draw_event(const std::vector<EventParticle>& particles, const std::string& title) {
  double eta_max = 2.5, pt_max = 0;
  for (const EventParticle& p : particles) {
    eta_max = std::max(eta_max, std::ceil(std::abs(p.eta) * 2) / 2);
    pt_max = std::max(pt_max, p.pt_gev);
  }
  const double pi = 3.14159265358979;
  const Scale x{-eta_max, eta_max, kLeft, kWidth - kRight, false};
  const Scale y{-pi, pi, kHeight - kBottom, kTop, false};
  std::string svg = open_svg(kWidth, kHeight, title);
  svg += draw_axes(x, y, "η", "φ [rad]");
  const auto area = [&](double pt) {  // in pixels², so that the eye compares pT
    return std::max(3.0, 600.0 * pt / std::max(pt_max, 1e-9));
  };
  std::map<std::string, int> colours;
  std::vector<const EventParticle*> order;
  for (const EventParticle& p : particles) order.push_back(&p);
  // Pile-up below, and large circles below small ones, so that nothing is hidden whole.
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return a->is_pileup != b->is_pileup ? a->is_pileup : a->pt_gev > b->pt_gev;
  });
  int hard = 0, pileup = 0;
  for (const EventParticle* p : order) {
    std::string classes = "pileup";
    if (!p->is_pileup) {
      const auto next = static_cast<int>(colours.size()) % kColours;
      classes = fmt::format("hard f{}", colours.emplace(p->kind, next).first->second);
    }
    ++(p->is_pileup ? pileup : hard);
    svg += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" class=\"{}\"><title>{}, pT {:.3g} GeV"
        "</title></circle>",
        x.at(p->eta), y.at(p->phi), std::sqrt(area(p->pt_gev) / pi), classes,
        escape_html(p->is_pileup ? p->kind + " from pile-up" : p->kind), p->pt_gev);
  }
  std::vector<std::string> names;
  const auto dot = [](const std::string& classes) {
    return fmt::format("<svg viewBox=\"0 0 12 12\" class=\"dot\" aria-hidden=\"true\"><circle "
                       "cx=\"6\" cy=\"6\" r=\"5\" class=\"{}\"/></svg>", classes);
  };
  for (const auto& [kind, colour] : colours) {
    names.push_back(dot(fmt::format("hard f{}", colour)) + escape_html(kind));
  }
  if (pileup > 0) names.push_back(dot("pileup") + fmt::format("pile-up ({})", pileup));
  return svg + "</svg>" + legend(names);
}

}  // namespace trigstone
